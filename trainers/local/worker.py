"""Runs one worker process: takes runs from the launcher, trains them, records them.

It talks to the launcher over one pipe: in come its setup and its orders (`trainers.local.orders`);
out go its process id and, when runs have ended, which of them failed. When the pipe closes, the
launcher is gone and the worker ends too (`trainers.local.forkserver` sees to that even when it is
stuck). It shows nothing; the pool (`trainers.local.pool`) starts it and sees it die.

How runs are trained and recorded is the same wherever that happens (`train_runs`); a Ray task
(`trainers.cluster.pool`) brings other `Means`, no other code.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

import torch

from dashboard.output import protect, wait_for_no_reader
from dashboard.record.patience import Patience
from dashboard.record.printed import output_kept
from dashboard.record.rates import rates_of
from dashboard.record.recorder import Recorder
from dashboard.record.sink import FileSink, UnwritableError
from dashboard.record.states import SHORT
from trainers.checkpoint import Checkpoint
from trainers.config import RunConfig
from trainers.local.orders import End, Job, Orders, Rate
from trainers.local.patience import begun, written
from trainers.local.process import settle
from trainers.rates import Rates
from trainers.saved_model import USUAL, ModelFiles
from trainers.stack.grouping import can_stack, evenly, members_that_fit
from trainers.stack.train import train_stack
from trainers.tables.datasets import Data, load
from trainers.tables.own_file import load_choices
from trainers.train import Diverged, Stopped, train

Failures = list[tuple[str, str]]
"""Runs that failed, each with the reason, in case the record could not take their end."""


class ForkLost(Exception):
    """A fork cannot begin: from its first step it would be another run."""


Loaded = dict[tuple[str, bool], Data]
T = TypeVar("T")


@dataclass(frozen=True)
class Setup:
    """What all runs of a worker share. device: "cpu", "cuda:0" or "mps"; threads: CPU threads.

    stack: train runs that are alike together (`trainers.stack.train`), not one after the other.
    choices: the file with a person's own entries of the tables.
    keep: whose models are kept, of `trainers.saved_model.KEEPABLE`.
    """

    folder: Path
    data_dir: Path | None
    device: str
    threads: int = 1
    stack: bool = False
    choices: Path | None = None
    keep: tuple[str, ...] = USUAL


@dataclass(frozen=True)
class Means:
    """What training needs of the place where it happens.

    record: opens the Recorder of a run, keeping what an earlier attempt recorded up to a step.
    load: the run's data set, on the device. checkpoint: where a run's place in training is kept,
    models: and where its trained model is.
    end_of: how a run is to end now, if the launcher wants it to while the worker goes on.
    rate_of: the learning rate that it wants now; rates: the changes that the run made before.
    patience: with a record that cannot be written, over all runs that meet it.
    """

    setup: Setup
    device: torch.device
    record: Callable[[str, int], Recorder]
    load: Callable[[RunConfig], Data]
    should_stop: Callable[[], bool]
    checkpoint: Callable[[str, RunConfig], Checkpoint]
    models: Callable[[str, RunConfig], ModelFiles]
    end_of: Callable[[str], End | None] = lambda run: None
    rate_of: Callable[[str], Rate | None] = lambda run: None
    rates: Callable[[str], Sequence[Mapping[str, Any]]] = lambda run: ()
    patience: Patience = field(default_factory=Patience)

    def begin(self, name: str, keep_to: int) -> Recorder:
        """The run's Recorder, once the record takes it. Raises UnwritableError or Stopped."""
        return begun(name, lambda: self.record(name, keep_to), self.patience, self.should_stop)


def work(pipe: Connection) -> None:
    """The life of a worker: until it is told to stop or the launcher is gone."""
    try:
        setup: Setup = pipe.recv()
        pipe.send(os.getpid())
        orders = Orders(pipe)
        means = means_of(setup, orders)
        while (jobs := orders.next()) is not None:
            pipe.send(train_runs(jobs, means))
    except (EOFError, BrokenPipeError, ConnectionResetError, Stopped):
        return


