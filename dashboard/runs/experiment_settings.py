"""Reads what a record's settings say of the whole experiment; a stranger may have written them.

Settings of single runs are `dashboard.runs.run_view`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

MOST_SEEDS = 1000  # of a choice that a record may speak of
LONGEST_SAMPLER = 20  # characters

Settings = Mapping[str, Any]


class SearchPlan(NamedTuple):
    """sampler: "random" or "tpe"."""

    sampler: str
    trials: int


def search_plan(settings: Settings) -> SearchPlan | None:
    """How runs are chosen, where they are trials of a search."""
    plan = settings.get("search")
    if not isinstance(plan, dict):
        return None
    sampler, trials = plan.get("sampler"), plan.get("trials")
    good = isinstance(sampler, str) and isinstance(trials, int)
    return SearchPlan(str(sampler)[:LONGEST_SAMPLER], int(trials or 0)) if good else None


def most_seeds(settings: Settings) -> int:
    """The most seeds of a choice where seeds are added until the best is decided; else 0."""
    up_to = settings.get("decide")
    return up_to if isinstance(up_to, int) and 0 < up_to <= MOST_SEEDS else 0


def published_results(settings: Settings) -> dict[str, float]:
    """What the source of the recipe measured, by series name; often empty."""
    results = settings.get("published")
    pairs = results.items() if isinstance(results, dict) else ()
    return {name: float(value) for name, value in pairs if isinstance(value, int | float)}
