"""trainers.stack.grouping: runs share a stack when they differ in their choices only, as many as
fit."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from trainers.build import build_for
from trainers.config import RunConfig
from trainers.stack.grouping import (
    FREE_CHOICES,
    MOST_MEMBERS,
    bytes_of_member,
    can_stack,
    evenly,
    key,
    members_that_fit,
    stacks,
)
from trainers.tables.choice import make
from trainers.tables.datasets import DATASETS
from trainers.tables.models import MODELS
from trainers.tables.optimizers import OPTIMIZERS
from trainers.tables.own_entry import is_stackable

OTHER: dict[str, Any] = {
    "dataset": "fashion_mnist",
    "model": "mlp_tensors",
    "augment": "crop",
    "activation": "tanh+relu",
    "norm": "batch",
    "init": "orthogonal",
    "bias_init": "zeros",
    "loss": "mse",
    "optimizer": "adam",
    "lr": 0.5,
    "schedule": "cosine",
    "weight_decay": 0.1,
    "clip_norm": 0.1,
    "batch_size": 7,
    "test_batch_size": 7,
    "epochs": 7,
    "eval_every": 7,
    "hidden": (7,),
    "channels": (7,),
    "skip": True,
    "dropout": (0.7,),
    "output_activation": True,
    "normalize": False,
    "precision": "bf16",
    "seed": 7,
}
BASE = RunConfig()


@dataclass(frozen=True)
class Task:
    name: str
    settings: dict[str, Any] = field(default_factory=dict)


def tasks(configs: Sequence[RunConfig]) -> list[Task]:
    return [Task(str(i), config.as_dict()) for i, config in enumerate(configs)]


def names(parts: list[list[Task]]) -> list[str]:
    return [" ".join(task.name for task in part) for part in parts]


def test_the_test_knows_every_setting() -> None:
    assert OTHER.keys() == {f.name for f in fields(RunConfig)}


@pytest.mark.parametrize("setting", OTHER)
def test_only_runs_that_differ_in_their_choices_share_a_stack(setting: str) -> None:
    other = replace(BASE, **{setting: OTHER[setting]})
    assert other != BASE
    assert (key(other) == key(BASE)) == (setting in FREE_CHOICES)
    assert len(stacks(tasks([BASE, other]))) == (1 if setting in FREE_CHOICES else 2)


def test_stacks_keep_the_order_of_the_runs() -> None:
    configs = [replace(BASE, activation=a, seed=s) for a in ("relu", "tanh", "elu") for s in (0, 1)]
    assert names(stacks(tasks(configs))) == ["0 2 4", "1 3 5"]


def test_a_limit_cuts_a_stack_into_even_parts() -> None:
    configs = [replace(BASE, lr=0.01 * i) for i in range(1, 11)]
    assert names(stacks(tasks(configs), limit=4)) == ["0 1 2", "3 4 5", "6 7 8 9"]
    assert names(stacks(tasks(configs), limit=1)) == [str(i) for i in range(10)]


@pytest.mark.parametrize("n", [1, 2, 255, 256, 257, 1000])
@pytest.mark.parametrize("limit", [1, 3, 256, 10_000])
def test_parts_are_within_the_limit_and_hold_everything(n: int, limit: int) -> None:
    parts = evenly(range(n), limit)
    sizes = {len(part) for part in parts}
    assert [i for part in parts for i in part] == list(range(n))
    assert max(sizes) <= min(limit, MOST_MEMBERS)
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("stackable", [(True, True), (True, False), (False, True)])
def test_what_its_entry_says_is_stackable_is_stacked(
    model: str, optimizer: str, stackable: tuple[bool, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    of_model, of_optimizer = stackable
    own_model = MODELS[model]._replace(stackable=of_model)
    own_optimizer = OPTIMIZERS[optimizer]._replace(stackable=of_optimizer)
    monkeypatch.setitem(MODELS, "mine", own_model)
    monkeypatch.setitem(OPTIMIZERS, "mine", own_optimizer)
    config = replace(BASE, model="mine", optimizer="mine")
    assert can_stack(config) == all(stackable)
    assert len(stacks(tasks([config, replace(config, lr=1.0)]))) == (1 if all(stackable) else 2)


@pytest.mark.parametrize("model", [name for name in MODELS if MODELS[name].stackable])
def test_a_stackable_model_can_be_taken_apart(model: str) -> None:
    assert is_stackable(build_for(replace(BASE, model=model)))


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if OPTIMIZERS[name].stackable])
def test_a_stackable_optimizer_treats_every_number_by_itself(optimizer: str) -> None:
    def walk(weights: list[nn.Parameter]) -> Tensor:
        steps = make(optimizer, OPTIMIZERS, "optimizer")(weights, 0.1)
        for _ in range(3):
            for weight in weights:
                weight.grad = weight.detach() ** 3
            steps.step()
        return torch.cat([weight.detach().flatten() for weight in weights])

    start = torch.tensor([[1.0, -2.0], [30.0, 0.01]])
    together = walk([nn.Parameter(start.clone())])
    assert torch.equal(together, walk([nn.Parameter(member.clone()) for member in start]))
    assert not torch.equal(together, start.flatten())


def test_a_bigger_run_is_thought_to_need_more_memory() -> None:
    assert bytes_of_member(BASE) < bytes_of_member(replace(BASE, hidden=(2000, 2000)))
    assert bytes_of_member(BASE) < bytes_of_member(replace(BASE, test_batch_size=10_000))
    assert bytes_of_member(BASE) > 4 * 4 * 199_210


def test_larger_pictures_are_thought_to_need_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = DATASETS["mnist"]._replace(input_shape=(1, 56, 56))
    monkeypatch.setitem(DATASETS, "large", entry)
    large = bytes_of_member(replace(BASE, dataset="large"))
    assert large - bytes_of_member(BASE) >= 4 * 5 * 200 * (56 * 56 - 28 * 28)


def test_the_estimate_draws_no_random_number() -> None:
    before = torch.get_rng_state()
    bytes_of_member(BASE)
    assert torch.equal(torch.get_rng_state(), before)


def test_on_the_cpu_a_stack_may_have_its_full_size() -> None:
    assert members_that_fit(BASE, torch.device("cpu")) == MOST_MEMBERS


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_stack_that_is_said_to_fit_does_fit() -> None:
    free, _ = torch.cuda.mem_get_info()
    huge = replace(BASE, hidden=(8192, 8192))
    assert 1 <= members_that_fit(huge, torch.device("cuda")) <= free // (4 * 8192 * 8192)
