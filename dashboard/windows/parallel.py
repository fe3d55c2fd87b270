"""Draws the parallel coordinates: an axis for each setting, the result last, a line for each group.

Runs that differ in nothing but the seed are one line. For experiments with too many groups for
curves to be told apart. Makes a Plotly figure for Visdom's page; our own page draws its own, in
which stretches of the axes can be chosen, from the same runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.runs.comparison import SEED, Group, groups, mean_and_std
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import Metric, number
from dashboard.windows import style
from dashboard.windows.content import Plot
from dashboard.windows.style import Looks

LEAST_GROUPS = 24
LOG_FROM = 100.0  # numbers that span more than two decades stand on a log scale
MOST_TICKS = 12


@dataclass(frozen=True)
class Axis:
    """A setting, or the result: where each group stands, in [0, 1] from the foot, and its ticks."""

    title: str
    places: list[float | None]
    ticks: list[tuple[float, str]]


def is_wanted(experiment: Experiment) -> bool:
    """Whether there are so many groups that this window helps."""
    return len(groups(experiment)) >= LEAST_GROUPS


def parallel(experiment: Experiment) -> Plot:
    """The figure; a group without a result yet has no line."""
    members = groups(experiment)
    metric = experiment.metric
    results = [mean_and_std(group.latest(metric.name))[0] for group in members]
    if all(result is None for result in results):
        return Plot([], style.blank("no results yet"))
    keys = [key for key in experiment.varied() if key != SEED]
    axes = [_setting(key, members) for key in keys] + [_result(metric, results)]
    return Plot(_lines(experiment, members, axes, results), _figure(axes))


def _setting(key: str, members: Sequence[Group]) -> Axis:
    values = [group.first.config.get(key) for group in members]
    distinct = list({repr(value): value for value in values}.values())
    places = _numeric(distinct) or [_share(i, len(distinct)) for i in range(len(distinct))]
    place_of = dict(zip(map(repr, distinct), places, strict=True))
    pairs = sorted(zip(places, distinct, strict=True), key=lambda pair: pair[0])
    ticks = [(place, style.setting(key, value)) for place, value in pairs]
    title = style.short(key.replace("_", " "), 24)
    return Axis(title, [place_of[repr(v)] for v in values], _thinned(ticks))


def _result(metric: Metric, results: Sequence[float | None]) -> Axis:
    """The axis of the results, the best at its top."""
    finite = [result for result in results if result is not None]
    foot, top = sorted((min(finite), max(finite)), key=metric.signed)
    span = (top - foot) or 1.0
    places = [None if result is None else (result - foot) / span for result in results]
    ticks = [(share, f"{foot + share * (top - foot):.4g}") for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    return Axis(style.short(metric.text, 24), places, ticks if top != foot else ticks[:1])


def _numeric(values: Sequence[Any]) -> list[float] | None:
    """Places by size, on a log scale where the values span decades; None unless all are numbers."""
    if not all(_is_number(value) for value in values):
        return None
    low, high = min(values), max(values)
    log = low > 0 and high / low > LOG_FROM
    sizes = [math.log(value) if log else float(value) for value in values]
    span = max(sizes) - min(sizes)
    return [(size - min(sizes)) / span if span else 0.5 for size in sizes]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _share(i: int, count: int) -> float:
    return i / (count - 1) if count > 1 else 0.5


def _thinned(ticks: list[tuple[float, str]]) -> list[tuple[float, str]]:
    return ticks[:: math.ceil(len(ticks) / MOST_TICKS)]


def _lines(
    experiment: Experiment,
    members: Sequence[Group],
    axes: Sequence[Axis],
    results: Sequence[float | None],
) -> list[dict[str, Any]]:
    """A line a group with a result, the best drawn last."""
    looks = Looks(experiment)
    places = axes[-1].places
    traces = []
    for i in sorted(range(len(members)), key=lambda i: places[i] or 0.0):
        if places[i] is None:
            continue
        run = members[i].first
        label = style.plain(looks.label(run))
        traces.append({
            "type": "scatter", "mode": "lines", "showlegend": False, "name": label,
            "x": list(range(len(axes))), "y": [axis.places[i] for axis in axes],
            "line": {"color": looks.colour(run), "width": 1.5}, "opacity": 0.7,
            "hoverinfo": "text", "text": f"{label}: {number(results[i])}",
            "meta": {"role": "group"},
        })  # fmt: skip
    return traces


def _figure(axes: Sequence[Axis]) -> dict[str, Any]:
    figure = style.layout("", "", showlegend=False)
    last = len(axes) - 1
    for name, reach in (("xaxis", [-0.35, last + 0.2]), ("yaxis", [-0.05, 1.12])):
        figure[name] |= {"visible": False, "autorange": False, "range": reach, "fixedrange": True}
    figure["margin"] = {"l": 20, "r": 40, "t": 8, "b": 8}
    figure["shapes"] = [
        {"type": "line", "x0": i, "x1": i, "y0": 0, "y1": 1,
         "line": {"color": style.FAINT, "width": 1}}
        for i in range(len(axes))
    ]  # fmt: skip
    figure["annotations"] = [note for i, axis in enumerate(axes) for note in _notes(i, axis, last)]
    return figure


def _notes(i: int, axis: Axis, last: int) -> list[dict[str, Any]]:
    """The title above an axis and the words at its ticks."""
    outside = "left" if i == last else "right"
    title = {"x": i, "y": 1.08, "text": f"<b>{style.plain(axis.title)}</b>", "showarrow": False}
    ticks = [
        {"x": i, "y": place, "text": style.plain(style.short(text, 24)), "showarrow": False,
         "xanchor": outside, "xshift": 5 if i == last else -5, "font": {"size": 11},
         "bgcolor": "rgba(255,255,255,0.7)"}
        for place, text in axis.ticks
    ]  # fmt: skip
    return [title, *ticks]
