"""Carries what every step computes for K members from the device to the host: StackTape.

The step writes into a ring on the device. While one half of the ring fills, the other half is on
its way to the host, so neither waits for the other; nothing waits for a single step.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor

from trainers.tape import COPY_EVERY_S, Stopped

CHUNK_STEPS = 256
"""Steps in half the ring: the most that a device may be ahead of the record."""

Take = Callable[[int, Tensor, Tensor], None]
"""Called with (first step, losses (n, K) float32, right answers so far in the epoch (n, K))."""


class StackTape:
    """Hands every chunk of steps to `take`, in order, each step once."""

    def __init__(
        self, size: int, device: torch.device, take: Take, should_stop: Callable[[], bool]
    ) -> None:
        self.step = 0  # the last one that was handed over
        self._take, self._should_stop = take, should_stop
        self._on_gpu = device.type == "cuda"
        shape = (2 * CHUNK_STEPS, size)
        self._losses = torch.zeros(shape, device=device)
        self._right = torch.zeros(shape, dtype=torch.int64, device=device)
        self._host_losses = torch.zeros(shape, pin_memory=self._on_gpu)
        self._host_right = torch.zeros(shape, dtype=torch.int64, pin_memory=self._on_gpu)
        self.slot = torch.zeros(1, dtype=torch.int64, device=device)
        self._half, self._count = 0, 0
        self._on_the_way: tuple[int, int, torch.cuda.Event | None] | None = None
        self._due_s = self._look_s = time.monotonic() + COPY_EVERY_S

    def put(self, losses: Tensor, right: Tensor) -> None:
        """The device's part, inside the step: (K,) losses and right answers into the ring."""
        self._losses.index_copy_(0, self.slot, losses.unsqueeze(0))
        self._right.index_copy_(0, self.slot, right.unsqueeze(0))
        self.slot.add_(1)

    def stepped(self) -> None:
        """The host's part, after each step. Raises Stopped when somebody asked for it."""
        self._count += 1
        now_s = time.monotonic()
        if self._count == CHUNK_STEPS or now_s >= self._due_s:
            self._turn()
        if now_s >= self._look_s:  # by its own clock: evaluations put off the one above
            self._look_s = now_s + COPY_EVERY_S
            if self._should_stop():
                self.copy_out()
                raise Stopped

    def copy_out(self) -> None:
        """Hand over everything up to the last step, waiting for the device."""
        self._turn()
        self._receive()

    def _turn(self) -> None:
        """Send the filling half on its way, hand over the half sent before, and go on in that."""
        self._due_s = time.monotonic() + COPY_EVERY_S
        first = self._half * CHUNK_STEPS
        rows = slice(first, first + self._count)
        self._host_losses[rows].copy_(self._losses[rows], non_blocking=True)
        self._host_right[rows].copy_(self._right[rows], non_blocking=True)
        event = torch.cuda.current_stream().record_event() if self._on_gpu else None
        self._half = 1 - self._half
        self.slot.fill_(self._half * CHUNK_STEPS)
        before, self._on_the_way = self._on_the_way, (first, self._count, event)
        self._count = 0
        self._hand_over(before)
        if not self._on_gpu:  # there already: nothing to wait for
            self._receive()

    def _receive(self) -> None:
        chunk, self._on_the_way = self._on_the_way, None
        self._hand_over(chunk)

    def _hand_over(self, chunk: tuple[int, int, torch.cuda.Event | None] | None) -> None:
        if chunk is None or chunk[1] == 0:
            return
        first, count, event = chunk
        if event is not None:
            event.synchronize()
        rows = slice(first, first + count)
        self._take(self.step + 1, self._host_losses[rows], self._host_right[rows])
        self.step += count
