"""Draws the plots that lay all runs over each other: losses, accuracies, and their differences from
the baseline.

Colour is the first setting that differs and dash the second; runs that differ only in their seed
look alike and are one entry of the legend. Makes Plotly figures; the grid, the tables and the
windows of a single run are drawn elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dashboard.runs.comparison import Baseline, Group, groups
from dashboard.runs.experiment import Experiment
from dashboard.runs.run_view import RunView
from dashboard.windows import style
from dashboard.windows.annotation import annotation
from dashboard.windows.content import Plot
from dashboard.windows.figure import (
    MOST_MARKERS,
    axes_of,
    bad_marker,
    band_trace,
    line_trace,
    marked,
    of_run,
)
from dashboard.windows.legend import ROWS, Legend
from dashboard.windows.style import Looks, layout

RATE = "lr"
"""The series of the learning rate."""
STEP_TITLE = "step (optimizer updates)"
# All traces of an overlay together, so that a frame costs the same with 4 runs and with 64.
POINTS_PER_OVERLAY = 4500
BANDS_UP_TO_RUNS = 16

Curve = tuple[np.ndarray, np.ndarray]


def train_loss(experiment: Experiment) -> Plot:
    """Every run's training loss: means of stretches of steps over their own min–max band."""
    looks, seed_groups = Looks(experiment), groups(experiment)
    legend = Legend(looks, seed_groups)
    views = [view for group in seed_groups for view in group.lines("train_loss")]
    if not views:
        return Plot([], style.blank("no losses yet"))
    with_bands = len(views) <= BANDS_UP_TO_RUNS
    limit = _points_each((3 if with_bands else 1) * len(views))  # a band has two edges
    bands, lines = [], []
    for view in views:
        line, entry = view.lines["train_loss"], legend.entry(view)
        silent = legend.silent(entry)
        if with_bands and line.bin_points(limit) > 1:
            band = band_trace(*line.band(limit), looks.colour(view))
            bands.append(band | silent | of_run(view, "band", "train_loss"))
        curve = _line(looks, view, line.means(limit), len(views), 0)
        lines.append(curve | entry | of_run(view, "line", "train_loss"))
        of_mark = silent | of_run(view, "mark", "train_loss")
        lines += [mark | of_mark for mark in bad_marker(line, looks.colour(view), view.state)]
    figure = _figure("train loss", "loss")
    _switchable(figure, legend, views, "train_loss")
    return Plot(bands + lines + legend.looks(), figure)


def evaluations(
    experiment: Experiment, series: str, title: str, *, loss: bool, quantity: str = "accuracy"
) -> Plot:
    """A series of the evaluations: one line a run, or the mean over the seeds on its band.

    loss: with log and linear axis, and with a legend, which an accuracy shares with the train loss.
    quantity: of `dashboard.windows.figure.axes_of`, where it is no loss.
    """
    seed_groups = groups(experiment)
    legend = Legend(Looks(experiment), seed_groups, here=loss)
    figure = _figure(title, "loss" if loss else quantity)
    views = [view for view in experiment.runs if series in view.lines]
    if not views:
        return Plot([], style.blank("no evaluation yet"))
    if loss:
        _switchable(figure, legend, views, series)
    else:
        figure["showlegend"] = False
    limit = _points_each(2 * len(experiment.runs))

    def curve(view: RunView) -> Curve:
        return view.lines[series].means(limit)

    return Plot(_by_group(experiment, curve, seed_groups, series, legend), figure)


def rates(experiment: Experiment) -> Plot:
    """The learning rates of the runs that have recorded them, as those with a schedule do."""
    seed_groups = groups(experiment)
    limit = _points_each(2 * len(experiment.runs))

    def curve(view: RunView) -> Curve:
        return view.lines[RATE].means(limit)

    legend = Legend(Looks(experiment), seed_groups)
    traces = _by_group(experiment, curve, seed_groups, RATE, legend)
    return Plot(traces, _figure("learning rate", "number"))


def delta(experiment: Experiment) -> Plot:
    """The metric minus the baseline's at the same step, seed paired with seed."""
    seed_groups = groups(experiment)
    base = Baseline(experiment, seed_groups)
    others = [group for group in seed_groups if not base.holds(group)]

    def curve(view: RunView) -> Curve:
        difference = base.difference(view)
        return difference.steps, difference.values

    if not others or not any(view.lines for group in others for view in group.runs):
        return Plot([], style.blank("nothing to compare with the baseline yet"))
    figure = _figure(f"Δ {style.plain(style.short(experiment.metric.text))}", "difference")
    figure["yaxis"] |= {"zeroline": True, "zerolinecolor": style.FAINT, "zerolinewidth": 1.5}
    name = Looks(experiment).label(base.run) if base.run else "none"
    figure["annotations"] = [_caption(f"0 is the baseline: <b>{style.plain(name)}</b>")]
    figure["margin"]["t"] = 24
    legend = Legend(Looks(experiment), seed_groups)
    traces = _by_group(experiment, curve, others, experiment.metric.name, legend)
    # Our page takes the differences itself, from the baseline that a person has chosen there.
    return Plot([{k: v for k, v in trace.items() if k != "meta"} for trace in traces
                 if trace.get("visible") is not False], figure)  # fmt: skip


