"""trainers.checkpoint: a run that goes on computes what it would have without the break."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from dashboard import Recorder
from dashboard.record.reader import Record, create
from tests.support.reading import add_runs, read_runs
from trainers.checkpoint import Checkpoint
from trainers.config import RunConfig
from trainers.tables.datasets import Data
from trainers.tables.norms import NORMS
from trainers.tables.optimizers import OPTIMIZERS
from trainers.tables.schedules import SCHEDULES
from trainers.tape import Stopped
from trainers.train import train

CPU = torch.device("cpu")
CONFIG = RunConfig(
    activation="relu", epochs=3, batch_size=50, lr=0.05, dropout=(0.3,), hidden=(32, 16)
)
STEPS_PER_EPOCH = 5

pytestmark = pytest.mark.usefixtures("terse")

Row = tuple[str, int, float]


class Break:
    """Asks for a stop once the recorder has reached a step."""

    def __init__(self, recorder: Recorder, at_step: int) -> None:
        self.recorder, self.at_step = recorder, at_step

    def __call__(self) -> bool:
        return self.recorder._steps.last.get("train_loss", 0) >= self.at_step


def attempt(folder: Path, config: RunConfig, data: Data, stop_at: int = 10**9) -> nn.Module | None:
    """One attempt at the run `r`, as a worker makes it; None when it was stopped."""
    checkpoint = Checkpoint(folder, "r", config)
    with Recorder(folder, "r", keep_to=checkpoint.step) as recorder:
        try:
            return train(config, data, CPU, recorder, Break(recorder, stop_at), checkpoint)
        except Stopped:
            recorder.state = "stopped"
            return None


def rows(folder: Path) -> list[Row]:
    """Every point of the run, whatever the order in which they were written."""
    record = Record(folder)
    points_of_run = record.changes().points
    record.close()
    return sorted(
        (points.series, step, value)
        for points in points_of_run
        for step, value in zip(points.steps.tolist(), points.values.tolist(), strict=True)
    )


def queued(folder: Path, config: RunConfig) -> Record:
    record = create(folder)
    add_runs(record, [("r", config.as_dict())])
    return record


CHOICES: list[dict[str, Any]] = [
    *({"optimizer": name} for name in OPTIMIZERS),
    *({"norm": name} for name in NORMS if name != CONFIG.norm),
    *({"schedule": name} for name in SCHEDULES if name != CONFIG.schedule),
    {"clip_norm": 0.5, "weight_decay": 0.01},
]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
@pytest.mark.thorough
def test_weights_and_points_after_two_breaks_equal_those_of_an_unbroken_run(
    tmp_path: Path, tiny_mnist: Data, choice: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainers.tape.COPY_EVERY_S", 0.0)
    config = replace(CONFIG, **choice)
    queued(tmp_path / "whole", config).close()
    whole = attempt(tmp_path / "whole", config, tiny_mnist)
    record = queued(tmp_path / "broken", config)
    for stop_at in (STEPS_PER_EPOCH + 2, 2 * STEPS_PER_EPOCH + 1):
        assert attempt(tmp_path / "broken", config, tiny_mnist, stop_at) is None
        record.requeue(["r"])
    last = attempt(tmp_path / "broken", config, tiny_mnist)
    record.close()
    assert whole is not None
    assert last is not None
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, last.state_dict()[name]), name
    assert rows(tmp_path / "broken") == rows(tmp_path / "whole")
    assert read_runs(tmp_path / "broken")[0].attempt == 2


def saved(folder: Path, data: Data) -> Checkpoint:
    """A checkpoint after the first epoch of CONFIG."""
    attempt(folder, CONFIG, data, STEPS_PER_EPOCH + 1)
    return Checkpoint(folder, "r", CONFIG)


def test_a_checkpoint_is_written_at_the_end_of_an_epoch_and_leaves_no_other_file(
    tmp_path: Path, tiny_mnist: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainers.tape.COPY_EVERY_S", 0.0)
    assert saved(tmp_path / "exp", tiny_mnist).step == STEPS_PER_EPOCH
    assert [p.name for p in (tmp_path / "exp" / "checkpoints").iterdir()] == ["r.pt"]


def test_a_removed_checkpoint_leaves_nothing(tmp_path: Path, tiny_mnist: Data) -> None:
    checkpoint = saved(tmp_path / "exp", tiny_mnist)
    checkpoint.remove()
    checkpoint.remove()
    assert not (tmp_path / "exp" / "checkpoints").exists()


def test_what_a_writer_left_that_was_killed_goes_with_its_checkpoint(
    tmp_path: Path, tiny_mnist: Data
) -> None:
    saved(tmp_path, tiny_mnist)
    checkpoint = Checkpoint(tmp_path, "r", CONFIG)
    checkpoint.file.with_name("r.4711.new").write_bytes(b"half of it")
    other = checkpoint.file.with_name("r.2.4711.new")
    other.write_bytes(b"of a run named r.2")
    checkpoint.remove()
    assert list(checkpoint.file.parent.iterdir()) == [other]


def test_a_run_goes_on_from_a_file_of_the_time_when_its_generator_had_another_name(
    tmp_path: Path, tiny_mnist: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With dropout: the generator decides what is learnt from there on."""
    monkeypatch.setattr("trainers.tape.COPY_EVERY_S", 0.0)
    ends = []
    for name, change in (("new", {}), ("old", {"rng_state": "chance"})):
        folder = tmp_path / name
        record = queued(folder, CONFIG)
        file = saved(folder, tiny_mnist).file
        state = torch.load(file, weights_only=True)
        former = {**change, "cuda_rng_state": "cuda_chance"} if change else {}
        torch.save({former.get(key, key): value for key, value in state.items()}, file)
        record.requeue(["r"])
        record.close()
        torch.manual_seed(99)
        model = attempt(folder, CONFIG, tiny_mnist)
        assert model is not None
        assert read_runs(folder)[0].attempt == 1
        ends.append(model.state_dict())
    assert all(torch.equal(weight, ends[1][name]) for name, weight in ends[0].items())


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "other settings"])
def test_a_checkpoint_that_is_of_no_use_counts_as_none(
    tmp_path: Path, tiny_mnist: Data, damage: str
) -> None:
    file = saved(tmp_path / "exp", tiny_mnist).file
    whole = file.read_bytes()
    changed = {
        "cut": whole[: len(whole) // 2],
        "noise": whole[:100] + bytes(200) + whole[300:],
        "empty": b"",
        "other settings": whole,
    }
    file.write_bytes(changed[damage])
    config = replace(CONFIG, lr=0.1) if damage == "other settings" else CONFIG
    assert Checkpoint(tmp_path / "exp", "r", config).step == -1


class Bomb:
    """What runs a program when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def test_a_checkpoint_that_somebody_sent_runs_nothing(tmp_path: Path, tiny_mnist: Data) -> None:
    file = saved(tmp_path / "exp", tiny_mnist).file
    state = torch.load(file, weights_only=True)
    torch.save({**state, "order": Bomb(tmp_path / "it-ran")}, file)
    assert Checkpoint(tmp_path / "exp", "r", CONFIG).step == -1
    assert not (tmp_path / "it-ran").exists()


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(
    tmp_path: Path, tiny_mnist: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = saved(tmp_path / "exp", tiny_mnist)

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    checkpoint.save(2, 2 * STEPS_PER_EPOCH, model, optimizer, torch.Generator())
    assert Checkpoint(tmp_path / "exp", "r", CONFIG).step == STEPS_PER_EPOCH
