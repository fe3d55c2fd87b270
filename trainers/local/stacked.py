"""Trains runs of a worker as stacks, each recorded as if it were alone.

Who is stacked with whom was decided before (`trainers.stack.grouping`), and how a stack computes is
`trainers.stack.train`. A run alone is `trainers.local.worker`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from dashboard.record.printed import output_kept
from dashboard.record.recorder import Recorder
from dashboard.record.sink import UnwritableError
from dashboard.record.states import SHORT
from trainers.checkpoint import Checkpoint
from trainers.config import RunConfig
from trainers.local.means import Failures, Means, models_of
from trainers.local.orders import Job
from trainers.local.patience import written
from trainers.model_files import ModelFiles
from trainers.stack.grouping import evenly, members_that_fit
from trainers.stack.train import train_stack
from trainers.tables.datasets import Data
from trainers.tape import Diverged, Stopped

T = TypeVar("T")


def run_stack(jobs: Sequence[Job], means: Means) -> Failures:
    """Train runs that are alike together, as many at a time as the device has memory for."""
    most = members_that_fit(RunConfig.from_dict(jobs[0].settings), means.device)
    return [end for part in evenly(jobs, most) for end in run_part(part, means)]


def run_part(jobs: Sequence[Job], means: Means) -> Failures:
    """Train one stack; each run has its own recorder, checkpoint and end.

    Those whose checkpoints are of different steps, or that pause after different epochs, are
    trained one after the other.
    """
    configs = [RunConfig.from_dict(job.settings) for job in jobs]
    checkpoints = [means.checkpoint(j.name, c) for j, c in zip(jobs, configs, strict=True)]
    is_stopped = False
    try:
        with ExitStack() as stack:
            recorders = begin_all([job.name for job in jobs], checkpoints, means, stack)
            part = Part(jobs, configs, checkpoints, recorders, means)
            data, models = means.load(configs[0]), part.models()
            try:
                part.train(data, models)
                part.write()
            except Stopped:
                is_stopped = not all(recorder.superseded for recorder in recorders)
                for recorder in recorders:
                    recorder.state = "stopped" if recorder.state == "running" else recorder.state
    except Stopped:
        raise
    except UnwritableError as why:
        return [(job.name, str(why)) for job in jobs]
    except Exception as why:  # the recorders have written it too, if the disk had room
        return [(job.name, f"{type(why).__name__}: {why}") for job in jobs]
    if is_stopped:
        raise Stopped
    for recorder, checkpoint in zip(recorders, checkpoints, strict=True):
        if not (recorder.unwritten or recorder.superseded or recorder.state in SHORT):
            checkpoint.remove()
    return [(r.name, r.unwritten) for r in recorders if r.unwritten]


@dataclass(frozen=True)
class Part:
    """Runs that are trained as one stack, each by its place in these lists."""

    jobs: Sequence[Job]
    configs: Sequence[RunConfig]
    checkpoints: Sequence[Checkpoint]
    recorders: Sequence[Recorder]
    means: Means

    def models(self) -> list[ModelFiles]:
        """Where each run keeps its model."""
        runs = zip(self.recorders, self.configs, self.checkpoints, strict=True)
        return [models_of(*run, self.means) for run in runs]

    def train(self, data: Data, models: Sequence[ModelFiles]) -> None:
        """Train them, those together that can be. Raises Stopped."""
        for places in together(self.jobs, self.checkpoints):
            recorders = at(places, self.recorders)
            self._set_threads(self.jobs[places[0]].name, self.checkpoints[places[0]], recorders)
            with output_kept(recorders):
                train_stack(
                    at(places, self.configs), data, self.means.device, recorders,
                    partial(self._end, places), self._should_stop,
                    partial(self._should_end, places),
                    checkpoints=at(places, self.checkpoints), models=at(places, models),
                    until_epoch=self.jobs[places[0]].until_epoch,
                )  # fmt: skip

    def write(self) -> None:
        """Have everything written of those that came to their end, or to where they pause."""
        for job, recorder in zip(self.jobs, self.recorders, strict=True):
            if recorder.state == "running":
                written(recorder, self.means.patience, self.means.should_stop)
                if 0 < job.until_epoch < self.configs[0].epochs:
                    recorder.state = "paused"

    def _set_threads(
        self, first: str, checkpoint: Checkpoint, recorders: Sequence[Recorder]
    ) -> None:
        """Compute with as many threads as the first of them had."""
        self.means.threads_of(first).hold_from(max(0, checkpoint.step), *recorders)

    def _should_stop(self) -> bool:
        is_superseded = all(recorder.superseded for recorder in self.recorders)
        return is_superseded or self.means.should_stop()

    def _should_end(self, places: list[int], member: int) -> bool:
        return self.means.end_of(self.jobs[places[member]].name) is not None

    def _end(self, places: list[int], member: int, why: Diverged | None) -> None:
        """A member has ended before the others; why: it diverged, else it was asked to end."""
        place = places[member]
        recorder, end = self.recorders[place], self.means.end_of(self.jobs[place].name)
        recorder.state, recorder.error = "diverged", str(why)
        if why is None and end:
            recorder.state, recorder.error = end.state, end.reason
        recorder.close()


def begin_all(
    names: Sequence[str], checkpoints: Sequence[Checkpoint], means: Means, stack: ExitStack
) -> list[Recorder]:
    """A Recorder for each run; when one cannot begin, those that have begun are stopped."""
    recorders: list[Recorder] = []
    try:
        for name, checkpoint in zip(names, checkpoints, strict=True):
            recorders.append(stack.enter_context(means.begin(name, checkpoint.step)))
            if recorders[-1].attempt == 0:
                checkpoint.forget()  # of another run that had this name
    except (UnwritableError, Stopped):
        for recorder in recorders:
            recorder.state = "stopped"
        raise
    return recorders


def together(jobs: Sequence[Job], checkpoints: Sequence[Checkpoint]) -> list[list[int]]:
    """The places of the runs that go on from one step to one epoch: those of a stack do."""
    places: dict[tuple[int, int], list[int]] = {}
    for place, (job, checkpoint) in enumerate(zip(jobs, checkpoints, strict=True)):
        places.setdefault((checkpoint.step, job.until_epoch), []).append(place)
    return list(places.values())


def at(places: Sequence[int], items: Sequence[T]) -> list[T]:
    return [items[place] for place in places]
