"""Trains runs of a worker as stacks, each recorded as if it were alone.

Who is stacked with whom was decided before (`trainers.stack.grouping`), and how a stack computes is
`trainers.stack.train`. A run alone is `trainers.local.worker`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
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
from trainers.stack.grouping import evenly, members_that_fit
from trainers.stack.train import train_stack
from trainers.tape import Diverged, Stopped

T = TypeVar("T")


def run_stack(jobs: Sequence[Job], means: Means) -> Failures:
    """Train runs that are alike together, as many at a time as the device has memory for."""
    fitting = members_that_fit(RunConfig.from_dict(jobs[0].settings), means.device)
    return [end for part in evenly(jobs, fitting) for end in run_part(part, means)]


def run_part(jobs: Sequence[Job], means: Means) -> Failures:
    """Train one stack; each run has its own recorder, checkpoint and end.

    Those whose checkpoints are of different steps, or that pause after different epochs, are
    trained one after the other.
    """
    configs = [RunConfig.from_dict(job.settings) for job in jobs]
    checkpoints = [means.checkpoint(j.name, c) for j, c in zip(jobs, configs, strict=True)]
    stopped = False
    try:
        with ExitStack() as stack:
            recorders = begin_all([job.name for job in jobs], checkpoints, means, stack)

            def end(places: list[int], member: int, why: Diverged | None) -> None:
                place = places[member]
                recorder, wanted = recorders[place], means.end_of(jobs[place].name)
                recorder.state, recorder.error = "diverged", str(why)
                if why is None and wanted:
                    recorder.state, recorder.error = wanted.state, wanted.reason
                recorder.close()

            def should_stop() -> bool:
                return all(recorder.superseded for recorder in recorders) or means.should_stop()

            def should_end(places: list[int], member: int) -> bool:
                return means.end_of(jobs[places[member]].name) is not None

            data = means.load(configs[0])
            models = [
                models_of(recorder, config, checkpoint, means)
                for recorder, config, checkpoint in zip(
                    recorders, configs, checkpoints, strict=True
                )
            ]
            try:
                for places in together(jobs, checkpoints):
                    with output_kept(at(places, recorders)):
                        train_stack(
                            at(places, configs), data, means.device, at(places, recorders),
                            partial(end, places), should_stop, partial(should_end, places),
                            checkpoints=at(places, checkpoints), models=at(places, models),
                            until_epoch=jobs[places[0]].until_epoch,
                        )  # fmt: skip
                for job, recorder in zip(jobs, recorders, strict=True):
                    if recorder.state == "running":
                        written(recorder, means.patience, means.should_stop)
                        if 0 < job.until_epoch < configs[0].epochs:
                            recorder.state = "paused"
            except Stopped:
                stopped = not all(recorder.superseded for recorder in recorders)
                for recorder in recorders:
                    recorder.state = "stopped" if recorder.state == "running" else recorder.state
    except Stopped:
        raise
    except UnwritableError as why:
        return [(job.name, str(why)) for job in jobs]
    except Exception as why:  # the recorders have written it too, if the disk had room
        return [(job.name, f"{type(why).__name__}: {why}") for job in jobs]
    if stopped:
        raise Stopped
    for recorder, checkpoint in zip(recorders, checkpoints, strict=True):
        if not (recorder.unwritten or recorder.superseded or recorder.state in SHORT):
            checkpoint.remove()
    return [(r.name, r.unwritten) for r in recorders if r.unwritten]


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
