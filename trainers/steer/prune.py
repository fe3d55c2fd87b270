"""The policy `--prune`: ends runs that are hopeless, and lets the rest compete for further epochs.

Who is hopeless is `dashboard.runs.forecast`'s to say, who goes on `trainers.steer.halving`'s. All
that it goes by is in the record, so that a resumed experiment goes on as it would have.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.cli.control import Control
from dashboard.runs.comparison import groups
from dashboard.runs.experiment import Experiment
from dashboard.runs.forecast import forecast
from dashboard.runs.run_view import RunView
from trainers.local.orders import Job
from trainers.steer.contest import (
    HOPELESS,
    Entry,
    come_to,
    entries,
    is_waiting,
    useful,
    was_hopeless,
)
from trainers.steer.halving import ETA, Contestant, Place, going_on, out, rungs

LOOK_SHARE = 10.0  # with thousands of runs a look takes longer than the launcher may be away
FIRST_STAGE = 2
"""Percent of the steps from which on a forecast ends a run. At step 0 a trial condemns rates near
divergence, of which some are the best of all: of ten grids it gave up the best run of two."""


class Prune:
    """Steers a contest. epochs: of each run. even_doomed: hopeless runs compete like the others.

    to_come: choices that are not among the runs yet. rest_share: so many times as long as a look
    takes is none.
    """

    grows = False
    settings: Mapping[str, Any] = {}

    def __init__(self, epochs: int, even_doomed: bool = False) -> None:
        self.levels, self.even_doomed = rungs(epochs), even_doomed
        self.to_come, self.rest_share = 0, LOOK_SHARE
        self._busy, self._due_s = True, 0.0

    @property
    def says(self) -> str:
        """What it will do, in a sentence."""
        early_end = "" if self.even_doomed else "runs that are forecast not to learn end early"
        at = " and ".join(map(str, self.levels))
        best = f"of those that come to epoch {at} the best 1 in {ETA} goes on" if at else ""
        return f"--prune: {'; '.join(filter(None, (early_end, best))) or 'nothing to do'}"

    def wants_more(self, experiment: Experiment) -> bool:
        """It adds nothing."""
        return False

    def first(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs as the contest begins: each trains to the first level."""
        return [replace(job, until_epoch=self._after(0, self.levels)) for job in jobs]

    def rest(self, jobs: Sequence[Job], experiment: Experiment) -> tuple[list[Job], list[str]]:
        """Of an interrupted contest: the jobs to train to their next level, and who waits there."""
        views = {view.name: view for view in experiment.runs}
        levels = useful(experiment, self.levels)
        go: list[Job] = []
        wait: list[str] = []
        for job in jobs:
            view = views[job.name]
            past = len(come_to(view, experiment.metric, levels))
            if past and view.step == levels[past - 1] * view.steps_per_epoch:
                wait.append(job.name)
            else:
                go.append(replace(job, until_epoch=self._after(past, levels)))
        return go, wait

    def look(self, experiment: Experiment, control: Control) -> None:
        """End who is hopeless or out, and let the best of those that wait go on."""
        if time.monotonic() < self._due_s:
            return
        begin_s = time.thread_time()  # not while workers have the cores: they wait for the answer
        self._look(experiment, control)
        spent_s = time.thread_time() - begin_s
        self._due_s = time.monotonic() + self.rest_share * spent_s

    def _look(self, experiment: Experiment, control: Control) -> None:
        if not self.even_doomed:
            for view, reason in hopeless(experiment):
                control.end(view.name, "pruned", reason)
        levels = useful(experiment, self.levels)
        in_contest = entries(experiment, levels)
        by_name = {entry.contestant.name: entry for entry in in_contest}
        to_come = [Contestant(f"to come {i}") for i in range(self.to_come)]
        contestants = [*(entry.contestant for entry in in_contest), *to_come]
        for place in out(contestants, len(levels)):
            self._give_up(by_name[place.name], place, levels, control)
        if control.has_room:
            self._go_on(by_name, going_on(contestants, len(levels)), levels, control)
        self._busy = not experiment.ended()

    def busy(self) -> bool:
        """Whether a run is left that has not ended."""
        return self._busy

    def _give_up(self, entry: Entry, place: Place, levels: Sequence[int], control: Control) -> None:
        reason = (
            f"place {place.place} of {place.of} after epoch {levels[place.rung]}, where "
            f"{place.most} {'goes' if place.most == 1 else 'go'} on"
        )
        for view in entry.runs:
            if not view.ended:
                control.end(view.name, "pruned", reason)

    def _go_on(
        self,
        by_name: Mapping[str, Entry],
        places: Sequence[Place],
        levels: Sequence[int],
        control: Control,
    ) -> None:
        """The first that may, as many as one worker takes: by when another is free, more may be
        known. Where runs are trained as stacks that is a stack of them.
        """
        best = [
            (by_name[at.name], f"place {at.place} of {at.of} after epoch {levels[at.rung]}")
            for at in places
        ]
        fresh = [e for e in by_name.values() if e.contestant.waits and not e.contestant.values]
        room = control.pool.batch
        for entry, reason in [*best, *((each, "it has had no evaluation yet") for each in fresh)]:
            if room <= 0:
                return
            until = self._after(len(entry.contestant.values), levels)
            for view in filter(is_waiting, entry.runs):
                control.go_on(Job(view.name, view.config, until), reason)
                room -= 1

    @staticmethod
    def _after(past: int, levels: Sequence[int]) -> int:
        """The epoch at which a run that has come to so many levels pauses next; 0: it does not."""
        return levels[past] if past < len(levels) else 0


def hopeless(experiment: Experiment) -> list[tuple[RunView, str]]:
    """The runs that are not worth their steps, and why.

    Before its first result a run is so by what its first steps forecast (FIRST_STAGE); before its
    first step when every seed of its choice that has begun was given up for that.
    """
    verdicts = []
    for group in groups(experiment):
        begun_views = [view for view in group.runs if view.started_s is not None]
        for view in begun_views:
            own_forecast = None if view.ended or has_result(view, experiment) else forecast(view)
            if own_forecast and own_forecast.hopeless and own_forecast.stage >= FIRST_STAGE:
                verdicts.append((view, f"{HOPELESS}: {own_forecast.evidence}"))
        if begun_views and all(map(was_hopeless, begun_views)):
            reason = f"{HOPELESS} with another seed ({begun_views[0].name})"
            verdicts += [(view, reason) for view in group.runs if view.started_s is None]
    return [(view, reason) for view, reason in verdicts if not view.ended]


def has_result(view: RunView, experiment: Experiment) -> bool:
    """Whether the run has been evaluated after its first step, which says more than a forecast."""
    line = view.lines.get(experiment.metric.name)
    return line is not None and line.last_step > 0
