"""Windows that no table lists: for every series, text and image grid a person's own loop records.

Series are grouped by what stands before the first slash: `grad_norm/layer1` and `grad_norm/layer2`
share the window `grad_norm`. What the tables of `dashboard.windows.table` show already gets no
second window here. Draws with the same looks and legends as the other overlays.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from dashboard import names
from dashboard.runs.comparison import Group, groups
from dashboard.runs.experiment import STATE, Experiment, RunView, topic_of
from dashboard.windows import style, text
from dashboard.windows.content import Pane, Picture, Plot
from dashboard.windows.figure import bad_marker, band_trace, line_trace
from dashboard.windows.legend import Legend
from dashboard.windows.overlays import STEP_TITLE, over_seeds
from dashboard.windows.style import Looks
from dashboard.windows.table import COMPARE_WINDOWS, RUN_WINDOWS, CompareWindow, RunWindow

KNOWN = {STATE}.union(*(w.reads for w in (*COMPARE_WINDOWS.values(), *RUN_WINDOWS.values())))
WHOLE = frozenset({"signal"})  # topics whose every series is shown by a window of the table
HIDDEN = frozenset({"samples"})  # read through `predictions`
MOST_PLOTS = 12
COLUMNS = 4
MOST_POINTS = 6000  # in one window
WIDE_PX, ONE_PX, TALL_PX = 1350, 500, 340


def compare_extras(experiment: Experiment) -> dict[str, CompareWindow]:
    """A window by name for each group of series that any run has and no table knows."""
    made = {}
    for topic, members in grouped(experiment.runs).items():
        rows = math.ceil(min(len(members), MOST_PLOTS) / COLUMNS)
        made[names.window(topic, COMPARE_WINDOWS)] = CompareWindow(
            topic,
            ONE_PX if len(members) == 1 else WIDE_PX,
            TALL_PX + 250 * (rows - 1),
            (topic, STATE),
            f"every run's {topic}",
            draw=partial(overlay, topic=topic),
        )
    return made


def run_extras(run: RunView) -> dict[str, RunWindow]:
    """A window by name for each group of series, text and image grid that no table knows."""
    made = {}
    for topic in grouped([run]):
        draw = partial(own_curves, topic=topic)
        made[names.window(topic, RUN_WINDOWS)] = RunWindow(
            topic, 670, 370, (topic,), f"the run's {topic}", draw=draw
        )
    for name, item in run.media.items():
        if name in KNOWN or name in HIDDEN or item.kind == "json":
            continue
        pane = partial(own_media, name=name)
        made[names.window(name, {**RUN_WINDOWS, **made})] = RunWindow(
            name, 420, 430, (name,), f"the newest {name}", draw=pane
        )
    return made


def grouped(runs: Iterable[RunView]) -> dict[str, list[str]]:
    """The series that no table knows, by topic, in the order in which they were first recorded."""
    found: dict[str, dict[str, None]] = {}
    for run in runs:
        for series in run.lines:
            topic = topic_of(series)
            if series not in KNOWN and topic not in WHOLE:
                found.setdefault(topic, {})[series] = None
    return {topic: list(members) for topic, members in found.items()}


def overlay(experiment: Experiment, topic: str) -> Plot:
    """All runs' series of a topic: one plot a series, runs laid over each other in each."""
    members = grouped(experiment.runs).get(topic, [])
    shown = members[:MOST_PLOTS]
    found = groups(experiment)
    looks, legend = Looks(experiment), Legend(Looks(experiment), found)
    limit = max(16, MOST_POINTS // max(1, 2 * len(shown) * len(experiment.runs)))
    traces: list[dict[str, Any]] = []
    for i, series in enumerate(shown):
        on = {"xaxis": _axis_name("x", i), "yaxis": _axis_name("y", i)}
        for group in found:
            traces += [t | on for t in _group_traces(looks, legend, group, series, limit)]
    return Plot(traces + legend.looks(), _grid_layout(topic, shown, len(members)))


def own_curves(_: Experiment, run: RunView, topic: str) -> Plot:
    """One run's series of a topic, a line each."""
    members = grouped([run]).get(topic, [])
    figure = style.layout(STEP_TITLE, style.plain(topic), showlegend=len(members) > 1)
    traces = []
    for i, series in enumerate(members):
        line = run.lines[series]
        xs, ys = line.drawn(max(16, MOST_POINTS // len(members) // 4))
        traces.append(line_trace(xs, ys, _short(series), style.colour(i), 1.8))
        traces += bad_marker(line, style.colour(i), run.state)
    return Plot(traces, figure)


def own_media(experiment: Experiment, run: RunView, name: str) -> Pane:
    """The newest text or image grid of that name."""
    item = run.media[name]
    body = experiment.record.body(item.id)
    return Picture(body, f"step {item.step}") if item.kind == "png" else text.text(item, body)


def _group_traces(
    looks: Looks, legend: Legend, group: Group, series: str, limit: int
) -> list[dict[str, Any]]:
    """A run's line, or the mean of its seeds on the band of their extremes."""
    runs = group.lines(series)
    if not runs:
        return []
    first, entry = runs[0], legend.entry(runs[0])
    colour = looks.colour(first)
    mean, low, high, _ = over_seeds([run.lines[series].means(limit) for run in runs])
    trace = line_trace(*mean, looks.label(first), colour, 1.8)
    trace["line"]["dash"] = looks.dash(first)
    if len(mean[0]) <= 40:
        trace |= {"mode": "lines+markers", "marker": {"size": 4, "color": colour}}
    band: list[dict[str, Any]] = []
    if len(runs) > 1:
        band = [band_trace(mean[0], low, high, colour, 0.18)]
    marks = [m for run in runs for m in bad_marker(run.lines[series], colour, run.state)]
    silent = legend.silent(entry)
    return [*(b | silent for b in band), trace | entry, *(m | silent for m in marks)]


def _grid_layout(topic: str, shown: Sequence[str], of: int) -> dict[str, Any]:
    """One plot, or a grid of small ones, each under the name of its series."""
    figure = style.layout(STEP_TITLE, style.plain(topic))
    figure["legend"] |= {"orientation": "v", "x": 1.01, "y": 1, "xanchor": "left"}
    if of <= 1:
        return figure
    columns, rows = min(COLUMNS, len(shown)), math.ceil(len(shown) / COLUMNS)
    notes = []
    for i, series in enumerate(shown):
        column, row = i % columns, i // columns
        left, top = column / columns, 1 - row / rows
        x, y = [left, left + 0.82 / columns], [top - 0.78 / rows, top - 0.08 / rows]
        figure["xaxis" + (str(i + 1) if i else "")] = style.axis(
            "step" if row == rows - 1 else "", domain=x, anchor=_axis_name("y", i)
        )
        figure["yaxis" + (str(i + 1) if i else "")] = style.axis(
            "", domain=y, anchor=_axis_name("x", i)
        )
        notes.append(_heading(style.plain(_short(series)), x[0], y[1]))
    if of > len(shown):
        notes.append(_heading(f"{of - len(shown)} more are in the runs' own pages", 0, -0.08))
    figure["annotations"] = notes
    return figure


def _heading(text: str, x: float, y: float) -> dict[str, Any]:
    return {
        "text": f"<b>{text}</b>", "xref": "paper", "yref": "paper", "x": x, "y": y,
        "xanchor": "left", "yanchor": "bottom", "showarrow": False,
        "font": {"size": 11, "color": style.FAINT},
    }  # fmt: skip


def _axis_name(letter: str, i: int) -> str:
    return letter if i == 0 else f"{letter}{i + 1}"


def _short(series: str) -> str:
    """A series without the topic it is filed under."""
    return series.partition("/")[2] or series