def means_of(setup: Setup, orders: Orders) -> Means:
    """What training needs, as it is in a worker process."""
    protect()
    wait_for_no_reader()
    settle(setup.threads)
    if setup.choices:
        load_choices(setup.choices)
    device = torch.device(setup.device)
    loaded: Loaded = {}
    return Means(
        setup,
        device,
        record=lambda name, keep_to: Recorder(
            setup.folder, name, keep_to=keep_to, sink=FileSink(setup.folder, existing=True)
        ),
        load=lambda config: data_for(config, setup, device, loaded),
        should_stop=orders.should_stop,
        end_of=orders.end_of,
        rate_of=orders.rate_of,
        rates=lambda name: rates_of(setup.folder, name),
        checkpoint=lambda name, config: Checkpoint(setup.folder, name, config),
        models=lambda name, config: ModelFiles(setup.folder, name, config, setup.keep),
    )


def train_runs(jobs: Sequence[Job], means: Means) -> Failures:
    """Train a stack together, or runs one after the other. Raises Stopped when told to stop."""
    alone = jobs[0].is_fork  # its checkpoint is no other's
    if means.setup.stack and not alone and can_stack(RunConfig.from_dict(jobs[0].settings)):
        return run_stack(jobs, means)
    return [end for job in jobs for end in run_one(job, means)]


def run_one(job: Job, means: Means) -> Failures:
    """Train one run, or what is left of it after its checkpoint.

    A run that fails, diverges, pauses or is to end is recorded as such; the worker lives on.
    """
    name, config = job.name, RunConfig.from_dict(job.settings)
    checkpoint = means.checkpoint(name, config)
    stopped = False
    try:
        with means.begin(name, checkpoint.step) as recorder:
            if recorder.attempt == 0 and not job.is_fork:
                checkpoint.forget()  # of another run that had this name
            if job.is_fork and checkpoint.step < 0:
                raise ForkLost("the checkpoint that it begins at is gone")
            models = models_of(recorder, config, checkpoint, means)
            data = means.load(config)

            def should_stop() -> bool:
                return recorder.superseded or means.should_stop() or bool(means.end_of(name))

            try:
                with output_kept([recorder]):
                    train(
                        config, data, means.device, recorder, should_stop, checkpoint,
                        job.until_epoch, models,
                        Rates(means.rates(name), partial(means.rate_of, name)),
                    )  # fmt: skip
                written(recorder, means.patience, means.should_stop)
                if 0 < job.until_epoch < config.epochs:
                    recorder.state = "paused"
            except Diverged as why:
                recorder.state, recorder.error = "diverged", str(why)
            except Stopped:
                end = means.end_of(name)
                stopped = not (end or recorder.superseded)
                recorder.state, recorder.error = (end.state, end.reason) if end else ("stopped", "")
    except Stopped:  # before it had begun
        raise
    except UnwritableError as why:
        return [(name, str(why))]
    except Exception as why:  # the recorder has written it on its way out, if the disk had room
        return [(name, f"{type(why).__name__}: {why}")]
    if stopped:
        raise Stopped
    if recorder.superseded:
        return []  # neither the run's end nor its checkpoint is ours to decide
    if recorder.unwritten:
        return [(name, recorder.unwritten)]
    if recorder.state not in SHORT:
        checkpoint.remove()
    return []


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


def models_of(
    recorder: Recorder, config: RunConfig, checkpoint: Checkpoint, means: Means
) -> ModelFiles:
    """Where the run's models are kept, from its checkpoint on."""
    models = means.models(recorder.name, config)
    models.may_write = lambda: not recorder.superseded
    models.resume(checkpoint.step)
    return models


def data_for(config: RunConfig, setup: Setup, device: torch.device, loaded: Loaded) -> Data:
    """The run's data set on the device; the one used last stays loaded."""
    key = (config.dataset, config.normalize)
    if key not in loaded:
        loaded.clear()
        loaded[key] = load(config.dataset, setup.data_dir, device, config.normalize)
    return loaded[key]
