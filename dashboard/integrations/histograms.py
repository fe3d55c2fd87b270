"""Counts the values of a SummaryWriter's histograms into bins, for the window of distributions.

The bins of each tag are fixed by its first values, so that later ones can be laid beside them, as
`trainers.measure.distribution` does for our own runs: equal widths in asinh(x / scale).
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from dashboard.record.validation import pixels_of

DISTRIBUTION = "distribution"
"""The name under which they are recorded."""
BINS = 61
MOST_VALUES = 4096  # of a tag; their shares are then right to 1 or 2 in 100
KINDS = {"value": (1.0, 1e3), "gradient": (0.01, 1e5)}
"""The scale as a share of the first values' root mean square, and how many scales bins reach."""
OF_GRADIENTS = re.compile(r"(?:^grad(?:ient)?s?[/._]|[/._]grad(?:ient)?s?$)")


class Histograms:
    """The counts of the newest step, tag by tag."""

    def __init__(self) -> None:
        self.step = -1
        self._layers: dict[str, dict[str, Any]] = {}
        self._scales: dict[tuple[str, str], float] = {}
        self.has_new_counts = False

    def add(self, tag: str, values: Any, step: int) -> None:
        """Count the values of a tag; those of another step before it are no longer here.

        Raises TypeError or ValueError for values that are no numbers.
        """
        numbers = np.asarray(pixels_of(values), dtype=float).ravel()
        numbers = numbers[:: len(numbers) // MOST_VALUES | 1 if len(numbers) > MOST_VALUES else 1]
        if step != self.step:
            self.step, self._layers = step, {}
        kind, layer = kind_of(tag)
        share, reach = KINDS[kind]
        scale = self._scales.setdefault((kind, layer), _scale(numbers) * share)
        self._layers.setdefault(layer, {})[kind] = [scale, reach, _counts(numbers, scale, reach)]
        self.has_new_counts = True

    def take(self) -> dict[str, Any]:
        """What is counted of the newest step, as the window of distributions reads it."""
        self.has_new_counts = False
        return {"bins": BINS, "layers": dict(self._layers)}


def kind_of(tag: str) -> tuple[str, str]:
    """(kind, layer): `fc1.weight/grad` holds the gradients of `fc1.weight`."""
    layer = OF_GRADIENTS.sub("", tag)
    return ("gradient", layer) if layer and layer != tag else ("value", tag)


def _scale(numbers: np.ndarray) -> float:
    """The root mean square; 1 where that is 0 or no number."""
    scale = math.sqrt(float(np.mean(np.square(numbers)))) if len(numbers) else 0.0
    return float(f"{scale:.4g}") if math.isfinite(scale) and scale > 0 else 1.0


def _counts(numbers: np.ndarray, scale: float, reach: float) -> list[int]:
    """BINS integers; the outer bins take what lies beyond, what is no number is not counted."""
    end = math.asinh(reach)
    places = (np.arcsinh(numbers[~np.isnan(numbers)] / scale) + end) * (BINS / (2 * end))
    return np.bincount(places.clip(0, BINS - 1).astype(int), minlength=BINS).tolist()
