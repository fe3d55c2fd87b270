"""The statistics of the `signal` windows: their names, scales, colours and how a value is written.

What they measure is `trainers/measure/signal.py`'s to say; they are drawn by
`dashboard.windows.signal` and `dashboard.windows.heat_map`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

# Pale enough for dark writing: blue to orange around a middle that is meant, and one hue alone.
DIVERGING = [[0.0, "#6BAED6"], [0.25, "#B5D6EA"], [0.5, "#F7F7F7"], [0.75, "#FBCFB2"],
             [1.0, "#F4A06B"]]  # fmt: skip
SEQUENTIAL = [[0.0, "#F7FBFF"], [0.5, "#C0DAEE"], [1.0, "#6BAED6"]]


class Quantity(NamedTuple):
    """One statistic. low, high: the ends of the colours, powers of ten where `log` is set."""

    name: str
    button: str
    title: str
    log: bool
    low: float
    high: float
    colours: list[list[Any]]

    def series(self, layer: str) -> str:
        """Under which name it is recorded of a layer."""
        return f"signal/{self.name}/{layer}"


QUANTITIES = (
    Quantity("preactivation_std", "spread", "std of pre-activations", True, -2, 2, DIVERGING),
    Quantity("gradient_norm", "gradient", "gradient norm of the weights", True, -6, 2, SEQUENTIAL),
    Quantity("update_ratio", "update", "|update| / |weights|", True, -6, 0, DIVERGING),
    Quantity("dead_share", "dead", "share of dead units", False, 0, 1, SEQUENTIAL),
    Quantity("saturated_share", "saturated", "share of saturated units", False, 0, 1, SEQUENTIAL),
)
EXPECTED = "expected_std"


def number(value: float | None) -> str:
    """A statistic in as few characters as will do: 0.56, 12, 3e-6, 0, ∞, NaN."""
    if value is None:
        return ""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞"
    if value == 0:
        return "0"
    if 0.01 <= abs(value) < 1000:
        return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    digits, _, power = f"{value:.0e}".partition("e")
    return f"{digits}e{int(power)}"