def _by_group(
    experiment: Experiment,
    curve: Callable[[RunView], Curve],
    seed_groups: Sequence[Group],
    series: str,
    legend: Legend,
) -> list[dict[str, Any]]:
    """One line a group: the run's own, or the mean of its seeds on the band of their extremes."""
    looks = Looks(experiment)
    bands, lines = [], []
    for group in seed_groups:
        views = group.lines(series)
        if not views:
            continue
        curves = [curve(view) for view in views]
        mean, low, high, count = over_seeds(curves)
        entry = legend.entry(views[0])
        trace = _line(looks, views[0], mean, len(seed_groups))
        if len(group.runs) == 1:
            trace |= of_run(views[0], "line", series)
        else:
            bands += own_lines(looks, views, curves, series)
        if len(views) > 1:
            band = band_trace(mean[0], low, high, looks.colour(views[0]), 0.18)
            bands.append(band | legend.silent(entry))
            trace["text"] = [f"mean of {n} seeds" for n in count.tolist()]
            trace["hovertemplate"] = trace["hovertemplate"].replace("<extra", "<br>%{text}<extra")
        lines.append(trace | entry)
    return bands + lines + legend.looks()


def own_lines(
    looks: Looks, views: Sequence[RunView], curves: Sequence[Curve], series: str
) -> list[dict[str, Any]]:
    """Each seed's own line, which our page makes its means of; Visdom's page does not show them."""
    return [
        line_trace(*curve, looks.label(view), looks.colour(view), 1.0)
        | {"visible": False, "showlegend": False}
        | of_run(view, "line", series)
        for view, curve in zip(views, curves, strict=True)
    ]


def over_seeds(curves: Sequence[Curve]) -> tuple[Curve, np.ndarray, np.ndarray, np.ndarray]:
    """Curves of one group as (steps, mean), lowest, highest, and how many have come that far.

    All at the steps of the curve that has come furthest; between its own points a curve is taken as
    straight.
    """
    steps = max((xs for xs, _ in curves), key=lambda xs: (xs[-1] if len(xs) else -1, len(xs)))
    rows = np.full((len(curves), len(steps)), np.nan)
    for row, (xs, ys) in zip(rows, curves, strict=True):
        if len(xs):
            row[:] = np.interp(steps, xs, ys, left=np.nan, right=np.nan)
    count = np.isfinite(rows).sum(0)
    has_any = count > 0
    rows, steps, count = rows[:, has_any], steps[has_any], count[has_any]
    total = np.where(np.isfinite(rows), rows, 0.0).sum(0)
    low = np.where(np.isfinite(rows), rows, np.inf).min(0, initial=np.inf)
    high = np.where(np.isfinite(rows), rows, -np.inf).max(0, initial=-np.inf)
    return (steps, total / count), low, high, count


def _line(
    looks: Looks, view: RunView, curve: Curve, runs: int, most_markers: int = MOST_MARKERS
) -> dict[str, Any]:
    width = 2.0 if runs <= BANDS_UP_TO_RUNS else 1.3
    trace = line_trace(*curve, looks.label(view), looks.colour(view), width)
    trace["line"]["dash"] = looks.dash(view)
    return marked(trace, 5 if runs <= BANDS_UP_TO_RUNS else 3.5, most_markers)


def _points_each(shares: int) -> int:
    return max(16, POINTS_PER_OVERLAY // max(1, shares))


def _figure(y_title: str, quantity: str) -> dict[str, Any]:
    figure = layout(STEP_TITLE, y_title, meta=axes_of(quantity, title=y_title))
    figure["legend"] |= {"orientation": "v", "x": 1.01, "y": 1, "xanchor": "left"}
    return figure


def _switchable(
    figure: dict[str, Any], legend: Legend, views: Sequence[RunView], series: str
) -> None:
    """Make the loss axis logarithmic, with two buttons: log and linear."""
    ends = [view.lines[series].band(8)[1:] for view in views]
    lows = [low[low > 0].min() for low, _ in ends if (low > 0).any()]
    highs = [high.max() for _, high in ends if (high > 0).any()]
    if not lows or not highs:
        return  # a logarithmic axis has no place for what is not above 0
    # Where the lines span little, powers of ten alone would say too little.
    decades = math.log10(max(highs)) - math.log10(min(lows))
    ticks = "D1" if decades < 2.5 else None
    figure["yaxis"] |= {"type": "log", "dtick": ticks}
    figure["yaxis"] |= {} if ticks else {"exponentformat": "power"}
    buttons = [
        {
            "label": kind,
            "method": "relayout",
            "args": [{"yaxis.type": kind, "yaxis.dtick": dtick, "yaxis.autorange": True}],
        }
        for kind, dtick in (("log", ticks), ("linear", None))
    ]
    figure["updatemenus"] = [style.buttons(buttons, below_legend=legend.rows <= ROWS)]


def _caption(text: str) -> dict[str, Any]:
    return annotation(text, 0, 1.0, font={"size": 11, "color": style.FAINT})
