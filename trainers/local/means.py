"""What training runs needs of the place where it happens: on this machine, or in a Ray task.

How runs are trained with it is `trainers.local.worker` and `trainers.local.stacked`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.record.patience import Patience
from dashboard.record.recorder import Recorder
from trainers.checkpoint import Checkpoint
from trainers.config import RunConfig
from trainers.local.orders import End, Rate
from trainers.local.patience import begun
from trainers.model_files import USUAL, ModelFiles
from trainers.tables.datasets import Data
from trainers.threads import Threads

if TYPE_CHECKING:
    import torch

Failures = list[tuple[str, str]]
"""Runs that failed, each with the reason, in case the record could not take their end."""


@dataclass(frozen=True)
class Setup:
    """What all runs of a worker share. device: "cpu", "cuda:0" or "mps".

    threads: CPU threads of a run; one that was trained before keeps its own, unless they are fixed.
    stack: train runs that are alike together (`trainers.stack.train`), not one after the other.
    choices: the file with a person's own entries of the tables.
    keep: whose models are kept, of `trainers.model_files.KEEPABLE`.
    room: bytes of the device that samples may take; None: what is free when they are loaded.
    """

    folder: Path
    data_dir: Path | None
    device: str
    threads: int = 1
    fixed: bool = False
    stack: bool = False
    choices: Path | None = None
    keep: tuple[str, ...] = USUAL
    room: int | None = None


@dataclass(frozen=True)
class Means:
    """What training needs of the place where it happens.

    record: opens the Recorder of a run, keeping what an earlier attempt recorded up to a step.
    load: the run's data set, on the device. checkpoint: where a run's place in training is kept,
    models: and where its trained model is.
    end_of: how a run is to end now, if the launcher wants it to while the worker goes on.
    rate_of: the learning rate that it wants now; rates: the changes that the run made before.
    threads: the numbers of threads that the run had before. threads_for: how many it may have now.
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
    threads: Callable[[str], Sequence[Mapping[str, Any]]] = lambda run: ()
    threads_for: Callable[[str], int] = lambda run: 0
    patience: Patience = field(default_factory=Patience)

    def begin(self, name: str, keep_to: int) -> Recorder:
        """The run's Recorder, once the record takes it. Raises UnwritableError or Stopped."""
        return begun(name, lambda: self.record(name, keep_to), self.patience, self.should_stop)

    def threads_of(self, name: str) -> Threads:
        """The threads of a run, set from its next step on. Raises sqlite3.Error."""
        share = partial(self.threads_for, name)
        return Threads(self.setup.threads, self.threads(name), share, self.setup.fixed)


def models_of(
    recorder: Recorder, config: RunConfig, checkpoint: Checkpoint, means: Means
) -> ModelFiles:
    """Where the run's models are kept, from its checkpoint on."""
    models = means.models(recorder.name, config)
    models.may_write = lambda: not recorder.superseded
    models.resume(checkpoint.step)
    return models
