"""Decides of which groups it is asked who is the best: of all, and of each row of the grid.

All that is claimed of an experiment is claimed together, so that all of it errs as seldom as one
claim may (`dashboard.runs.standing`). Words nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dashboard.runs.comparison import SEED, grid_settings
from dashboard.runs.experiment import Experiment
from dashboard.runs.once import once_known
from dashboard.runs.standing import Claim, Standing, claims, standing

MOST_FAMILIES = 8  # values of the grid's rows that get a claim of their own


class Row(NamedTuple):
    """A row of the grid: its setting and value, and its groups as places in `Standing.groups`."""

    key: str
    value: Any
    members: list[int]


def rows(experiment: Experiment, state: Standing) -> list[Row]:
    """The groups of each value of the grid's rows, where a row has a choice within it."""
    keys = [key for key in grid_settings(experiment) if key != SEED]
    if len(keys) < 2:
        return []
    by_value: dict[str, Row] = {}
    for i, group in enumerate(state.groups):
        value = group.first.config.get(keys[0])
        by_value.setdefault(repr(value), Row(keys[0], value, [])).members.append(i)
    choices = [row for row in by_value.values() if len(row.members) > 1]
    return choices if 1 < len(choices) <= MOST_FAMILIES else []


class Claimed(NamedTuple):
    """Who is the best of all groups, and of those of each row; None where none has a result."""

    overall: Claim | None
    within: list[tuple[Row, Claim | None]]


@once_known
def claimed(experiment: Experiment) -> Claimed:
    """All that is claimed of an experiment, by its standing. Hold its lock."""
    state = standing(experiment)
    choices = rows(experiment, state)
    everybody = list(range(len(state.groups)))
    overall, *within = claims(state, [everybody, *(row.members for row in choices)])
    return Claimed(overall, list(zip(choices, within, strict=True)))
