"""Makes the contestants of a contest from the record: the groups of seeds, and what they came to.

A choice is judged with all of its seeds together, so that none is given up by the luck of one. The
rule of the contest is `trainers.steer.halving`; what is done about it `trainers.steer.prune`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.record.rows import Run
from dashboard.record.states import WRONG
from dashboard.runs.comparison import Group, groups
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import Metric
from dashboard.runs.run_view import RunView
from trainers.steer.halving import Contestant

HOPELESS = "hopeless"
"""Begins the reason of a run that was given up for its forecast."""


@dataclass(frozen=True)
class Entry:
    """A group of seeds in the contest. runs: those that did not go wrong."""

    contestant: Contestant
    runs: Sequence[RunView]


def entries(experiment: Experiment, levels: Sequence[int]) -> list[Entry]:
    """The groups that are in the contest, by the experiment's metric.

    levels: the epochs after which is looked who goes on, see `useful`.
    """
    candidates = (_entry(str(i), group, experiment.metric, levels)
            for i, group in enumerate(groups(experiment)))  # fmt: skip
    return [entry for entry in candidates if entry]


def useful(experiment: Experiment, levels: Sequence[int]) -> tuple[int, ...]:
    """The levels by which every run has had an evaluation after its first step."""
    return tuple(epoch for epoch in levels if all(
        epoch * view.steps_per_epoch >= view.row.number("eval_every")
        for view in experiment.runs if view.steps_per_epoch
    ))  # fmt: skip


def was_hopeless(run: Run | RunView) -> bool:
    """Whether the run was given up for its forecast."""
    return run.state == "pruned" and run.error.startswith(HOPELESS)


def come_to(view: RunView, metric: Metric, levels: Sequence[int]) -> list[float]:
    """The run's value at each level that it has come to, turned so that more is better."""
    line, values = view.lines.get(metric.name), []
    for epoch in levels if line and view.steps_per_epoch else ():
        step = epoch * view.steps_per_epoch
        if view.step < step or line is None or line.last_step < min(step, _last_look(view, step)):
            break
        steps, means = line.means()
        past = means[(steps > 0) & (steps <= step)]
        value = float(past[-1]) if len(past) else math.nan
        values.append(metric.signed(value) if math.isfinite(value) else -math.inf)
    return values


def _last_look(view: RunView, step: int) -> int:
    """The last evaluation until a step."""
    every = int(view.row.number("eval_every"))
    return step if not every else step - step % every


def _entry(name: str, group: Group, metric: Metric, levels: Sequence[int]) -> Entry | None:
    runs = [view for view in group.runs if not is_lost(view)]
    if not runs:
        return None
    rows = [come_to(view, metric, levels) for view in runs]
    columns = zip(*(row[: min(map(len, rows))] for row in rows), strict=True)
    waits = [is_waiting(view) for view in runs if not view.ended]
    return Entry(
        Contestant(
            name,
            tuple(float(np.mean(values)) for values in columns),
            failures=len(group.runs) - len(runs),
            alive=bool(waits),
            waits=bool(waits) and all(waits),
        ),
        runs,
    )


def is_waiting(view: RunView) -> bool:
    """Whether the run waits at a level; one that a person paused says why, and waits for them."""
    return view.state == "paused" and not view.error


def is_lost(view: RunView) -> bool:
    """Whether the run is out of the contest by itself, not by its place in it."""
    return view.state in WRONG or view.state == "stopped" or was_hopeless(view)
