"""Records the loss of every step of one run, and ends the run that diverged or is to stop.

A stack of runs has `trainers.stack.tape`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    from trainers.tables.late import torch

COPY_EVERY_S = 0.1


class Losses(Protocol):
    """What the tape needs of a recorder."""

    def scalars(self, series: str, first_step: int, values: Sequence[float]) -> None: ...


class Diverged(ArithmeticError):
    """The training loss is no longer a finite number."""

    def __init__(self, step: int, value: float) -> None:
        super().__init__(f"the loss became {value} at step {step}")
        self.step, self.value = step, value


class Stopped(Exception):
    """Somebody asked for the run to end early."""


class LossTape:
    """Keeps the losses on the device and copies them out about ten times a second.

    `.item()` after every step would make a GPU wait for each one. The CPU has nothing to wait for:
    there a loss is recorded at once, so that none waits for a slow step that follows.
    """

    def __init__(self, recorder: Losses, should_stop: Callable[[], bool], step: int = 0) -> None:
        self._recorder, self._should_stop = recorder, should_stop
        self._losses: list[Tensor] = []
        self._step = step
        self._due_s = time.monotonic() + COPY_EVERY_S

    def add(self, loss: Tensor) -> None:
        if loss.is_cpu:
            self._record([loss.item()])
        else:
            self._losses.append(loss.detach())
        if time.monotonic() >= self._due_s:
            self.copy_out()

    def copy_out(self) -> None:
        """Record what is on the tape. Raises Diverged after recording the first bad loss."""
        self._due_s = time.monotonic() + COPY_EVERY_S
        if self._losses:
            losses, self._losses = self._losses, []
            self._record(torch.stack(losses).tolist())
        if self._should_stop():
            raise Stopped

    def _record(self, values: list[float]) -> None:
        bad = next((i for i, v in enumerate(values) if not math.isfinite(v)), None)
        losses = values if bad is None else values[: bad + 1]
        self._recorder.scalars("train_loss", self._step + 1, losses)
        self._step += len(losses)
        if bad is not None:
            raise Diverged(self._step, losses[-1])
