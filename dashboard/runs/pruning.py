"""Counts what giving up runs has saved: steps trained beside steps planned.

A pure function of the record; what is given up is decided by whoever trains.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.runs.experiment import Experiment

PRUNED = "pruned"


@dataclass(frozen=True)
class Saving:
    """pruned_runs of `of` runs were given up. trained_steps, planned_steps: of all runs; 0 if not
    known.
    """

    pruned_runs: int
    of: int
    trained_steps: int
    planned_steps: float

    @property
    def times(self) -> float:
        """So many times as much was planned as was trained; 0 where that is not known."""
        return self.planned_steps / self.trained_steps if self.trained_steps else 0.0


def saving(experiment: Experiment) -> Saving | None:
    """What was saved so far; None where no run was given up. Hold the experiment's lock.

    A run that never began, of whose length nothing is recorded, was as long as the others.
    """
    pruned_runs = sum(view.state == PRUNED for view in experiment.runs)
    if not pruned_runs:
        return None
    totals = [view.total_steps for view in experiment.runs if view.total_steps]
    usual = sum(totals) / len(totals) if totals else 0.0
    planned_steps = sum(view.total_steps or usual for view in experiment.runs)
    trained_steps = sum(view.step for view in experiment.runs)
    return Saving(pruned_runs, len(experiment.runs), trained_steps, planned_steps)
