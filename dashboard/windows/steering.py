"""Words what was decided of runs while they were trained: what was given up, and what that saved.

The numbers are `dashboard.runs.pruning`'s.
"""

from __future__ import annotations

from dashboard.runs.experiment import Experiment
from dashboard.runs.pruning import saving

LEAST_TIMES = 1.05  # below it nothing is said of how much less


def savings(experiment: Experiment) -> list[str]:
    """What giving up runs has saved, in a sentence; none where none was given up."""
    made = saving(experiment)
    if made is None:
        return []
    said = f"Pruned {made.pruned} of {made.of} runs"
    if not experiment.ended():
        return [f"{said} so far."]
    if made.times < LEAST_TIMES:
        return [f"{said}."]
    return [f"{said}: {made.times:.1f} times less work."]
