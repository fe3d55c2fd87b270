"""The mean of a series over an epoch, which is what the notes call the loss of a training.

Kept while the points come, for a `Line` joins points of several epochs. Reads no record.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

OF_STEPS = frozenset({"train_loss"})
"""Series with a point a step: one batch says little, so a run's result is the mean of an epoch."""


@dataclass
class EpochMean:
    """value: of the newest whole epoch; before the first one has ended, of what there is of it.

    Where epochs are not known it is the newest value; None before the first. Batches count alike,
    though an epoch's last may be smaller. Values that are no numbers are left out.
    """

    value: float | None = None
    _whole: bool = False
    _epoch: int = -1
    _sum: float = 0.0
    _count: int = 0

    def add(self, steps: np.ndarray, values: np.ndarray, steps_per_epoch: int) -> None:
        """Take in points, in order; steps count from 1."""
        finite = np.isfinite(values)
        steps, values = steps[finite], values[finite]
        if not steps_per_epoch:
            self.value = float(values[-1]) if len(values) else self.value
            return
        epochs = (steps - 1) // steps_per_epoch
        starts = np.flatnonzero(np.diff(epochs, prepend=epochs[:1] - 1)).tolist()
        for start, end in zip(starts, [*starts[1:], len(steps)], strict=False):
            self._add(int(epochs[start]), values[start:end])
            if int(steps[end - 1]) % steps_per_epoch == 0:
                self.value, self._whole = self._sum / self._count, True
            elif not self._whole:
                self.value = self._sum / self._count

    def _add(self, epoch: int, values: np.ndarray) -> None:
        if epoch != self._epoch:
            self._epoch, self._sum, self._count = epoch, 0.0, 0
        self._sum += float(values.sum())
        self._count += len(values)
