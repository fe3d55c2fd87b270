"""trainers.stack.keep: the members of a stack go on from their checkpoints, together or apart."""

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.memory import CPU, Memory
from trainers.checkpoint import Checkpoint
from trainers.config import RunConfig
from trainers.stack.optimizer import StackedOptimizer
from trainers.stack.train import train_stack
from trainers.tables.datasets import Data
from trainers.tables.norms import NORMS
from trainers.tables.optimizers import OPTIMIZERS
from trainers.tape import Stopped
from trainers.train import train

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("terse")]

BASE = RunConfig(epochs=4, batch_size=50, dropout=(0.3,), hidden=(32, 16))
STEPS_PER_EPOCH = 5
STACKABLE = [name for name, entry in OPTIMIZERS.items() if entry.stackable]


@pytest.fixture(autouse=True)
def _files_at_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainers.stack.keep.SHARE", float("inf"))
    monkeypatch.setattr("trainers.stack.tape.COPY_EVERY_S", 0.0)


NORMED = [name for name, entry in NORMS.items() if entry.stackable and name != BASE.norm]


def members(optimizer: str, norm: str = BASE.norm) -> list[RunConfig]:
    choices: list[dict[str, Any]] = [
        {"activation": "tanh"},
        {"activation": "relu", "lr": 0.02},
        {"init": "kaiming_normal", "lr": 0.02},
    ]
    return [dataclasses.replace(BASE, optimizer=optimizer, norm=norm, **each) for each in choices]


def never(*_end: object) -> None:
    raise AssertionError("no member diverges here")


def trained(
    configs: Sequence[RunConfig],
    data: Data,
    checkpoints: Sequence[Checkpoint],
    should_stop: Callable[[list[Memory]], bool] = lambda memories: False,
    batched: bool = False,
    until_epoch: int = 0,
) -> tuple[list[torch.nn.Module], list[Memory]]:
    """A stack's models and what it recorded; no models where it was stopped."""
    memories = [Memory() for _ in configs]
    try:
        models = train_stack(
            configs, data, CPU, memories, never, lambda: should_stop(memories),
            batched=batched, checkpoints=checkpoints, until_epoch=until_epoch,
        )  # fmt: skip
        return models, memories
    except Stopped:
        return [], memories


def in_epoch_three(memories: list[Memory]) -> bool:
    return len(memories[0].points["train_loss"]) > 2 * STEPS_PER_EPOCH


def checkpoints_of(folder: Path, configs: Sequence[RunConfig]) -> list[Checkpoint]:
    folder.mkdir(exist_ok=True)
    return [Checkpoint(folder, str(i), config) for i, config in enumerate(configs)]


@pytest.mark.parametrize(
    ("optimizer", "norm"),
    [*((name, BASE.norm) for name in STACKABLE), *(("adam", name) for name in NORMED)],
)
def test_a_broken_stack_goes_on_together_or_apart_as_if_nothing_had_happened(
    tmp_path: Path, tiny_mnist: Data, optimizer: str, norm: str
) -> None:
    configs = members(optimizer, norm)
    whole, unbroken = trained(configs, tiny_mnist, ())
    trained(configs, tiny_mnist, checkpoints_of(tmp_path, configs), in_epoch_three)
    checkpoints = checkpoints_of(tmp_path, configs)
    assert [checkpoint.step for checkpoint in checkpoints] == [2 * STEPS_PER_EPOCH] * 3
    together, recorded = trained(configs[:2], tiny_mnist, checkpoints[:2])
    alone = train(configs[2], tiny_mnist, CPU, Memory(), checkpoint=checkpoints[2])
    for model, other in zip(whole, [*together, alone], strict=True):
        for name, weight in model.state_dict().items():
            assert torch.equal(other.state_dict()[name], weight), name
    for before, after in zip(unbroken, recorded, strict=False):
        assert after.points["train_loss"] == before.points["train_loss"][2 * STEPS_PER_EPOCH :]
        assert "model" not in after.media


def test_a_stack_that_pauses_after_an_epoch_goes_on_as_if_it_had_not(
    tmp_path: Path, tiny_mnist: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainers.stack.keep.SHARE", 1e-9)  # only the pause writes
    configs = members("adam")
    whole, unbroken = trained(configs, tiny_mnist, ())
    for until in (1, 3):
        _, memories = trained(
            configs, tiny_mnist, checkpoints_of(tmp_path, configs), until_epoch=until
        )
        assert memories[0].points["train_loss"][-1][0] == until * STEPS_PER_EPOCH
        reached = [checkpoint.step for checkpoint in checkpoints_of(tmp_path, configs)]
        assert reached == [until * STEPS_PER_EPOCH] * 3
    # The best of them go on without the rest.
    together, recorded = trained(configs[1:], tiny_mnist, checkpoints_of(tmp_path, configs)[1:])
    for model, other in zip(whole[1:], together, strict=True):
        for name, weight in model.state_dict().items():
            assert torch.equal(other.state_dict()[name], weight), name
    for before, after in zip(unbroken[1:], recorded, strict=True):
        assert after.points["train_loss"] == before.points["train_loss"][3 * STEPS_PER_EPOCH :]


def test_the_checkpoint_of_a_run_alone_goes_on_in_a_stack(tmp_path: Path, tiny_mnist: Data) -> None:
    configs = members("adam")[:2]
    whole = [train(config, tiny_mnist, CPU, Memory()) for config in configs]
    for config, checkpoint in zip(configs, checkpoints_of(tmp_path, configs), strict=True):
        memory = Memory()
        with pytest.raises(Stopped):
            train(config, tiny_mnist, CPU, memory, partial(in_epoch_three, [memory]), checkpoint)
    together, _ = trained(configs, tiny_mnist, checkpoints_of(tmp_path, configs))
    for model, other in zip(whole, together, strict=True):
        for name, weight in model.state_dict().items():
            assert torch.equal(other.state_dict()[name], weight), name


def test_what_is_remembered_is_restored_where_a_captured_step_looks_for_it() -> None:
    configs = [dataclasses.replace(BASE, optimizer="adam", lr=lr) for lr in (0.1, 0.2)]
    models = [torch.nn.Linear(2, 2, bias=False) for _ in configs]
    stack = torch.stack([model.weight.detach() for model in models])
    optimizer = StackedOptimizer(configs, [stack])
    optimizer.step([torch.ones_like(stack)])
    memory = optimizer._memory()
    before = [tensor.clone() for tensor in memory]
    own = [optimizer.of_member(i, list(m.parameters())) for i, m in enumerate(models)]
    optimizer.forget()
    optimizer.restore(own, models)
    assert all(a is b for a, b in zip(optimizer._memory(), memory, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(memory, before, strict=True))


def test_files_take_a_small_share_of_the_time(
    tmp_path: Path, tiny_mnist: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainers.stack.keep.SHARE", 1e-9)
    configs = members("sgd")
    checkpoints = checkpoints_of(tmp_path, configs)
    trained(configs, tiny_mnist, checkpoints)
    again = checkpoints_of(tmp_path, configs)
    assert [checkpoint.step for checkpoint in again] == [STEPS_PER_EPOCH] * 3
