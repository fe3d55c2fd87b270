"""What is compared with what: the baseline, the groups of seeds, and the two settings of the grid.

Runs that differ in nothing but their seed are one group; a group is paired with the baseline seed
by seed, because runs with one seed see the same batches. Draws nothing and reads no file.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.runs.experiment import Experiment, RunView

SEED = "seed"
BAD = frozenset({"failed", "diverged"})


@dataclass(frozen=True)
class Group:
    """Runs that differ in nothing but their seed, in the order they were entered; never empty."""

    runs: list[RunView]

    @property
    def first(self) -> RunView:
        return self.runs[0]

    def latest(self, series: str) -> list[float]:
        """The newest finite value of each run that has one."""
        values = [run.latest(series) for run in self.runs]
        return [v for v in values if v is not None and math.isfinite(v)]

    def lines(self, series: str) -> list[RunView]:
        """The runs that have points of the series."""
        return [run for run in self.runs if series in run.lines]


def groups(experiment: Experiment) -> list[Group]:
    """All runs, those that differ only in the seed together.

    Where nothing but the seed varies, every run is a group of its own: the seeds are the question.
    """
    keys = [key for key in experiment.varied() if key != SEED]
    if not keys:
        return [Group([run]) for run in experiment.runs]
    found: dict[tuple[str, ...], list[RunView]] = {}
    for run in experiment.runs:
        found.setdefault(tuple(repr(run.run.config.get(k)) for k in keys), []).append(run)
    # Runs of a person's own processes come in any order; a legend needs a colour's runs together.
    first_values = list(dict.fromkeys(values[0] for values in found))
    ordered = sorted(found, key=lambda values: first_values.index(values[0]))
    return [Group(found[values]) for values in ordered]


def baseline(experiment: Experiment) -> RunView | None:
    """The run that the others are measured against: the one asked for, else the first."""
    named = (run for run in experiment.runs if run.name == experiment.asked.baseline)
    return next(named, experiment.runs[0] if experiment.runs else None)


@dataclass(frozen=True)
class Difference:
    """A run's accuracy minus the baseline's at the same steps; two arrays of one length."""

    steps: np.ndarray
    values: np.ndarray


class Baseline:
    """The baseline of an experiment and its group, to take differences from."""

    def __init__(self, experiment: Experiment, found: Sequence[Group]) -> None:
        self.run = baseline(experiment)
        self._partners = next((g.runs for g in found if self.run in g.runs), [])

    def holds(self, group: Group) -> bool:
        """Whether the group is the baseline's own."""
        return self.run in group.runs

    def difference(self, run: RunView, series: str = "test_accuracy") -> Difference:
        """Of one run, from the baseline with the same seed where there is one."""
        partner = self._partner(run)
        if partner is None or series not in run.lines or series not in partner.lines:
            return Difference(np.empty(0), np.empty(0))
        (xs, ys), (base_xs, base_ys) = run.lines[series].means(), partner.lines[series].means()
        steps, mine, theirs = np.intersect1d(xs, base_xs, return_indices=True)
        return Difference(steps, ys[mine] - base_ys[theirs])

    def last_difference(self, group: Group) -> float | None:
        """The mean over the seeds at each one's last step in common; None where there is none."""
        ends = [d.values[-1] for d in map(self.difference, group.runs) if len(d.values)]
        return float(np.mean(ends)) if ends else None

    def _partner(self, run: RunView) -> RunView | None:
        seed = run.run.config.get(SEED)
        same = (other for other in self._partners if other.run.config.get(SEED) == seed)
        return next(same, self.run)


def mean_and_std(values: Sequence[float]) -> tuple[float | None, float | None]:
    """The mean, and from two values on the sample standard deviation; None where there is none."""
    if not values:
        return None, None
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None


def grid_settings(experiment: Experiment) -> list[str]:
    """The settings of the accuracy grid's rows and columns; one where only one varies."""
    if experiment.asked.grid:
        return list(experiment.asked.grid)
    varied = experiment.varied()
    return [key for key in varied if key != SEED][:2] or varied[:1]
