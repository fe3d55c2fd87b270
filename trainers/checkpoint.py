"""The place from which a run's training can go on: its weights, its optimiser, the order of its
data and the state of the random number generator.

Written at the end of an epoch, whole or not at all, and removed when the run has nothing more to
train; a few of them stay, from which it can be forked (`trainers.fork`). A run that goes on from
one computes what it would have computed without the break; on the CPU bit for bit. What was
recorded after that place is taken back by the Recorder, not here.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.errors import UserError
from dashboard.record.places import FORKABLE, kept
from trainers.config import RunConfig

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.optim import Optimizer
else:
    from trainers.tables.late import torch

FOLDER = "checkpoints"
"""Where runs go on from; where those places are kept from which one can be forked is FORKABLE."""
MOST_KEPT = 4
"""Checkpoints to fork from, of each run, beside the last one."""
FORMER_NAMES = {"chance": "rng_state", "cuda_chance": "cuda_rng_state"}  # in older files


class Checkpoint:
    """The checkpoint file of the run `name` in the experiment's `folder`.

    A file that is damaged, or of a run with other settings, counts as none.
    """

    def __init__(self, folder: Path, name: str, config: RunConfig) -> None:
        self.file = folder / FOLDER / f"{name}.pt"
        self.config = config
        self._state = self._read()

    @property
    def step(self) -> int:
        """The last step that need not be trained again; -1 when the run begins from the start."""
        return self._state["step"] if self._state else -1

    def restore(
        self, model: nn.Module, optimizer: Optimizer, order: torch.Generator
    ) -> tuple[int, int]:
        """Bring all of them back to where they were; (epochs, steps) done by then, or (0, 0)."""
        state, self._state = self._state, {}
        if not state:
            return 0, 0
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        order.set_state(state["order"])
        torch.set_rng_state(state["rng_state"])
        device = next(model.parameters()).device
        if device.type == "cuda" and state["cuda_rng_state"] is not None:
            torch.cuda.set_rng_state(state["cuda_rng_state"], device)
        return state["epoch"], state["step"]

    def save(
        self,
        epoch: int,
        step: int,
        model: nn.Module,
        optimizer: Optimizer,
        order: torch.Generator,
        rng_state: Tensor | None = None,
    ) -> None:
        """Keep this place in training; when the disk is full, the one kept before stays.

        rng_state: that of the run's own generator; None: PyTorch's global one is the run's.
        """
        device = next(model.parameters()).device
        on_cuda = device.type == "cuda"
        state = {
            "epoch": epoch,
            "step": step,
            # Copies: a member's weights are a view of its stack, all of which would be written.
            "model": {name: weight.clone() for name, weight in model.state_dict().items()},
            "optimizer": optimizer.state_dict(),
            "order": order.get_state(),
            "rng_state": torch.get_rng_state() if rng_state is None else rng_state,
            "cuda_rng_state": torch.cuda.get_rng_state(device) if on_cuda else None,
        }
        if self.write(state):
            self._keep(epoch, step)

    def write(self, state: dict[str, Any]) -> bool:
        """Write such a state as this run's, whole or not at all; whether it could be written."""
        state = {**state, "config": self.config.as_dict()}
        fresh = self.file.with_suffix(f".{os.getpid()}.new")
        try:
            self.file.parent.mkdir(exist_ok=True)
            torch.save(state, fresh)
            fresh.replace(self.file)
            return True
        except (OSError, RuntimeError):  # torch's own writer reports a full disk as RuntimeError
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            return False

    def remove(self) -> None:
        """The run has nothing more to train."""
        self._state = {}
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)
            pattern = re.compile(re.escape(self.file.stem) + r"\.\d+\.new")  # its writer was killed
            for file in self.file.parent.iterdir():
                if pattern.fullmatch(file.name):
                    file.unlink(missing_ok=True)
            self.file.parent.rmdir()  # fails, as it should, while other runs have theirs there

    def forget(self) -> None:
        """Remove the places to fork from too: they are of another run that had this name."""
        self.remove()
        shutil.rmtree(self._kept_in, ignore_errors=True)

    @property
    def _kept_in(self) -> Path:
        return self.file.parent.parent / FORKABLE / self.file.stem

    def _keep(self, epoch: int, step: int) -> None:
        """Keep the file just written to fork from later, and no more than MOST_KEPT before it.

        It is the same file under a second name, so that it costs no time.
        """
        with contextlib.suppress(OSError):  # a disk that is full, or knows no second names
            self._kept_in.parent.mkdir(exist_ok=True)  # and not the experiment's: it may be gone
            self._kept_in.mkdir(exist_ok=True)
            (self._kept_in / f"{epoch}-{step}.pt").unlink(missing_ok=True)
            os.link(self.file, self._kept_in / f"{epoch}-{step}.pt")
            places = kept(self.file.parent.parent, self.file.stem)
            files = {place.epoch: place.file for place in places}
            for old_epoch in files.keys() - set(spread([*files])):
                files[old_epoch].unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        state = load(self.file)
        try:  # settings that an older file does not know are as they are by default
            same = bool(state) and RunConfig.from_dict(state["config"]) == self.config
        except (KeyError, TypeError, AttributeError, UserError):
            same = False
        return state if same else {}


def spread(epochs: Sequence[int]) -> list[int]:
    """Of the ends of epochs those that are kept: the last, and at most MOST_KEPT even ones."""
    every = 1
    while sum(epoch % every == 0 for epoch in epochs) > MOST_KEPT:
        every *= 2
    return [epoch for epoch in epochs if epoch % every == 0 or epoch == max(epochs)]


def load(file: Path) -> dict[str, Any]:
    """What a checkpoint's file holds; empty when it is not there, or cut, or noise."""
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
        return {FORMER_NAMES.get(name, name): value for name, value in state.items()}
    except Exception:  # torch has no one error for these
        return {}
