"""Samples that are too large for a device: a batch of them is brought there when it is asked for.

Each number is the one that a whole set on the device would have. Where the samples lie, in memory
or in a mapped file, and how they are scaled is `datasets.py`'s to know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    from trainers.tables.late import torch

Scaled = Callable[[NDArray[Any]], "Tensor"]
"""Makes (n, *shape) on the device of n samples as they were read."""


class Streamed:
    """Stands for a tensor (N, *shape) wherever training takes batches of one."""

    def __init__(
        self, samples: NDArray[Any], shape: tuple[int, ...], device: torch.device, scale: Scaled
    ) -> None:
        self.shape = torch.Size((len(samples), *shape))
        self.device = device
        self._samples, self._scale = samples, scale

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, some: slice) -> Tensor:
        return self._scale(self._samples[some])

    def index_select(self, _dim: int, places: Tensor) -> Tensor:
        """The samples at these places (n,), in that order."""
        return self._scale(self._samples[places.cpu().numpy()])

    def split(self, rows: int) -> Iterator[Tensor]:
        """All of them in their order, `rows` at a time; one piece is there at a time."""
        for first in range(0, len(self), rows):
            yield self[first : first + rows]
