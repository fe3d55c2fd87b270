"""Sets how many CPU threads compute a run, at the beginning of each of its epochs.

On one machine a run gives the same numbers bit for bit with the same number of threads; some sums,
such as the gradient of a convolution, are rounded differently with another. So each change is kept
with the step after which it holds, and a run that is resumed, or trained again from its first step,
changes where it did before. The changes are recorded by whoever is given; nothing is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from dashboard.record.schema import THREADS

MOST_THREADS = 256


class TakesData(Protocol):
    """A Recorder, as far as it is needed here."""

    def data(self, name: str, step: int, value: Any) -> None: ...


class Threads:
    """The threads of one run. count: with how many it begins; 0 leaves it to PyTorch.

    changes: those made so far, each {step, threads}, in their order. share: how many it may have
    now, 0 for as many as before. is_fixed: from now on it has `count`, whatever it had.
    """

    def __init__(
        self,
        count: int = 0,
        changes: Sequence[Mapping[str, Any]] = (),
        share: Callable[[], int] = lambda: 0,
        is_fixed: bool = False,
    ) -> None:
        self.changes = [dict(change) for change in changes]
        self._count, self._share, self._is_fixed = count, share, is_fixed

    def hold_from(self, step: int, *recorders: TakesData) -> None:
        """Set the threads that hold from the step after `step` on; each records a change."""
        if self.apply(step):
            for recorder in recorders:
                recorder.data(THREADS, step, self.changes)

    def apply(self, step: int) -> bool:
        """Set the threads that hold from the step after `step` on; whether it is a change."""
        before = next((c["threads"] for c in reversed(self.changes) if c["step"] <= step), 0)
        has_change = any(change["step"] == step for change in self.changes)
        count = before if has_change else self._share() or before
        if self._is_fixed or not count:
            count = self._count
        if count:
            import torch  # planning reads this module, and needs none

            torch.set_num_threads(max(1, min(count, MOST_THREADS)))
        if count == before:
            return False
        later = [] if self._is_fixed else [c for c in self.changes if c["step"] > step]
        earlier = [change for change in self.changes if change["step"] < step]
        self.changes = [*earlier, {"step": step, "threads": count}, *later]
        return True
