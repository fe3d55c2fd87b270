"""Decides what is compared with what: the baseline, the groups of seeds, the grid's two settings.

Runs that differ in nothing but their seed are one group; a group is paired with the baseline seed
by seed, because runs with one seed see the same batches. Draws nothing and reads no file.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.record.states import WRONG
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import Metric
from dashboard.runs.once import once_known
from dashboard.runs.run_view import RunView

SEED = "seed"


@dataclass(frozen=True)
class Group:
    """Runs that differ in nothing but their seed, in the order they were entered; never empty."""

    runs: list[RunView]

    @property
    def first(self) -> RunView:
        return self.runs[0]

    @property
    def is_bad(self) -> bool:
        """Whether all of its runs went wrong."""
        return all(view.state in WRONG for view in self.runs)

    def latest(self, series: str) -> list[float]:
        """What each run has come to in the series, where that is a finite number."""
        values = [view.result(series) for view in self.runs]
        return [v for v in values if v is not None and math.isfinite(v)]

    def lines(self, series: str) -> list[RunView]:
        """The runs that have points of the series."""
        return [view for view in self.runs if series in view.lines]


@once_known
def groups(experiment: Experiment) -> list[Group]:
    """All runs, those that differ only in the seed together.

    Where nothing but the seed varies, every run is a group of its own: the seeds are the question.
    """
    keys = [key for key in experiment.varied() if key != SEED]
    if not keys:
        return [Group([view]) for view in experiment.runs]
    views: dict[tuple[str, ...], list[RunView]] = {}
    for view in experiment.runs:
        views.setdefault(tuple(repr(view.config.get(k)) for k in keys), []).append(view)
    # Runs of a person's own processes come in any order; a legend needs a colour's runs together.
    first_values = list(dict.fromkeys(values[0] for values in views))
    order = sorted(views, key=lambda values: first_values.index(values[0]))
    return [Group(views[values]) for values in order]


def baseline(experiment: Experiment) -> RunView | None:
    """The run that the others are measured against: the one that was requested, else the first."""
    name = experiment.request.baseline
    same_name = (view for view in experiment.runs if view.name == name)
    return next(same_name, experiment.runs[0] if experiment.runs else None)


@dataclass(frozen=True)
class Difference:
    """A run's metric minus the baseline's at the same steps; two arrays of one length."""

    steps: np.ndarray
    values: np.ndarray


class Baseline:
    """The baseline of an experiment and its group, to take differences from."""

    def __init__(self, experiment: Experiment, groups: Sequence[Group]) -> None:
        self.run = baseline(experiment)
        self._series = experiment.metric.name
        self._partners = next((g.runs for g in groups if self.run in g.runs), [])

    def holds(self, group: Group) -> bool:
        """Whether the group is the baseline's own."""
        return self.run in group.runs

    def difference(self, view: RunView) -> Difference:
        """Of one run, from the baseline with the same seed where there is one."""
        partner, series = self._partner(view), self._series
        if partner is None or series not in view.lines or series not in partner.lines:
            return Difference(np.empty(0), np.empty(0))
        (xs, ys), (base_xs, base_ys) = view.lines[series].means(), partner.lines[series].means()
        steps, mine, theirs = np.intersect1d(xs, base_xs, return_indices=True)
        return Difference(steps, ys[mine] - base_ys[theirs])

    def last_difference(self, group: Group) -> float | None:
        """The mean over the seeds at each one's last step in common; None where there is none."""
        ends = [d.values[-1] for d in map(self.difference, group.runs) if len(d.values)]
        return float(np.mean(ends)) if ends else None

    def _partner(self, view: RunView) -> RunView | None:
        seed = view.config.get(SEED)
        same = (other for other in self._partners if other.config.get(SEED) == seed)
        return next(same, self.run)


def ranking(metric: Metric, groups: Sequence[Group]) -> list[tuple[float, Group]]:
    """(mean result, group), the best first; without groups that have none or that went wrong."""
    pairs = []
    for group in in_order(metric, groups):
        mean, _ = mean_and_std(group.latest(metric.name))
        if mean is not None and not group.is_bad:
            pairs.append((mean, group))
    return pairs


def in_order(metric: Metric, groups: Sequence[Group]) -> list[Group]:
    """All groups: the best first, then those without a result yet, then those that went wrong."""

    def place(group: Group) -> tuple[int, float]:
        mean, _ = mean_and_std(group.latest(metric.name))
        result = 0.0 if mean is None else -metric.signed(mean)
        return (2 if group.is_bad else 1 if mean is None else 0, result)

    return sorted(groups, key=place)


def mean_and_std(values: Sequence[float]) -> tuple[float | None, float | None]:
    """The mean, and from two values on the sample standard deviation; None where there is none."""
    if not values:
        return None, None
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None


def grid_settings(experiment: Experiment) -> list[str]:
    """The settings of the accuracy grid's rows and columns; one where only one varies."""
    if experiment.request.grid:
        return list(experiment.request.grid)
    keys = experiment.varied()
    return [key for key in keys if key != SEED][:2] or keys[:1]
