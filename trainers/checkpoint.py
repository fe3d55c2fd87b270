"""The place from which a run's training can go on: its weights, its optimiser, the order of its
data and the state of the random number generator.

Written at the end of an epoch, whole or not at all, and removed when the run has nothing more to
train. A run that goes on from it computes what it would have computed without the break; on the
CPU bit for bit. What was recorded after that place is taken back by the Recorder, not here.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from trainers.config import RunConfig

FOLDER = "checkpoints"
FORMER_NAMES = {"chance": "rng_state", "cuda_chance": "cuda_rng_state"}  # in older files


class Checkpoint:
    """The checkpoint file of the run `name` in the experiment's `folder`.

    A file that is damaged, or of a run with other settings, counts as none.
    """

    def __init__(self, folder: Path, name: str, config: RunConfig) -> None:
        self.file = folder / FOLDER / f"{name}.pt"
        self.config = config
        self._saved = self._read()

    @property
    def step(self) -> int:
        """The last step that need not be trained again; -1 when the run begins from the start."""
        return self._saved["step"] if self._saved else -1

    def restore(
        self, model: nn.Module, optimizer: Optimizer, order: torch.Generator
    ) -> tuple[int, int]:
        """Bring all of them back to where they were; (epochs, steps) done by then, or (0, 0)."""
        state, self._saved = self._saved, {}
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
            "config": self.config.as_dict(),
            "epoch": epoch,
            "step": step,
            # Copies: a member's weights are a view of its stack, all of which would be written.
            "model": {name: weight.clone() for name, weight in model.state_dict().items()},
            "optimizer": optimizer.state_dict(),
            "order": order.get_state(),
            "rng_state": torch.get_rng_state() if rng_state is None else rng_state,
            "cuda_rng_state": torch.cuda.get_rng_state(device) if on_cuda else None,
        }
        fresh = self.file.with_suffix(f".{os.getpid()}.new")
        try:
            self.file.parent.mkdir(exist_ok=True)
            torch.save(state, fresh)
            fresh.replace(self.file)
        except (OSError, RuntimeError):  # torch's own writer reports a full disk as RuntimeError
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)

    def remove(self) -> None:
        """The run has nothing more to train."""
        self._saved = {}
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)
            cut = re.compile(re.escape(self.file.stem) + r"\.\d+\.new")  # its writer was killed
            for left in self.file.parent.iterdir():
                if cut.fullmatch(left.name):
                    left.unlink(missing_ok=True)
            self.file.parent.rmdir()  # fails, as it should, while other runs have theirs there

    def _read(self) -> dict[str, Any]:
        try:
            state = torch.load(self.file, map_location="cpu", weights_only=True)
            if state["config"] == self.config.as_dict():
                return {FORMER_NAMES.get(name, name): value for name, value in state.items()}
        except Exception:  # none there, or cut, or noise: torch has no one error for these
            pass
        return {}
