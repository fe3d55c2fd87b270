"""Words what was decided of runs while they were trained: what was given up or added, and why.

The numbers of what was saved are `dashboard.runs.pruning`'s.
"""

from __future__ import annotations

from dashboard.runs.comparison import groups
from dashboard.runs.experiment import Experiment
from dashboard.runs.pruning import saving

LEAST_TIMES = 1.05  # below it nothing is said of how much less


def steering(experiment: Experiment) -> list[str]:
    """A sentence for each way in which what was planned was changed; often none."""
    sentences = (_tried(experiment), _pruned(experiment), _added(experiment))
    return [sentence for sentence in sentences if sentence]


def _tried(experiment: Experiment) -> str:
    """How far a search is."""
    search = experiment.search
    if search is None:
        return ""
    count = sum(view.ended for view in experiment.runs)
    return f"Searched ({search.sampler}): {count} of {search.trials} trials have ended."


def _pruned(experiment: Experiment) -> str:
    """What giving up runs has saved."""
    gain = saving(experiment)
    if gain is None:
        return ""
    text = f"Pruned {gain.pruned_runs} of {gain.of} runs"
    if not experiment.ended():
        return f"{text} so far."
    return f"{text}." if gain.times < LEAST_TIMES else f"{text}: {gain.times:.1f} times less work."


def _added(experiment: Experiment) -> str:
    """What --decide has added."""
    up_to = experiment.decide_up_to
    if not up_to:
        return ""
    counts = [len(group.runs) for group in groups(experiment)]
    new_runs = sum(decision.act == "added" for decision in experiment.decisions)
    so_far = "" if experiment.ended() else " so far"
    least, most, all_runs = min(counts, default=0), max(counts, default=0), len(counts) * up_to
    each = f"{least}" if least == most else f"{least} to {most}"
    return (
        f"Added {new_runs} runs{so_far}, so that each choice has {each} seeds: {sum(counts)} runs, "
        f"where {up_to} seeds of each would be {all_runs}."
    )
