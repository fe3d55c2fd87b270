"""How much of a network's signal dropout takes away in a step, by the run's settings.

Knows only what was set, not what it did to the run; that is said in `dashboard.runs.causes`.
"""

from __future__ import annotations

import math

from dashboard.runs.facts import Facts
from dashboard.runs.thresholds import KEPT_PATHS, STRONG_DROPOUT


def dropout_of(facts: Facts) -> list[float]:
    """The share that is dropped in each hidden layer, as far as the record says how many."""
    setting = facts.settings.get("dropout")
    entries = setting if isinstance(setting, list | tuple) else [setting]
    shares = [share for share in entries if isinstance(share, int | float) and 0 <= share < 1]
    return shares * max(1, len(facts.layers) - 1) if len(shares) == 1 else shares


def kept_paths(facts: Facts) -> float:
    """Of the paths through all hidden layers, the share that dropout leaves in a step."""
    return math.prod(1 - share for share in dropout_of(facts))


def drops_much(facts: Facts) -> bool:
    """Whether dropout is strong in one layer, or many layers make it so together."""
    return max(dropout_of(facts), default=0.0) > STRONG_DROPOUT or kept_paths(facts) < KEPT_PATHS
