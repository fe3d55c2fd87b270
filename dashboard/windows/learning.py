"""Draws how a run learns, epoch by epoch: train loss, train accuracy and test accuracy in one plot.

The plot of the notes' LeNet recipe, for every run. Loss and accuracies share one axis there and
here: both live near 0 to 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.record.goal import MIN, goal_of
from dashboard.record.tasks import CLASSES, TASKS
from dashboard.runs.metric import read_as, title_of
from dashboard.runs.run_view import RunView
from dashboard.windows import style
from dashboard.windows.annotation import annotation
from dashboard.windows.content import Plot
from dashboard.windows.figure import axes_of, of_run

TRAIN_LOSS_POINTS = 64
DASHES = ("solid", "dash", "dashdot")


def learning(view: RunView) -> Plot:
    """Three lines over the epoch, or over steps where the run says nothing of epochs; the last
    values and the speed stand above them.
    """
    names = series_of(view)
    result = names[-1].removeprefix("test_")
    figure = style.layout(_unit(view), f"loss (mean per sample) · {read_as(result)}")
    # Our page draws it over whatever its x axes show, as every plot of training's progress.
    title = "loss and accuracies" if result == "accuracy" else f"loss and {read_as(result)}"
    figure["meta"] = axes_of("mixed", title=title)
    apart = goal_of(result) == MIN  # an error has units of its own
    if apart:
        figure["meta"] = axes_of("mixed", y2="number", title="loss", title2=read_as(result))
        figure["yaxis"] = style.axis("loss (mean per sample)")
        figure["yaxis2"] = style.axis(read_as(result), overlaying="y", side="right", showgrid=False)
    figure["legend"] |= {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    figure["margin"] = {**figure["margin"], "t": 58}
    figure["annotations"] = [
        annotation(
            last_values(view), 1, 1, xanchor="right", yshift=26,
            font={"size": 12, "color": style.INK},
        )
    ]  # fmt: skip
    traces = [
        _curve(view, series, colour, dash)
        for series, colour, dash in zip(names, style.COLOURS, DASHES, strict=False)
        if series in view.lines
    ]
    if apart:
        traces = [trace | {"yaxis": "y2" if i else "y"} for i, trace in enumerate(traces)]
    return Plot(traces, figure)


def series_of(view: RunView) -> tuple[str, str, str]:
    """The three series: the training loss, and what the run's task has for the accuracies."""
    task = TASKS[view.task or CLASSES]
    return "train_loss", task.train, task.metric


def _curve(view: RunView, series: str, colour: str, dash: str) -> dict[str, Any]:
    line, name = view.lines[series], title_of(series)
    xs, ys = line.means(TRAIN_LOSS_POINTS) if series == "train_loss" else line.drawn()
    steps, shift = view.steps_per_epoch or 1, view.epoch_shift
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(xs) < TRAIN_LOSS_POINTS else "lines",
        "x": style.numbers(np.asarray(xs, dtype=float) / steps + shift),
        "y": style.numbers(ys),
        "name": name,
        "line": {"color": colour, "width": 2, "dash": dash},
        "marker": {"size": 5},
        "hovertemplate": f"{_unit(view)} %{{x:.{2 if view.steps_per_epoch else 0}f}}: "
        "%{y:.4f}<extra>" + name + "</extra>",
        # A series of its own: the train loss in its own window has other points.
        **of_run(view, "line", f"by epoch/{series}", steps=steps, shift=shift),
    }


def _unit(view: RunView) -> str:
    return "epoch" if view.steps_per_epoch else "step"


def last_values(view: RunView) -> str:
    """The line that the notes print at the end: the loss is the mean of the epoch."""
    values = {title_of(series): view.result(series) for series in series_of(view)}
    parts = [
        f"{name.replace('train loss', 'loss')} {value:.3f}"
        for name, value in values.items()
        if value is not None and np.isfinite(value)
    ]
    speed = view.images_per_s()
    return ", ".join(parts) + (f" · {speed:,.0f} examples/s" if speed else "")
