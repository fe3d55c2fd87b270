"""Runs one worker process: takes runs from the launcher, trains them, records them.

It talks to the launcher over one pipe: in come its setup and its orders (`trainers.local.orders`);
out go its process id and, when runs have ended, which of them failed. When the pipe closes, the
launcher is gone and the worker ends too (`trainers.local.forkserver` sees to that even when it is
stuck). It shows nothing; the pool (`trainers.local.pool`) starts it and sees it die.

How runs are trained and recorded is the same wherever that happens (`train_runs`); a Ray task
(`trainers.cluster.pool`) brings other `Means`, no other code. Stacks are `trainers.local.stacked`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from multiprocessing.connection import Connection

import torch

from dashboard.output import protect, wait_for_no_reader
from dashboard.record.printed import output_kept
from dashboard.record.rates import rates_of
from dashboard.record.recorder import Recorder
from dashboard.record.sink import FileSink, UnwritableError
from dashboard.record.states import SHORT
from dashboard.record.threads import threads_of
from trainers.checkpoint import Checkpoint
from trainers.config import RunConfig
from trainers.local.means import Failures, Means, Setup, models_of
from trainers.local.orders import Job, Orders
from trainers.local.patience import written
from trainers.local.process import settle
from trainers.local.stacked import run_stack
from trainers.model_files import ModelFiles
from trainers.rates import Rates
from trainers.stack.grouping import can_stack
from trainers.tables.datasets import Data, load
from trainers.tables.own_file import load_choices
from trainers.tape import Diverged, Stopped
from trainers.train import train

Loaded = dict[tuple[str, bool], Data]


class ForkLost(Exception):
    """A fork cannot begin: from its first step it would be another run."""


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
    cache: Loaded = {}
    return Means(
        setup,
        device,
        record=lambda name, keep_to: Recorder(
            setup.folder, name, keep_to=keep_to, sink=FileSink(setup.folder, must_exist=True)
        ),
        load=lambda config: data_for(config, setup, device, cache),
        should_stop=orders.should_stop,
        end_of=orders.end_of,
        rate_of=orders.rate_of,
        rates=lambda name: rates_of(setup.folder, name),
        threads=lambda name: threads_of(setup.folder, name),
        threads_for=orders.threads_for,
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
    is_stopped = False
    try:
        with means.begin(name, checkpoint.step) as recorder:
            if recorder.attempt == 0 and not job.is_fork:
                checkpoint.forget()  # of another run that had this name
            if job.is_fork and checkpoint.step < 0:
                raise ForkLost("the checkpoint that it begins at is gone")
            models, threads = models_of(recorder, config, checkpoint, means), means.threads_of(name)
            threads.hold_from(max(0, checkpoint.step), recorder)
            data = means.load(config)

            def should_stop() -> bool:
                return recorder.superseded or means.should_stop() or bool(means.end_of(name))

            try:
                with output_kept([recorder]):
                    train(
                        config, data, means.device, recorder, should_stop, checkpoint,
                        job.until_epoch, models,
                        Rates(means.rates(name), partial(means.rate_of, name)), threads,
                    )  # fmt: skip
                written(recorder, means.patience, means.should_stop)
                if 0 < job.until_epoch < config.epochs:
                    recorder.state = "paused"
            except Diverged as why:
                recorder.state, recorder.error = "diverged", str(why)
            except Stopped:
                end = means.end_of(name)
                is_stopped = not (end or recorder.superseded)
                recorder.state, recorder.error = (end.state, end.reason) if end else ("stopped", "")
    except Stopped:  # before it had begun
        raise
    except UnwritableError as why:
        return [(name, str(why))]
    except Exception as why:  # the recorder has written it on its way out, if the disk had room
        return [(name, f"{type(why).__name__}: {why}")]
    if is_stopped:
        raise Stopped
    if recorder.superseded:
        return []  # neither the run's end nor its checkpoint is ours to decide
    if recorder.unwritten:
        return [(name, recorder.unwritten)]
    if recorder.state not in SHORT:
        checkpoint.remove()
    return []


def data_for(config: RunConfig, setup: Setup, device: torch.device, cache: Loaded) -> Data:
    """The run's data set on the device; the one used last stays loaded."""
    key = (config.dataset, config.normalize)
    if key not in cache:
        cache.clear()
        cache[key] = load(config.dataset, setup.data_dir, device, config.normalize, setup.room)
    return cache[key]
