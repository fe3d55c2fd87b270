"""Tells what changed of a run while it trained: which run it is a fork of, its rates, its threads.

Reads what the record keeps of that; what comes of it is drawn by the windows.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.record.schema import FORK, RATES, THREADS
from dashboard.record.threads import checked
from dashboard.runs.experiment import Experiment
from dashboard.runs.run_view import RunView


@dataclass(frozen=True)
class Fork:
    """A run, the run that it is a fork of, and the step at which it parts from it."""

    run: RunView
    parent: RunView
    step: int


def forks(experiment: Experiment) -> list[Fork]:
    """The forks whose parents are there too, in the order of the runs."""
    by_name = {(view.experiment, view.row.name): view for view in experiment.runs}
    result = []
    for view in experiment.runs:
        origin = origin_of(view)
        parent = origin and by_name.get((view.experiment, origin[0]))
        if origin and parent:
            result.append(Fork(view, parent, origin[1]))
    return result


def origin_of(view: RunView) -> tuple[str, int] | None:
    """The name of the parent and the step, of a fork; None of any other run."""
    run, _, step = str(view.config.get(FORK, "")).rpartition("@")
    return (run, int(step)) if run and step.isdecimal() and len(step) < 16 else None


def rates(view: RunView) -> list[tuple[int, float]]:
    """The changes of its learning rate: after which step, to what."""
    value = view.data(RATES)
    changes = value if isinstance(value, list) else []
    pairs = [(each.get("step"), each.get("lr")) for each in changes if isinstance(each, dict)]
    return [(step, float(lr)) for step, lr in pairs
            if isinstance(step, int) and isinstance(lr, int | float)]  # fmt: skip


def threads(view: RunView) -> str:
    """With how many CPU threads it was computed, as `1, from step 1,200 on 2`; empty: not known."""
    changes = checked(view.data(THREADS))
    first = [f"{each['threads']}" for each in changes[:1]]
    return ", ".join(
        [*first, *(f"from step {each['step']:,} on {each['threads']}" for each in changes[1:])]
    )
