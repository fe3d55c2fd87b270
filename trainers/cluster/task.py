"""Trains a run or a stack as one Ray task, on whatever node Ray chose, with the worker's own code.

What is special here is only where things come from and go to: data from the object store, batches
and checkpoints to the launcher's mailbox. What a run does is `trainers.local.worker.train_runs`.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
import torch

from dashboard.record.recorder import Recorder
from dashboard.scratch import scratch_folder
from trainers.checkpoint import FOLDER
from trainers.cluster.mailbox import MailedCheckpoint, MailedModels, MailSink, Outbox
from trainers.config import RunConfig
from trainers.local.means import Failures, Means, Setup
from trainers.local.orders import Job
from trainers.local.process import settle
from trainers.local.worker import Loaded, train_runs
from trainers.tables.datasets import DATASETS, Data, Dataset, on_device
from trainers.tables.own_file import load_choices
from trainers.tape import Stopped

_cache: Loaded = {}
"""The data set that this process used last; Ray keeps the process for the next task."""


@dataclass(frozen=True)
class Order:
    """What a task is given. jobs: one run, or a stack.

    data: for each data set a reference to its arrays, which Ray brings to a node once; `facts` are
    its entries.
    attempts, checkpoints: for each run. choices: the name and text of a person's own file.
    keep: whose models are kept.
    """

    jobs: Sequence[Job]
    device: str
    stack: bool
    mailbox: Any
    data: Mapping[str, Any]
    facts: Mapping[str, Dataset]
    attempts: Mapping[str, int]
    checkpoints: Mapping[str, bytes]
    choices: tuple[str, str] | None
    keep: tuple[str, ...]


def carry_out(order: Order) -> Failures:
    """Train the runs of the order; which of them failed, and why."""
    settle(1)
    outbox = Outbox(order.mailbox)
    with scratch_folder() as folder:
        try:
            unpack(order, folder)
            return train_runs(order.jobs, means_of(order, folder, outbox))
        except Stopped:
            return []
        finally:
            outbox.close()


def means_of(order: Order, folder: Path, outbox: Outbox) -> Means:
    """What training needs, as it is on a Ray node."""
    device = torch.device(order.device)

    def record(name: str, keep_to: int) -> Recorder:
        earlier = int(name in order.checkpoints)
        sink = MailSink(outbox, order.attempts[name], earlier)
        return Recorder(folder, name, sink=sink, keep_to=keep_to)

    jobs = {job.name: job for job in order.jobs}
    return Means(
        Setup(folder, None, order.device, stack=order.stack),
        device,
        record=record,
        load=lambda config: data_for(config, order, device),
        should_stop=outbox.told_to_stop,
        checkpoint=lambda name, config: MailedCheckpoint(
            folder, jobs[name], config, outbox, order.attempts[name]
        ),
        models=lambda name, config: MailedModels(
            folder, name, config, order.keep, outbox, order.attempts[name]
        ),
        end_of=lambda name: outbox.end_of(name, order.attempts[name]),
    )


def unpack(order: Order, folder: Path) -> None:
    """Put the checkpoints, and a person's own choices, where the training looks for them."""
    (folder / FOLDER).mkdir()
    for name, content in order.checkpoints.items():
        (folder / FOLDER / f"{name}.pt").write_bytes(content)
    if order.choices:
        name, text = order.choices
        # Beside no other task's file: a process that has loaded this text must not load it twice.
        home = Path(tempfile.gettempdir()) / "trainboard-choices"
        home.mkdir(exist_ok=True)
        (home / name).write_text(text)
        load_choices(home / name, skip={"DATASETS"})  # their files may be the launcher's alone
    for name, facts in order.facts.items():
        DATASETS.setdefault(name, facts)


def data_for(config: RunConfig, order: Order, device: torch.device) -> Data:
    """The run's data set on the device; the one used last stays loaded."""
    key = (config.dataset, config.normalize)
    if key not in _cache:
        _cache.clear()
        images = ray.get(order.data[config.dataset])
        with warnings.catch_warnings():  # the store's memory is read-only, and nobody writes to it
            warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
            _cache[key] = on_device(config.dataset, images, device, config.normalize)
    return _cache[key]
