"""Checks what a person wants the compare page to show: baseline, grid, metric and milestones.

Compares the flags with the runs there are; draws nothing. What is shown where nothing is said is
`dashboard.runs.experiment`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboard.errors import UserError
from dashboard.record.goal import (
    GOALS,
    GoalError,
    checked_goal,
    checked_milestones,
)
from dashboard.runs.metric import USUAL, metric_of


class ComparisonError(UserError):
    """No such baseline, setting or metric; the message is one sentence that names those there are.

    Or a milestone that is none.
    """


@dataclass(frozen=True)
class ComparisonRequest:
    """What a person wants the compare page to show; empty means the page's own choice.

    baseline: a run's name. grid: two settings, the rows and the columns of the accuracy grid.
    metric: a series, and goal: "max" or "min". milestones: () for none, None for the usual ones.
    """

    baseline: str = ""
    grid: tuple[str, ...] = ()
    metric: str = ""
    goal: str = ""
    milestones: tuple[float, ...] | None = None

    def as_settings(self) -> dict[str, Any]:
        """JSON values for the record, so that a later look shows the same."""
        metric = {"metric": self.metric, "goal": self.goal} if self.metric else {}
        marks = {} if self.milestones is None else {"milestones": list(self.milestones)}
        return {"baseline": self.baseline, "grid": list(self.grid), **metric, **marks}

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> ComparisonRequest:
        """What `as_settings` wrote; a record that another program made may hold none of it."""
        baseline, grid = settings.get("baseline"), settings.get("grid")
        two_names = (
            isinstance(grid, list) and len(grid) <= 2 and all(isinstance(k, str) for k in grid)
        )
        metric, goal = settings.get("metric"), settings.get("goal")
        has_metric = isinstance(metric, str) and goal in GOALS
        marks = settings.get("milestones")
        try:
            milestones = tuple(checked_milestones(marks)) if isinstance(marks, list) else None
        except GoalError:
            milestones = None
        return cls(
            baseline if isinstance(baseline, str) else "",
            tuple(grid or ()) if two_names else (),
            str(metric) if has_metric else "",
            str(goal) if has_metric else "",
            milestones,
        )

    def over(self, other: ComparisonRequest) -> ComparisonRequest:
        """This request, and where it says nothing the other."""
        about_metric = self if self.metric else other
        return ComparisonRequest(
            self.baseline or other.baseline,
            self.grid or other.grid,
            about_metric.metric,
            about_metric.goal,
            self.milestones
            if self.milestones is not None
            else None
            if self.metric  # milestones of another metric mean nothing
            else other.milestones,
        )


NOTHING_ASKED = ComparisonRequest()


def check_request(
    request: ComparisonRequest,
    run_names: Sequence[str],
    keys: Sequence[str],
    series: Collection[str],
) -> ComparisonRequest:
    """Check what flags ask for; the same, in the record's own words. Raises ComparisonError.

    keys: the settings that runs have. series: those that runs have or will have.
    """
    if request.baseline and request.baseline not in run_names:
        raise ComparisonError(
            f"--baseline {request.baseline!r} is no run of this experiment: "
            f"its runs are {_listed(run_names)}"
        )
    grid = tuple(name.strip("-").replace("-", "_") for name in request.grid)
    for name in grid:
        if name not in keys:
            raise ComparisonError(
                f"--grid {name!r} is no setting of a run: the settings are {_listed(keys)}"
            )
    goal = _goal(request, series)
    _check_milestones(request, goal)
    return replace(request, grid=grid, goal=goal)


def _goal(request: ComparisonRequest, series: Collection[str]) -> str:
    """The goal that goes with the metric; empty without one."""
    name = request.metric
    if not name:
        if request.goal:
            raise ComparisonError(f"--goal {request.goal} is about a metric: name it with --metric")
        return ""
    if name not in series:
        there = f"there are {_listed(sorted(series))}" if series else "they have none yet"
        raise ComparisonError(f"--metric {name!r} is recorded by no run: {there}")
    try:
        return checked_goal(name, request.goal or None, "add --goal max or --goal min")
    except GoalError as why:
        raise ComparisonError(f"--metric {why}") from None


def _check_milestones(request: ComparisonRequest, goal: str) -> None:
    try:
        marks = checked_milestones(request.milestones or ())
    except GoalError as why:
        raise ComparisonError(f"--milestones: {why}") from None
    share = metric_of(request.metric or USUAL[0], goal or None).share
    beyond = [mark for mark in marks if share and not 0 <= mark <= 1]
    if beyond:
        raise ComparisonError(
            f"--milestones {beyond[0]:g} is not allowed: accuracies lie in [0, 1], as in 0.9"
        )


def _listed(names: Sequence[str], most: int = 16) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
