"""How to find out whether the best is chance, from records with results chosen by hand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.runs.joint import JointExperiment
from dashboard.runs.standing import standing
from dashboard.windows.advice import Advice, advice, conclusions_with_advice
from tests.support.reading import read
from tests.support.results import record, seeds

Runs = list[tuple[dict[str, Any], Any]]


def init(name: str, values: list[Any], **more: Any) -> Runs:
    return seeds(values, **more, init=name)


LEVEL = init("a", [0.91, 0.92]) + init("b", [0.92, 0.91])
CASES: dict[str, tuple[Runs, Mapping[int, str], Advice | None]] = {
    "one seed": (
        init("a", [0.91]) + init("b", [0.92]), {},
        Advice(
            "One seed cannot tell whether that is chance: launch.py add 'my nets' --seed 1 2",
            ["0-a-0", "1-b-0"], [1, 2],
        ),
    ),
    "one seed of many": (
        [run for i in range(17) for run in init(f"i{i}", [0.5 + i / 100])], {},
        Advice(
            "One seed cannot tell whether that is chance: launch.py resume 'my nets' --decide 10"
        ),
    ),
    "one seed where hopeless runs were given up": (
        [run for i in range(5) for run in init(f"i{i}", [0.9 + i / 100])], {0: "pruned"},
        Advice(
            "One seed cannot tell whether that is chance: "
            "launch.py add 'my nets/4-i4-0' 3-i3-0 2-i2-0 --seed 1 2",
            ["4-i4-0", "3-i3-0", "2-i2-0"], [1, 2],
        ),
    ),
    "one that lacks seeds": (
        init("a", [0.93, 0.931, 0.932]) + init("b", [0.81, 0.812, 0.811]) + init("c", [0.5]), {},
        Advice(
            "c has too few seeds to be compared: launch.py add 'my nets/6-c-0' --seed 0 1 2",
            ["6-c-0"], [0, 1, 2],
        ),
    ),
    "two that are level after two seeds": (
        LEVEL + init("c", [0.5, 0.51]), {},
        Advice("More seeds may tell: launch.py resume 'my nets' --decide 10"),
    ),
    "two that are level after many seeds": (
        init("a", [0.91, 0.92] * 4) + init("b", [0.92, 0.91] * 4), {},
        Advice("More seeds may tell: launch.py resume 'my nets' --decide 16"),
    ),
    "decided": (init("a", [0.93, 0.931, 0.932]) + init("b", [0.81, 0.812, 0.811]), {}, None),
    "a seed of the best went wrong": (
        init("a", [0.93, 0.931, 0.932, 0.1]) + init("b", [0.91, 0.912, 0.911, 0.913]),
        {3: "diverged"}, None,
    ),
    "runs that still train": (init("a", [0.5]) + init("b", [{100: 0.6}]), {1: "running"}, None),
    "one run": (init("a", [0.93]), {}, None),
    "only seeds": (init("a", [0.93, 0.94]), {}, None),
    "no result": (init("a", [None]) + init("b", [None]), {}, None),
}  # fmt: skip


def advised(experiment: Experiment) -> Advice | None:
    return advice(experiment, standing(experiment))


@pytest.mark.parametrize("case", CASES)
def test_a_person_is_told_which_runs_want_which_seeds(case: str, tmp_path: Path) -> None:
    runs, states, expected = CASES[case]
    assert advised(record(tmp_path / "my nets", runs, states)) == expected


def test_it_stands_behind_the_answer(tmp_path: Path) -> None:
    experiment = record(tmp_path / "e", init("a", [0.91]) + init("b", [0.92]))
    said = conclusions_with_advice(experiment, standing(experiment))
    assert [sentence.partition(" ")[0] for sentence in said] == ["Best:", "One"]


def test_of_a_loop_of_ones_own_nobody_can_train_more(tmp_path: Path) -> None:
    for name, value in {"a": 0.91, "b": 0.92}.items():
        with Recorder(tmp_path / "own", run=name, config={"init": name}) as run:
            run.scalar("test_accuracy", 1, value)
    assert advised(read(tmp_path / "own")) == Advice(
        "One seed cannot tell whether that is chance: record each choice with more seeds."
    )


def test_what_a_launcher_has_added_seeds_to_already_is_not_told_again(tmp_path: Path) -> None:
    experiment = record(tmp_path / "e", LEVEL)
    assert advised(experiment)
    experiment.record.keep({"decide": 10})
    assert advised(experiment) is None


def test_several_experiments_are_added_to_one_by_one(tmp_path: Path) -> None:
    parts = [record(tmp_path / name, init(name, [value])) for name, value in [("a", 1.0), ("b", 0)]]
    joint = JointExperiment(parts)
    joint.refresh()
    how = advised(joint)
    assert how
    assert how.text.endswith("launch.py add NAME --seed 1 2 for each of them.")
    assert list(how.runs) == ["a/0-a-0", "b/0-b-0"]
