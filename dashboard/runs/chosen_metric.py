"""Chooses the metric by which the runs of an experiment are compared, and its milestones.

What a person asks for goes first, then what the runs' settings and Recorders say, then what is
usual. A metric itself is `dashboard.runs.metric`, what can be asked for `dashboard.runs.request`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from dashboard.record.goal import EXPECTED
from dashboard.runs.metric import Metric, metric_of, said_in, usual
from dashboard.runs.request import ComparisonRequest
from dashboard.runs.run_view import RunView


def name_and_goal(
    request: ComparisonRequest, runs: Sequence[RunView], series: Collection[str], task: str
) -> tuple[str, str | None]:
    """The metric's name, and its goal where the name is not left to say it.

    series: the names of those there are. task: one of `dashboard.record.tasks`.
    """
    if request.metric:
        return request.metric, request.goal
    choice = said_in(settings_and_expectations(runs), series)
    return (choice.name, choice.goal) if choice else (usual(series, task), None)


def chosen_metric(request: ComparisonRequest, runs: Sequence[RunView], task: str) -> Metric:
    """The metric, of the series that any run has."""
    name, goal = name_and_goal(request, runs, series_of(runs), task)
    lines = [view.lines[name] for view in runs if name in view.lines]
    return metric_of(name, goal, [end for line in lines for end in line.ends()])


def chosen_milestones(
    request: ComparisonRequest, runs: Sequence[RunView], metric: Metric
) -> tuple[float, ...]:
    """The values of `metric` whose reaching is noted."""
    marks = request.milestones
    choice = said_in(settings_and_expectations(runs), series_of(runs)) if marks is None else None
    if choice and choice.name == metric.name:
        marks = choice.milestones
    return metric.milestones() if marks is None else marks


def settings_and_expectations(runs: Sequence[RunView]) -> list[Mapping[str, Any]]:
    """What each run's settings, and what its Recorder was told to expect, may say of a metric."""
    items = [view.media.get(EXPECTED) for view in runs]
    return [
        {**view.config, **item.details} if item else view.config
        for view, item in zip(runs, items, strict=True)
    ]


def series_of(runs: Sequence[RunView]) -> set[str]:
    """The names of all series that any run has, as far as is read."""
    return {name for view in runs for name in view.lines}
