"""Goes through arrays that may be larger than memory in pieces: their mean, spread and extremes.

The same pieces whether an array lies in memory or in a mapped file, so the same numbers. Reads no
file by itself and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

NUMBERS = 2**21
"""In a piece, at most; 16 MB as float64."""
ROUNDING = 1e-9
"""A spread that is so small a share of the mean is none: float32 has no such numbers."""


def chunks(samples: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Pieces (n, ...) of samples (N, ...), in their order."""
    rows = max(1, NUMBERS // max(1, prod(samples.shape[1:])))
    for first in range(0, len(samples), rows):
        yield samples[first : first + rows]


def mean_and_std(samples: NDArray[Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Of each channel of (N, C, ...), pixels (uint8) scaled to [0, 1]; a spread of 0 becomes 1.

    Grey pictures (N, H, W) have one channel.
    """
    with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is refused elsewhere
        mean = _mean(samples, lambda x: x)
        std = np.sqrt(_mean(samples, lambda x: np.square(x - mean[:, None])))
    least = ROUNDING * np.abs(mean)
    return tuple(mean.tolist()), tuple(
        float(each) if not each <= low else 1.0 for each, low in zip(std, least, strict=True)
    )


def extremes(samples: NDArray[Any]) -> tuple[Any, Any]:
    """The smallest and the largest number."""
    pairs = [(chunk.min(), chunk.max()) for chunk in chunks(samples)]
    return min(low for low, _ in pairs), max(high for _, high in pairs)


def _mean(samples: NDArray[Any], of: Callable[[NDArray[Any]], NDArray[Any]]) -> NDArray[Any]:
    total: Any = 0.0
    for chunk in chunks(samples):
        total = total + of(_by_channel(chunk)).sum((0, 2))
    numbers = samples.size // len(total) if len(samples) else 1
    return np.asarray(total / numbers)


def _by_channel(chunk: NDArray[Any]) -> NDArray[np.float64]:
    """(n, C, ...) as (n, C, numbers of a channel), in double precision."""
    if chunk.dtype == np.uint8:
        channels = 1 if chunk.ndim == 3 else chunk.shape[1]
        return np.asarray(chunk.reshape(len(chunk), channels, -1) / 255)
    # As float32 first: so they are trained with.
    x = chunk.astype(np.float32, copy=False).astype(np.float64)
    return x.reshape(len(x), x.shape[1], -1)
