"""The window of distributions: a heat map for each layer and kind, and theory's beside it."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from dashboard.record.recorder import Recorder
from dashboard.runs.run_view import RunView
from dashboard.windows.distributions import distributions
from dashboard.windows.run_windows import run_windows
from tests.support.reading import read

BINS = 11


def value(*layers: str, peak: int = 5, kinds: tuple[str, ...] = ("preactivation", "weight")) -> Any:
    counts = [0] * BINS
    counts[peak] = 30
    counts[peak + 1] = 10
    entry = [2.0, 1000.0, counts]
    return {"bins": BINS, "layers": {layer: dict.fromkeys(kinds, entry) for layer in layers}}


def recorded(folder: Path, *values: Any) -> RunView:
    with Recorder(folder / "e", "r") as run:
        run.scalar("signal/expected_std/fc1", 0, 2.0)
        run.scalar("signal/gradient_norm/fc1", 0, 1.0)
        for i, each in enumerate(values):
            run.data("distribution", 10 * i, each)
    return read(folder / "e").runs[0]


def test_every_evaluation_is_a_column_whose_shares_add_up(tmp_path: Path) -> None:
    view = recorded(tmp_path, value("fc1", "out"), value("fc1", "out", peak=7))
    assert "distributions" in run_windows(view)
    plot = distributions(view)
    weights = [trace for trace in plot.traces if "weights" in trace["hovertemplate"]]
    assert len(weights) == 2
    for trace in weights:
        assert trace["x"] == [0, 10]
        columns = list(zip(*trace["z"], strict=True))
        assert [sum(column) for column in columns] == [pytest.approx(1.0)] * 2
        assert [column.index(0.75) for column in columns] == [5, 7]
    headings = [note["text"] for note in plot.layout["annotations"]]
    assert headings[0] == "<b>fc1</b> pre-activations  (left: theory at step 0)"
    assert "<b>out</b> weights" in headings
    json.dumps(plot.packet(), allow_nan=False)


def test_theory_is_the_normal_distribution_of_the_expected_spread(tmp_path: Path) -> None:
    plot = distributions(recorded(tmp_path, value("fc1", "out")))
    theories = [trace for trace in plot.traces if "theory" in trace["hovertemplate"]]
    assert len(theories) == 1, "of out none is recorded"
    shares = [row[0] for row in theories[0]["z"]]
    assert sum(shares) == pytest.approx(1.0, abs=1e-3)
    half = math.asinh(1000) / BINS
    within = math.erf(math.sinh(half) / math.sqrt(2))
    assert shares[BINS // 2] == pytest.approx(within, abs=1e-4)
    assert shares == shares[::-1]


@pytest.mark.parametrize(
    "odd",
    [3, {}, {"bins": 3, "layers": {"a": {"weight": [1, 2, [1]]}}}, {"bins": 1, "layers": 7},
     {"bins": 1, "layers": {"a": {"weight": [0.0, 1.0, [1]]}}}],
)  # fmt: skip
def test_what_is_no_distribution_is_left_out(tmp_path: Path, odd: Any) -> None:
    plot = distributions(recorded(tmp_path, odd))
    assert plot.traces == []


def test_a_name_of_a_layer_is_no_markup(tmp_path: Path) -> None:
    plot = distributions(recorded(tmp_path, value("<a href='x'>fc1</a>")))
    assert all("<a" not in note["text"] for note in plot.layout["annotations"])
