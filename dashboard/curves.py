"""Draws the curves: a run's own losses, and the overlays that compare all runs.

Makes Plotly figures from lines; what windows exist and when they redraw is `dashboard.windows`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard import style
from dashboard.experiment import Experiment, RunView
from dashboard.panes import Plot
from dashboard.series import Line
from dashboard.style import Looks, axis, layout, numbers

# All traces of an overlay together, so that a frame costs the same with 4 runs and with 64.
POINTS_PER_OVERLAY = 4500
BANDS_UP_TO_RUNS = 16
MARKERS_UP_TO_POINTS = 40


def overlay(
    experiment: Experiment, series: str, y_title: str, *, log: bool = False, band: bool = False
) -> Plot:
    """One line for each run that has the series; means of stretches with their min–max band.

    Runs are told apart by colour and dash; only the settings that differ are named.
    """
    looks = Looks(experiment)
    views = [view for view in experiment.runs if series in view.lines]
    band = band and len(views) <= BANDS_UP_TO_RUNS
    limit = max(16, POINTS_PER_OVERLAY // (max(1, len(views)) * (3 if band else 1)))
    bands, lines = [], []
    for view in views:
        line = view.lines[series]
        if band and line.bin_points(limit) > 1:
            bands.append(_band(line, looks.colour(view), limit))
        lines.append(_curve(line, looks, view, limit))
        lines += _bad_marker(line, looks.colour(view), view.run.state)
    figure = layout("step (optimizer updates)", y_title)
    if log:
        figure["yaxis"]["type"] = "log"
        figure["yaxis"]["dtick"] = "D1" if _narrow(views, series) else None
    figure["legend"] |= {"orientation": "v", "x": 1.01, "y": 1, "xanchor": "left"}
    return Plot(bands + lines, figure)


def run_loss(run: RunView) -> Plot:
    """A run's training loss: every step within the line's bounds, and the mean drawn over it."""
    figure = layout("step (optimizer updates)", "train loss", showlegend=False)
    line = run.lines.get("train_loss")
    if line is None:
        return Plot([], figure)
    xs, ys = line.drawn()
    traces = [_line(xs, ys, "each step", "#9DB8D2", 1.0)]
    if line.bin_points() > 1:
        xs, ys = line.means()
        traces.append(_line(xs, ys, f"mean of {line.bin_points()} steps", style.COLOURS[0], 2.0))
    return Plot(traces + _bad_marker(line, style.COLOURS[1], run.run.state), figure)


def run_test(run: RunView) -> Plot:
    """A run's test loss (left axis) and test accuracy (right axis), one point an evaluation."""
    figure = layout("step (optimizer updates)", "test loss (mean per sample)")
    figure["yaxis2"] = axis(
        "test accuracy", overlaying="y", side="right", range=[0, 1], autorange=False, showgrid=False
    )
    figure["margin"] = {**figure["margin"], "r": 58}
    figure["legend"] |= {"orientation": "h", "x": 0, "y": 1.12}
    traces = []
    for series, name, colour, on in (
        ("test_loss", "loss", style.COLOURS[1], "y"),
        ("test_accuracy", "acc.", style.COLOURS[0], "y2"),
    ):
        if series in run.lines:
            trace = _line(*run.lines[series].drawn(), name, colour, 2.0)
            traces.append(trace | {"yaxis": on, "mode": "lines+markers"})
    return Plot(traces, figure)


def _curve(line: Line, looks: Looks, view: RunView, limit: int) -> dict[str, Any]:
    xs, ys = line.means(limit)
    trace = _line(xs, ys, looks.label(view), looks.colour(view), 2.0)
    trace["line"]["dash"] = looks.dash(view)
    trace["legendgroup"] = view.name
    if len(xs) <= MARKERS_UP_TO_POINTS:
        trace |= {"mode": "lines+markers", "marker": {"size": 5, "color": looks.colour(view)}}
    return trace


def _line(xs: np.ndarray, ys: np.ndarray, name: str, colour: str, width: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": xs.tolist(),
        "y": numbers(ys),
        "name": name,
        "line": {"color": colour, "width": width},
        "hovertemplate": f"<b>{name}</b><br>step %{{x}}: %{{y:.4f}}<extra></extra>",
    }


def _band(line: Line, colour: str, limit: int) -> dict[str, Any]:
    xs, low, high = line.band(limit)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.concatenate([xs, xs[::-1]]).tolist(),
        "y": numbers(np.concatenate([low, high[::-1]]), 4),
        "fill": "toself",
        "fillcolor": _faded(colour, 0.13),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
        "name": "",
    }


def _bad_marker(line: Line, colour: str, state: str) -> list[dict[str, Any]]:
    """A cross at the last finite point of a line that became NaN or infinite."""
    last = line.last_finite()
    if not line.bad_count or last is None:
        return []
    step, value = line.bad[0]
    note = f"{state}: {value} at step {step}"
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [last[0]],
            "y": [last[1]],
            "name": note,
            "showlegend": False,
            "marker": {"symbol": "x", "size": 11, "color": colour, "line": {"width": 1}},
            "hovertemplate": f"{note}<extra></extra>",
        }
    ]


def _faded(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def _narrow(views: list[RunView], series: str) -> bool:
    """Whether the lines span so little that powers of ten alone would say too little."""
    ends = [view.lines[series].band(8)[1:] for view in views]
    lows = [low[low > 0].min() for low, _ in ends if (low > 0).any()]
    highs = [high.max() for _, high in ends if len(high)]
    return bool(lows and highs) and max(highs) / min(lows) < 300
