"""The accuracy grid, as the figure that a page is sent."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import ACCURACY
from dashboard.runs.request import ComparisonRequest
from dashboard.windows import style
from dashboard.windows.accuracy_grid import EMPTY, SICK, accuracy_grid
from dashboard.windows.content import Plot
from tests.support.invented import GRID, STEPS, accuracy, invent
from tests.support.results import record, seeds


def texts(plot: Plot) -> dict[tuple[float, float], str]:
    """What each cell says, by (column, row)."""
    trace = next(trace for trace in plot.traces if trace["mode"] == "text")
    return dict(zip(zip(trace["x"], trace["y"], strict=True), trace["text"], strict=True))


def grounds(plot: Plot) -> list[str]:
    return [shape["fillcolor"] for shape in plot.layout["shapes"]]


def hatched(plot: Plot) -> int:
    return len([x for x in plot.traces[0]["x"] if x is not None])


def said(experiment: Experiment) -> str:
    """What the grid's one cell says."""
    (text,) = texts(accuracy_grid(experiment)).values()
    return text


def of_one_cell(folder: Path, states: dict[str, str] | None = None) -> Experiment:
    experiment = invent(
        folder, {"activation": ["relu"], "init": ["normal"], "seed": [0, 1, 2]}, states
    )
    experiment.ask(ComparisonRequest("", ("activation", "init")))
    return experiment


def test_a_cell_holds_the_newest_accuracy_of_its_run(tmp_path: Path) -> None:
    plot = accuracy_grid(invent(tmp_path / "e", GRID))
    assert plot.layout["yaxis"]["ticktext"] == ["relu", "tanh"]
    assert plot.layout["xaxis"]["ticktext"] == ["normal", "kaiming_<br>normal"]
    last = [accuracy(i, STEPS) for i in range(4)]
    place_of = style.result_places(ACCURACY, [])
    assert list(texts(plot).values()) == [f"<b>{value:.4f}</b>" for value in last]
    assert list(texts(plot)) == [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert grounds(plot) == [style.result_colour(place_of(value)) for value in last]


def test_seeds_are_a_mean_and_a_standard_deviation(tmp_path: Path) -> None:
    last = [accuracy(i, STEPS) for i in range(3)]
    expected = f"<b>{np.mean(last):.4f}</b><br>± {np.std(last, ddof=1):.4f} (3)"
    assert said(of_one_cell(tmp_path / "e")) == expected


def test_of_a_third_setting_the_best_choice_is_shown_and_never_their_mean(tmp_path: Path) -> None:
    runs = [*seeds([0.1, 0.2], a="x", b="y", lr=1.0), *seeds([0.7, 0.8], a="x", b="y", lr=0.1)]
    other = seeds([0.5, 0.5], a="z", b="w", lr=0.1)
    plot = accuracy_grid(record(tmp_path / "e", [*runs, *other]))
    assert texts(plot)[0, 0] == "<b>0.7500</b><br>at lr 0.1"


@pytest.mark.parametrize(
    ("state", "text", "ground"), [("queued", "queued", EMPTY), ("running", "50%", None)]
)
def test_a_cell_says_how_far_it_is(
    state: str, text: str, ground: str | None, tmp_path: Path
) -> None:
    plot = accuracy_grid(invent(tmp_path / "e", GRID, {"relu-normal": state}))
    assert text in texts(plot)[0, 0]
    assert ground in (None, grounds(plot)[0])


def test_the_bar_of_a_running_cell_is_as_long_as_its_progress(tmp_path: Path) -> None:
    plot = accuracy_grid(invent(tmp_path / "e", GRID, {"relu-normal": "running"}))
    (x0, x1, _), (y0, y1, _) = plot.traces[1]["x"], plot.traces[2]["x"]
    assert y0 == x0
    assert y1 - y0 == pytest.approx((x1 - x0) / 2)


@pytest.mark.parametrize(("state", "sign"), [("diverged", "✕"), ("failed", "!")])
def test_a_bad_cell_is_hatched_and_says_so_and_has_no_accuracys_colour(
    state: str, sign: str, tmp_path: Path
) -> None:
    bad = accuracy_grid(invent(tmp_path / "bad", GRID, {"relu-normal": state}))
    fine = accuracy_grid(invent(tmp_path / "fine", GRID))
    assert texts(bad)[0, 0] == f"{sign}<br>{state}"
    assert grounds(bad)[0] == SICK
    assert SICK not in grounds(fine)
    assert hatched(bad) > 0 == hatched(fine)


def test_a_cell_whose_seeds_partly_diverged_says_how_many(tmp_path: Path) -> None:
    text = said(of_one_cell(tmp_path / "e", {"relu-normal-1": "diverged"}))
    fine = [accuracy(i, STEPS) for i in (0, 2)]
    assert text.startswith(f"<b>{np.mean(fine):.4f}</b>")
    assert text.endswith("✕ 1 of 3<br>diverged")


def test_one_varied_setting_is_one_row(tmp_path: Path) -> None:
    plot = accuracy_grid(invent(tmp_path / "e", {"activation": ["relu", "tanh", "gelu"]}))
    assert {row for _, row in texts(plot)} == {0}
    assert len(texts(plot)) == 3


def test_any_two_settings_can_be_asked_for(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", {**GRID, "lr": [0.1, 1.0]})
    experiment.ask(ComparisonRequest("", ("lr", "activation")))
    layout = accuracy_grid(experiment).layout
    assert layout["yaxis"]["ticktext"] == ["lr 0.1", "lr 1.0"]
    assert layout["xaxis"]["ticktext"] == ["relu", "tanh"]


def test_a_large_grid_says_its_accuracies_in_two_digits(tmp_path: Path) -> None:
    many: dict[str, Any] = {"activation": ["relu"], "init": [f"i{i}" for i in range(8)]}
    first = texts(accuracy_grid(invent(tmp_path / "e", many)))[0, 0]
    assert first == f"{accuracy(0, STEPS):.2f}"[1:]


def test_a_single_run_leaves_a_note(tmp_path: Path) -> None:
    plot = accuracy_grid(invent(tmp_path / "e", {"activation": ["relu"]}))
    assert plot.traces == []
