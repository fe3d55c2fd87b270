"""Draws a run's own curves, and the traces (line, band, cross) that all plots are made of.

Makes Plotly figures from lines; the plots that compare runs are `dashboard.windows.overlays`, and
what windows exist and when they redraw is said in `compare_windows` and `run_windows`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.record.goal import MAX, goal_of
from dashboard.record.tasks import CLASSES, TASKS
from dashboard.runs.line import Line
from dashboard.runs.metric import read_as, title_of
from dashboard.runs.run_view import RunView
from dashboard.windows import style
from dashboard.windows.content import Plot
from dashboard.windows.style import axis, faded, layout, numbers

MOST_MARKERS = 40  # of a line


def run_loss(view: RunView) -> Plot:
    """A run's training loss: every step within the line's bounds, and the mean drawn over it."""
    figure = layout("step (optimizer updates)", "train loss", showlegend=False)
    figure["meta"] = axes_of("loss", title="train loss")
    line = view.lines.get("train_loss")
    if line is None:
        return Plot([], figure)
    xs, ys = line.drawn()
    raw = line_trace(xs, ys, "each step", "#9DB8D2", 1.0)
    traces = [raw | of_run(view, "raw", "train_loss")]
    if line.bin_points() > 1:
        xs, ys = line.means()
        name = f"mean of {line.bin_points()} steps"
        mean = line_trace(xs, ys, name, style.COLOURS[0], 2.0)
        traces.append(mean | of_run(view, "line", "train_loss"))
    marks = bad_marker(line, style.COLOURS[1], view.state)
    return Plot(traces + [mark | of_run(view, "mark", "train_loss") for mark in marks], figure)


def run_test(view: RunView) -> Plot:
    """A run's test loss (left axis) and test accuracy (right axis), one point an evaluation.

    In the accuracy's place stands what the run's task has (`dashboard.record.tasks`).
    """
    result = TASKS[view.task or CLASSES].metric
    share, title = goal_of(result) == MAX, read_as(result)
    figure = layout("step (optimizer updates)", "test loss (mean per sample)")
    y2 = "accuracy" if share else "number"
    figure["meta"] = axes_of("loss", y2=y2, title="test loss", title2=title)
    ends = {"range": [0, 1], "autorange": False} if share else {}
    figure["yaxis2"] = axis(title, overlaying="y", side="right", showgrid=False, **ends)
    figure["margin"] = {**figure["margin"], "r": 58}
    figure["legend"] |= {"orientation": "h", "x": 0, "y": 1.12}
    traces = []
    for series, name, colour, on in (
        ("test_loss", "loss", style.COLOURS[1], "y"),
        (result, title_of(result).removeprefix("test "), style.COLOURS[0], "y2"),
    ):
        if series in view.lines:
            trace = line_trace(*view.lines[series].drawn(), name, colour, 2.0)
            trace |= of_run(view, "line", series)
            traces.append(trace | {"yaxis": on, "mode": "lines+markers"})
    return Plot(traces, figure)


def run_number(view: RunView, series: str, title: str) -> Plot:
    """One series of the run, such as its learning rate."""
    figure = layout("step (optimizer updates)", title, showlegend=False)
    figure["meta"] = axes_of("number", title=title)
    trace = line_trace(*view.lines[series].drawn(), title, style.COLOURS[0], 2)
    return Plot([trace | of_run(view, "line", series)], figure)


def line_trace(
    xs: np.ndarray, ys: np.ndarray, name: str, colour: str, width: float
) -> dict[str, Any]:
    """A line with its name, any text, in what hovering says."""
    name = style.plain(name)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": xs.tolist(),
        "y": numbers(ys),
        "name": name,
        "line": {"color": colour, "width": width},
        "hovertemplate": f"<b>{name}</b><br>step %{{x}}: %{{y:.4f}}<extra></extra>",
    }


def of_run(view: RunView, role: str, series: str, **more: Any) -> dict[str, Any]:
    """What tells our page that a trace is a run's own, so that it can select, smooth and colour it.

    role: "line" (the curve), "raw" (every step of it), "band" (lowest to highest), "mark" (where it
    ended badly). Traces without a run are for Visdom's page alone.
    more: steps=N where an x of 1 is N steps, such as an epoch, and shift, which is added to that.
    """
    return {"meta": {"run": view.name, "role": role, "series": series, **more}}


def axes_of(y: str, **more: Any) -> dict[str, Any]:
    """What tells our page how to draw the axes of a plot whose traces are runs' own.

    y: "loss", "accuracy", "difference", "share" (0 to 1), "decades" (always logarithmic), "mixed"
    (losses beside accuracies) or "number". panels: small plots of one window, each with its title
    and its series, one or [[series, name], …]; each may have a `kind`, a y of its own, and
    `rings`, what theory expects of a series at step 0.
    """
    return {"x": "step", "y": y, **more}


def marked(trace: dict[str, Any], size: float, most: int = MOST_MARKERS) -> dict[str, Any]:
    """The trace with a marker at each point, where its points are few enough to be told apart."""
    if len(trace["x"]) > most:
        return trace
    marker = {"size": size, "color": trace["line"]["color"]}
    return trace | {"mode": "lines+markers", "marker": marker}


def band_trace(
    xs: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str, alpha: float = 0.13
) -> dict[str, Any]:
    """The area between two lines, without an outline or a word of its own."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.concatenate([xs, xs[::-1]]).tolist(),
        "y": numbers(np.concatenate([low, high[::-1]]), 4),
        "fill": "toself",
        "fillcolor": faded(colour, alpha),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
        "name": "",
    }


def bad_marker(line: Line, colour: str, state: str) -> list[dict[str, Any]]:
    """A cross at the last finite point of a line that became NaN or infinite."""
    last = line.last_finite()
    if not line.bad_count or last is None:
        return []
    step, value = line.bad[0]
    note = style.plain(f"{state}: {value} at step {step}")
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
