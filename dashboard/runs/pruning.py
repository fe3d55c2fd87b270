"""Counts what giving up runs has saved: steps trained beside steps planned.

A pure function of the record; what is given up is decided by whoever trains.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.runs.experiment import Experiment

PRUNED = "pruned"


@dataclass(frozen=True)
class Saving:
    """pruned of `of` runs were given up. trained, planned: steps of all runs; 0 if not known."""

    pruned: int
    of: int
    trained: int
    planned: float

    @property
    def times(self) -> float:
        """So many times as much was planned as was trained; 0 where that is not known."""
        return self.planned / self.trained if self.trained else 0.0


def saving(experiment: Experiment) -> Saving | None:
    """What was saved so far; None where no run was given up. Hold the experiment's lock.

    A run that never began, of whose length nothing is recorded, was as long as the others.
    """
    pruned = sum(view.state == PRUNED for view in experiment.runs)
    if not pruned:
        return None
    totals = [view.total_steps for view in experiment.runs if view.total_steps]
    usual = sum(totals) / len(totals) if totals else 0.0
    planned = sum(view.total_steps or usual for view in experiment.runs)
    trained = sum(view.step for view in experiment.runs)
    return Saving(pruned, len(experiment.runs), trained, planned)
