"""The parallel coordinates, as the figure that a page is sent."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from dashboard.board.scene import ExperimentScene
from dashboard.runs.experiment import Experiment
from dashboard.windows.parallel import LEAST_GROUPS, parallel
from tests.support.invented import STEPS, accuracy, invent

RATES = [0.001, 0.01, 0.1, 1.0]
MANY: dict[str, list[Any]] = {
    "activation": ["relu", "tanh"],
    "init": ["a", "b", "c"],
    "lr": RATES,
    "seed": [0, 1],
}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    return invent(tmp_path_factory.mktemp("many") / "e", MANY)


def windows(experiment: Experiment) -> list[str]:
    return [place.name for place in next(iter(ExperimentScene(experiment).environments()))[1]]


def test_the_window_is_there_from_as_many_groups_as_curves_cannot_show(
    many: Experiment, tmp_path: Path
) -> None:
    values = [f"a{i}" for i in range(LEAST_GROUPS - 1)]
    assert "parallel" in windows(many), "24 groups of two seeds"
    fewer = invent(tmp_path / "e", {"activation": values}, dict.fromkeys(values, "queued"))
    assert "parallel" not in windows(fewer)


def test_a_group_of_seeds_is_one_line_over_all_settings_to_its_mean_result(
    many: Experiment,
) -> None:
    traces = {trace["name"]: trace for trace in parallel(many).traces}
    groups = list(itertools.product(MANY["activation"], MANY["init"], RATES))
    assert list(traces) == [f"{a} · {i} · lr {rate}" for a, i, rate in reversed(groups)]
    best = traces["relu · a · lr 0.001"]
    mean = (accuracy(0, STEPS) + accuracy(1, STEPS)) / 2
    assert best["text"] == f"relu · a · lr 0.001: {mean:.4f}"
    assert best["y"] == [0.0, 0.0, 0.0, 1.0]
    assert best["x"] == [0, 1, 2, 3]


def test_numbers_that_span_decades_stand_on_a_log_scale(many: Experiment) -> None:
    places = {trace["name"]: trace["y"][2] for trace in parallel(many).traces}
    assert [places[f"tanh · b · lr {rate}"] for rate in RATES] == pytest.approx(
        [0, 1 / 3, 2 / 3, 1]
    )


def test_every_value_stands_at_its_place_on_its_axis(many: Experiment) -> None:
    notes = {(note["x"], note["text"]): note["y"] for note in parallel(many).layout["annotations"]}
    assert notes[1, "b"] == 0.5
    assert notes[2, "lr 1.0"] == 1.0
    assert (3, "<b>test accuracy</b>") in notes


def test_before_the_first_result_there_is_a_note(tmp_path: Path) -> None:
    plot = parallel(invent(tmp_path / "e", {"activation": ["a"]}, {"a": "queued"}))
    assert plot.traces == []
    assert plot.layout["annotations"][0]["text"] == "no results yet"
