"""The plots that lay runs over each other, as the figures that a page is sent."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.runs.experiment import Experiment
from dashboard.windows import overlays
from dashboard.windows.content import Plot
from tests.support.invented import GRID, STEPS, accuracy, invent

SEEDS = {"activation": ["relu", "tanh"], "seed": [0, 1, 2]}
MANY = {"activation": [f"a{i}" for i in range(8)], "init": [f"i{i}" for i in range(8)]}


def evaluations(experiment: Experiment) -> Plot:
    return overlays.evaluations(experiment, "test_accuracy", "test accuracy", loss=False)


def drawn(plot: Plot) -> list[dict[str, Any]]:
    """The lines that Visdom's page shows: no bands, no entries of the legend, no single seeds."""
    return [
        t
        for t in plot.traces
        if t["mode"] != "markers" and t["x"] != [None] and not t.get("fill")
        and t.get("visible", True)
    ]  # fmt: skip


def own(plot: Plot) -> list[dict[str, Any]]:
    """What our page draws its own lines from: the traces that say whose they are."""
    return [t for t in plot.traces if t.get("meta", {}).get("role") == "line"]


def listed(plot: Plot) -> list[str]:
    """What the legend reads."""
    names = [t["name"] for t in plot.traces if t.get("showlegend", True)]
    return [name.replace("\u200b", "") for name in names]


def test_every_run_has_a_line_over_its_own_band(tmp_path: Path) -> None:
    plot = overlays.train_loss(invent(tmp_path / "e", steps=3000))
    bands = [trace for trace in plot.traces if trace.get("fill")]
    assert len(drawn(plot)) == len(bands) == 4
    assert plot.traces[: len(bands)] == bands, "bands lie below all lines"
    for line, band in zip(drawn(plot), bands, strict=True):
        assert line["legendgroup"] == band["legendgroup"]
        half = len(band["y"]) // 2
        low, high = band["y"][:half], band["y"][half:][::-1]
        assert all(a <= y <= b for a, y, b in zip(low, line["y"], high, strict=True))


def test_the_legend_names_the_settings_that_differ_and_nothing_else(tmp_path: Path) -> None:
    plot = overlays.train_loss(invent(tmp_path / "e", GRID))
    assert listed(plot) == ["normal", "kaiming_normal"] * 2
    titles = [t["legendgrouptitle"]["text"] for t in plot.traces if "legendgrouptitle" in t]
    assert titles == ["<b>relu</b>", "<b>tanh</b>"]
    assert len({trace["name"] for trace in drawn(plot)}) == 4, "Visdom keeps what is hidden by name"


def test_with_many_runs_the_legend_names_colours_and_dashes(tmp_path: Path) -> None:
    plot = overlays.train_loss(invent(tmp_path / "e", MANY))
    assert listed(plot) == [*MANY["activation"], *MANY["init"]]


def test_an_overlay_of_64_runs_has_a_bounded_number_of_points(tmp_path: Path) -> None:
    plot = overlays.train_loss(invent(tmp_path / "e", MANY, steps=1000))
    assert sum(len(trace["x"]) for trace in plot.traces) < 1.2 * overlays.POINTS_PER_OVERLAY


def test_the_loss_axis_can_be_switched(tmp_path: Path) -> None:
    layout = overlays.train_loss(invent(tmp_path / "e")).layout
    assert layout["yaxis"]["type"] == "log"
    buttons = layout["updatemenus"][0]["buttons"]
    assert [b["args"][0]["yaxis.type"] for b in buttons] == ["log", "linear"]


def test_several_seeds_are_one_line_at_their_mean_with_their_extremes(tmp_path: Path) -> None:
    plot = evaluations(invent(tmp_path / "e", SEEDS))
    lines, bands = drawn(plot), [trace for trace in plot.traces if trace.get("fill")]
    assert len(lines) == len(bands) == 2
    seeds = [accuracy(i, STEPS) for i in range(3)]
    assert lines[0]["y"][-1] == pytest.approx(np.mean(seeds), abs=1e-4)
    assert lines[0]["text"][-1] == "mean of 3 seeds"
    assert [t["meta"]["run"] for t in own(plot)] == [
        f"{a}-{i}" for a in ("relu", "tanh") for i in range(3)
    ]
    assert not any(t["visible"] for t in own(plot)), "on Visdom's page the means speak for them"
    assert min(seeds) in bands[0]["y"]
    assert max(seeds) in bands[0]["y"]


def test_a_seed_that_is_behind_counts_as_far_as_it_has_come(tmp_path: Path) -> None:
    plot = evaluations(invent(tmp_path / "e", SEEDS, {"relu-2": "running"}))
    line = drawn(plot)[0]
    assert line["text"] == ["mean of 3 seeds"] * 2 + ["mean of 2 seeds"] * 2
    ahead = [accuracy(i, STEPS) for i in range(2)]
    assert line["y"][-1] == pytest.approx(np.mean(ahead), abs=1e-4)


def test_a_seed_that_has_just_begun_does_not_end_the_line_of_the_others() -> None:
    begun = np.arange(5.0), np.array([8.0, 6, 4, 2, 0])  # with a point at every step
    others = np.array([2.0, 20, 40]), np.array([2.0, 1, 1])
    (steps, mean), *_ = overlays.over_seeds([begun, others])
    assert (steps.tolist(), mean.tolist()) == ([2, 20, 40], [3, 1, 1])


def test_one_run_is_drawn_as_recorded(tmp_path: Path) -> None:
    line = drawn(evaluations(invent(tmp_path / "e", GRID)))[1]
    assert line["x"] == [0, 100, 200, 300]
    assert line["y"] == [accuracy(1, step) for step in line["x"]]


def test_delta_is_the_accuracy_minus_the_baselines(tmp_path: Path) -> None:
    plot = overlays.delta(invent(tmp_path / "e", GRID))
    lines = drawn(plot)
    assert len(lines) == 3, "the baseline itself is the zero line"
    expected = [accuracy(1, step) - accuracy(0, step) for step in (0, 100, 200, 300)]
    assert lines[0]["y"] == pytest.approx(expected)
    assert "relu · normal" in plot.layout["annotations"][0]["text"]


def test_a_diverged_run_ends_in_a_cross(tmp_path: Path) -> None:
    plot = overlays.train_loss(invent(tmp_path / "e", GRID, {"tanh-normal": "diverged"}))
    crosses = [trace for trace in plot.traces if trace["mode"] == "markers"]
    assert len(crosses) == 1
    assert "nan at step 150" in crosses[0]["hovertemplate"]
    json.dumps(plot.packet(), allow_nan=False)


@pytest.mark.parametrize("draw", [overlays.train_loss, evaluations, overlays.delta])
def test_runs_that_have_not_begun_leave_a_note(draw: Any, tmp_path: Path) -> None:
    waiting = {"relu": "queued", "tanh": "queued"}
    plot = draw(invent(tmp_path / "e", {"activation": ["relu", "tanh"]}, waiting))
    assert plot.traces == []
    assert "yet" in plot.layout["annotations"][0]["text"]
