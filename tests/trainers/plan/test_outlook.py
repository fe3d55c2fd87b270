"""trainers.plan.outlook: what stacks and how long it may take, said before anything is trained."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.record.reader import create
from dashboard.record.recorder import Recorder
from dashboard.record.schema import connect
from trainers.config import RunConfig
from trainers.plan import outlook
from trainers.plan.outlook import duration_text, recorded_seconds, stacked
from trainers.plan.plan import Plan, make_plan

BASE = RunConfig(hidden=(8,), epochs=3)
CHOICES: dict[str, list[Any]] = {"activation": ["relu", "tanh"], "seed": [0, 1]}


def plan(workers: int = 2, stack: bool = False) -> Plan:
    return make_plan(BASE, CHOICES, "cpu", workers, stack)


def say(seconds: float) -> str:
    return f"{seconds:.0f} s"


@pytest.mark.parametrize(
    ("choices", "stack", "sentence"),
    [
        (CHOICES, True, "4 of 4 runs train together, as 2 stacks where the memory is enough"),
        (CHOICES, False, "each run trains by itself; with --stack 4 of 4 runs would train together "
                         "in 2 stacks"),
        ({"activation": ["relu", "tanh"], "model": ["mlp", "mlp_tensors"]}, True, "runs train tog"),
        ({"seed": [0, 1]}, True, "no runs stack: each trains by itself"),
    ],
)  # fmt: skip
def test_it_is_said_which_runs_train_together(
    choices: dict[str, list[Any]], stack: bool, sentence: str
) -> None:
    assert sentence in stacked(make_plan(BASE, choices, "cpu", 2, stack))


def test_how_long_a_plan_takes_is_known_from_runs_that_were_trained(tmp_path: Path) -> None:
    """Four runs of three epochs, two at a time; one like them took 20 s for two epochs."""
    record_one(tmp_path / "runs" / "old", seconds=20.0, epochs=2)
    assert duration_text(plan(), tmp_path / "runs", say) == (
        "it may take about 60 s, as runs like these took here"
    )
    assert duration_text(plan(workers=1), tmp_path / "runs", say).startswith("it may take about 12")


def test_the_newest_run_of_the_kind_counts(tmp_path: Path) -> None:
    record_one(tmp_path / "a", seconds=20.0, epochs=2)
    record_one(tmp_path / "b", seconds=6.0, epochs=2)
    kind = outlook.kind_of(BASE.as_dict())
    assert recorded_seconds(tmp_path, {kind}) == {kind: pytest.approx(3.0)}
    assert (
        recorded_seconds(tmp_path, {outlook.kind_of(replace(BASE, batch_size=7).as_dict())}) == {}
    )


def test_without_such_runs_some_steps_are_made(tmp_path: Path) -> None:
    said = duration_text(plan(), tmp_path / "runs", say)
    assert said.startswith("it may take ")
    assert said.endswith("by the time of some steps just now")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("hidden", "stack"), [((8,), True), ((3000, 3000), False)], ids=["a stack", "a large model"]
)
def test_what_cannot_be_told_is_said_to_be_unknown(
    tmp_path: Path, hidden: tuple[int, ...], stack: bool
) -> None:
    unknown = make_plan(replace(BASE, hidden=hidden), {}, "cpu", 1, stack)
    assert duration_text(unknown, tmp_path, say).startswith("how long it takes is not known")


def record_one(folder: Path, seconds: float, epochs: int) -> None:
    """A run of our launcher's that is done, and took so long."""
    with closing(create(folder, {"command": ["--epochs", str(epochs)]}, [("r", BASE.as_dict())])):
        with Recorder(folder, "r") as run:
            run.expect(epochs * 10, 10)
            run.scalar("train_loss", epochs * 10, 1.0)
        with closing(connect(folder)) as db:
            db.execute("UPDATE run SET started_s = ended_s - ?", (seconds,))
