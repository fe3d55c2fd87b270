"""Makes of samples and targets as they were read the numbers that a network sees, on its device.

The same numbers for a batch as for a whole set. What mean and spread they are brought to is said by
the entries in `datasets.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dashboard.record.tasks import CLASSES
from trainers.tables.chunks import extremes

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    from trainers.tables.late import torch

SHOWN = 500
"""Of test samples that are pictures, as many are copied to be shown where that takes a copy."""


class Entry(Protocol):
    """What is said of the data set: `trainers.tables.datasets.Dataset`."""

    @property
    def input_shape(self) -> tuple[int, ...]: ...
    @property
    def mean(self) -> tuple[float, ...]: ...
    @property
    def std(self) -> tuple[float, ...]: ...
    @property
    def tokens(self) -> int: ...


def scaled(
    samples: NDArray[Any], entry: Entry, device: torch.device, normalize: bool, pin: bool = False
) -> Tensor:
    """Samples as they were read, all or some, as (n, *input_shape) float32, or int64 token ids.

    pin: copy to a CUDA device from memory that is not paged out, which such a copy need not
    wait for.
    """

    def moved(array: NDArray[Any]) -> Tensor:
        tensor = torch.from_numpy(array)
        return tensor.pin_memory().to(device, non_blocking=True) if pin else tensor.to(device)

    # PyTorch wants memory that could be written to, which a map that is only read is not.
    samples = np.require(samples, None, ["C", "W"])
    if entry.tokens:
        return moved(samples.astype(np.int64, copy=False))
    if samples.dtype == np.uint8:
        x = moved(samples).float().div_(255)
    else:  # a copy: what was read may be read again
        x = moved(samples.astype(np.float32))
    x = x.reshape(-1, *entry.input_shape)
    for channel, (mean, std) in enumerate(zip(entry.mean, entry.std, strict=True)):
        if normalize:
            x[:, channel].sub_(mean).div_(std)
    return x


def targets_of(
    values: NDArray[Any],
    task: str,
    device: torch.device,
    scale: tuple[tuple[float, ...], tuple[float, ...]],
) -> Tensor:
    """Class numbers (N,) int64, else (N, K) float32. scale: mean and std to take out of columns."""
    y = torch.from_numpy(np.require(values, None, ["W"])).to(device)
    if task == CLASSES:
        return y.long()
    y = y.to(torch.float32, copy=True).reshape(len(y), -1)
    for i, (mean, std) in enumerate(zip(*scale, strict=True)):
        y[:, i].sub_(mean).div_(std)
    return y


def shown(samples: NDArray[Any], shape: tuple[int, ...]) -> Tensor:
    """Test samples as pictures, uint8; none where they are not in grey or colour."""
    if len(shape) != 3 or shape[0] not in (1, 3):
        return torch.empty(0, 1, 1, dtype=torch.uint8)
    if samples.dtype != np.uint8:
        low, high = map(np.float32, extremes(samples))
        some = samples[:SHOWN].astype(np.float32)
        samples = ((some - low) * (255 / ((high - low) or 1))).round().astype(np.uint8)
    if not samples.flags.writeable:
        samples = samples[:SHOWN].copy()
    return torch.from_numpy(samples.reshape(-1, *shape[1:]) if shape[0] == 1 else samples)
