"""Draws windows that no table lists: for every series, text and image grid of a person's own loop.

Series are grouped by what stands before the first slash: `grad_norm/layer1` and `grad_norm/layer2`
share the window `grad_norm`. What the windows of `dashboard.windows.table` show already gets no
second window here. Draws with the same looks and legends as the other overlays.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from dashboard import names
from dashboard.runs.comparison import Group, groups
from dashboard.runs.experiment import Experiment
from dashboard.runs.run_view import STATE, RunView, topic_of
from dashboard.windows import style, text
from dashboard.windows.annotation import annotation
from dashboard.windows.compare_windows import COMPARE_WINDOWS
from dashboard.windows.content import Content, Picture, Plot
from dashboard.windows.figure import axes_of, bad_marker, band_trace, line_trace, marked, of_run
from dashboard.windows.legend import Legend
from dashboard.windows.overlays import STEP_TITLE, over_seeds, own_lines
from dashboard.windows.run_windows import RUN_WINDOWS
from dashboard.windows.style import Looks
from dashboard.windows.window import CompareWindow, RunWindow

TABLE_TOPICS = {STATE}.union(*(w.reads for w in (*COMPARE_WINDOWS.values(), *RUN_WINDOWS.values())))
WHOLE = frozenset({"signal"})  # topics whose every series is shown by a window of the table
HIDDEN = frozenset({"samples"})  # read through `predictions`
MOST_PLOTS = 12
COLUMNS = 4
MOST_POINTS = 6000  # in one window
WIDE_PX, ONE_PX, TALL_PX = 1350, 500, 340


def compare_extras(experiment: Experiment) -> dict[str, CompareWindow]:
    """A window by name for each group of series that any run has and no table knows.

    That of the metric stands among what the runs are compared by.
    """
    windows, of_metric = {}, topic_of(experiment.metric.name)
    for topic, members in grouped(experiment.runs).items():
        rows = math.ceil(min(len(members), MOST_PLOTS) / COLUMNS)
        windows[names.window(topic, COMPARE_WINDOWS)] = CompareWindow(
            topic,
            ONE_PX if len(members) == 1 else WIDE_PX,
            TALL_PX + 250 * (rows - 1),
            (topic, STATE),
            f"every run's {topic}",
            section="Compare" if topic == of_metric else "Also recorded",
            draw=partial(overlay, topic=topic),
        )
    return windows


def run_extras(view: RunView) -> dict[str, RunWindow]:
    """A window by name for each group of series, text and image grid that no table knows."""
    windows = {}
    for topic in grouped([view]):
        draw = partial(own_curves, topic=topic)
        windows[names.window(topic, RUN_WINDOWS)] = RunWindow(
            topic, 670, 370, (topic,), f"the run's {topic}", section="Also recorded", draw=draw
        )
    for name, item in view.media.items():
        if name in TABLE_TOPICS or name in HIDDEN or item.kind == "json":
            continue
        draw_media = partial(own_media, name=name)
        windows[names.window(name, {**RUN_WINDOWS, **windows})] = RunWindow(
            name, 420, 430, (name,), f"the newest {name}", section="Also recorded", draw=draw_media
        )
    return windows


def grouped(runs: Iterable[RunView]) -> dict[str, list[str]]:
    """The series that no table knows, by topic, in the order in which they were first recorded."""
    topics: dict[str, dict[str, None]] = {}
    for view in runs:
        for series in view.lines:
            topic = topic_of(series)
            if series not in TABLE_TOPICS and topic not in WHOLE:
                topics.setdefault(topic, {})[series] = None
    return {topic: list(members) for topic, members in topics.items()}


def overlay(experiment: Experiment, topic: str) -> Plot:
    """All runs' series of a topic: one plot a series, runs laid over each other in each."""
    members = grouped(experiment.runs).get(topic, [])
    plots = members[:MOST_PLOTS]
    seed_groups = groups(experiment)
    looks, legend = Looks(experiment), Legend(Looks(experiment), seed_groups)
    limit = max(16, MOST_POINTS // max(1, 2 * len(plots) * len(experiment.runs)))
    traces: list[dict[str, Any]] = []
    for i, series in enumerate(plots):
        on = {"xaxis": _axis_name("x", i), "yaxis": _axis_name("y", i)}
        for group in seed_groups:
            traces += [t | on for t in _group_traces(looks, legend, group, series, limit)]
    return Plot(traces + legend.looks(), _grid_layout(topic, plots, len(members)))


def own_curves(_: Experiment, view: RunView, topic: str) -> Plot:
    """One run's series of a topic, a line each."""
    members = grouped([view]).get(topic, [])
    figure = style.layout(STEP_TITLE, style.plain(topic), showlegend=len(members) > 1)
    figure["meta"] = axes_of("number", title=topic, by="series")
    traces = []
    for i, series in enumerate(members):
        line = view.lines[series]
        xs, ys = line.drawn(max(16, MOST_POINTS // len(members) // 4))
        trace = line_trace(xs, ys, _short(series), style.colour(i), 1.8)
        traces.append(trace | of_run(view, "line", series))
        traces += bad_marker(line, style.colour(i), view.state)
    return Plot(traces, figure)


def own_media(_: Experiment, view: RunView, name: str) -> Content:
    """The newest text or image grid of that name."""
    item = view.media[name]
    body = view.record.body(item.id)
    return Picture(body, f"step {item.step}") if item.kind == "png" else text.text(item, body)


def _group_traces(
    looks: Looks, legend: Legend, group: Group, series: str, limit: int
) -> list[dict[str, Any]]:
    """A run's line, or the mean of its seeds on the band of their extremes."""
    views = group.lines(series)
    if not views:
        return []
    first, entry = views[0], legend.entry(views[0])
    colour = looks.colour(first)
    curves = [view.lines[series].means(limit) for view in views]
    mean, low, high, _ = over_seeds(curves)
    trace = line_trace(*mean, looks.label(first), colour, 1.8)
    trace["line"]["dash"] = looks.dash(first)
    trace = marked(trace, size=4)
    band: list[dict[str, Any]] = []
    if len(group.runs) == 1:
        trace |= of_run(first, "line", series)
    else:
        band = own_lines(looks, views, curves, series)
    if len(views) > 1:
        band += [band_trace(mean[0], low, high, colour, 0.18)]
    marks = [
        mark | of_run(view, "mark", series)
        for view in views
        for mark in bad_marker(view.lines[series], colour, view.state)
    ]
    silent = legend.silent(entry)
    return [*(b | silent for b in band), trace | entry, *(m | silent for m in marks)]


def _grid_layout(topic: str, plots: Sequence[str], of: int) -> dict[str, Any]:
    """One plot, or a grid of small ones, each under the name of its series."""
    figure = style.layout(STEP_TITLE, style.plain(topic))
    figure["legend"] |= {"orientation": "v", "x": 1.01, "y": 1, "xanchor": "left"}
    figure["meta"] = axes_of("number", title=topic, panels=[
        {"title": _short(series), "series": series, "x": _axis_name("x", i),
         "y": _axis_name("y", i)}
        for i, series in enumerate(plots)
    ])  # fmt: skip
    if of <= 1:
        return figure
    columns, rows = min(COLUMNS, len(plots)), math.ceil(len(plots) / COLUMNS)
    notes = []
    for i, series in enumerate(plots):
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
    if of > len(plots):
        notes.append(_heading(f"{of - len(plots)} more are in the runs' own pages", 0, -0.08))
    figure["annotations"] = notes
    return figure


def _heading(text: str, x: float, y: float) -> dict[str, Any]:
    return annotation(f"<b>{text}</b>", x, y, font={"size": 11, "color": style.FAINT})


def _axis_name(letter: str, i: int) -> str:
    return letter if i == 0 else f"{letter}{i + 1}"


def _short(series: str) -> str:
    """A series without the topic it is filed under."""
    return series.partition("/")[2] or series
