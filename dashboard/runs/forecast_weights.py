"""The numbers of `dashboard.runs.forecast`: log odds of learning, by what is known at a stage.

Written by `python -m tests.benchmarks.bench_forecast --fit 1 150`; decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Weights:
    """The log odds of learning are the constant and every feature times its weight."""

    constant: float
    of: Mapping[str, float]


WEIGHTS: dict[int, tuple[Weights, ...]] = {
}
"""Stage -> what is used there, the first of which all features are known."""
