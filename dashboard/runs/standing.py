"""Compares the groups of seeds of an experiment: who leads, whether it is more than chance, ranks.

Decides which runs are compared, and where: ended runs by their last value; while runs train, at the
last evaluation that enough of them have reached. The statistics are `dashboard.runs.significance`'s,
the words `dashboard.windows.conclusion`'s.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.runs.comparison import BAD, SEED, Group, groups
from dashboard.runs.experiment import Experiment
from dashboard.runs.run_view import RunView
from dashboard.runs.significance import (
    FEWEST,
    LEVEL,
    Differences,
    differences,
    ranks,
)
from dashboard.runs.significance import claims as adjusted

# A claim needs one seed more than an interval: a choice that fails on every third seed looks real
# after two seeds in 9 of 100 cases, for the test trusts two equal failures; after three in 3.
FEWEST_FOR_CLAIM = 3
CUT_SHORT = frozenset({"stopped", "pruned"})  # their end says little beside runs trained through

DIGITS = 6  # of a share, so that evaluations at the same place of two plans meet

REAL, UNDECIDED, CANNOT_TELL, EARLY = "real", "undecided", "cannot tell", "early"


@dataclass(frozen=True)
class Cut:
    """Where the runs are compared.

    share: of each run's own steps, in (0, 1]; 1 is the end, None the newest value of whatever there
    is. step: the same in steps, where all runs have as many. runs of `of` have come that far.
    """

    share: float | None
    step: int | None
    runs: int
    of: int

    @property
    def whole(self) -> bool:
        """Whether every run is compared by its end."""
        return self.share == 1.0 and self.runs == self.of


@dataclass(frozen=True)
class Standing:
    """How the groups stand; `order`: those that are compared, the best first, as places in `groups`.

    held: their differences, in the order of `order`. lost: how many of a group's runs went wrong.
    values: a group's values at the cut, by run name.
    """

    goal: str
    groups: list[Group]
    cut: Cut
    values: list[dict[str, float]]
    order: list[int]
    lost: list[int]
    held: Differences
    matrix: np.ndarray = field(repr=False)

    def mean(self, group: int) -> float:
        """Of a compared group, over its seeds."""
        return float(np.mean([*self.values[group].values()]))

    def places(self) -> dict[int, tuple[int, int]]:
        """The first and last place that each compared group may have, by its place in `groups`."""
        sure = [not self.lost[group] for group in self.order]
        return dict(zip(self.order, ranks(self.held, self.goal, sure), strict=True))

    def ended(self, among: Sequence[int]) -> bool:
        return all(view.ended for i in among for view in self.groups[i].runs)


@dataclass(frozen=True)
class Claim:
    """That one group is the best among some. All groups are places in `Standing.groups`.

    state: "real", "undecided", "cannot tell" (too few seeds for any test) or "early" (runs train).
    tied: the leader and those that it cannot be told from; the runner-up at least.
    n: the fewest seeds with which the leader was compared with one of those.
    """

    leader: int
    runner_up: int | None
    tied: list[int]
    n: int
    p: float
    state: str


def standing(experiment: Experiment, series: str, goal: str) -> Standing:
    """How the groups stand by a series. goal: "max" or "min". Hold the experiment's lock."""
    held = groups(experiment)
    runs = _compared_runs(experiment.runs, series)
    cut = _cut(runs, len(experiment.runs), series)
    names = {view.name for view in runs}
    values = [
        {
            view.name: value
            for view in group.runs
            if view.name in names and (value := _value(view, series, cut.share)) is not None
        }
        for group in held
    ]
    lost = [sum(view.state in BAD for view in group.runs) for group in held]
    sign = -1 if goal == "max" else 1
    known = [i for i, own in enumerate(values) if own and 2 * lost[i] <= len(held[i].runs)]
    order = sorted(known, key=lambda i: sign * float(np.mean([*values[i].values()])))
    matrix = _matrix([held[i] for i in order], [values[i] for i in order])
    return Standing(goal, held, cut, values, order, lost, differences(matrix), matrix)


def claims(state: Standing, families: Sequence[Sequence[int]]) -> list[Claim | None]:
    """Who is the best in each family of groups; None where fewer than one is compared.

    All claims together err in at most 5 of 100 experiments in which nothing differs (Holm 1979).
    """
    places = {group: place for place, group in enumerate(state.order)}
    ordered = [sorted((i for i in family if i in places), key=places.__getitem__)
               for family in families]  # fmt: skip
    ps = adjusted(state.held, [[places[i] for i in own] for own in ordered], state.goal)
    return [
        _claim(state, family, own, places, p) if own else None
        for family, own, p in zip(families, ordered, ps, strict=True)
    ]


def _claim(
    state: Standing, family: Sequence[int], own: list[int], places: dict[int, int], p: float
) -> Claim:
    leader, held = own[0], state.held
    if len(own) == 1:
        kind = UNDECIDED if state.ended(family) else EARLY
        return Claim(leader, None, [leader], len(state.values[leader]), p, kind)
    row = places[leader]

    def apart(other: int) -> bool:
        return bool(held.p[row, places[other]] <= 1 - LEVEL)

    sure = not state.lost[leader]
    tied = [other for other in own[1:] if not (sure and apart(other))] or [own[1]]
    n = min(int(held.n[row, places[other]]) for other in tied)
    fewest = min(int(held.n[row, places[other]]) for other in own[1:])
    if not state.ended(family):
        kind = EARLY
    elif n < FEWEST:
        kind = CANNOT_TELL
    elif sure and fewest >= FEWEST_FOR_CLAIM and p <= 1 - LEVEL:
        kind = REAL
    else:
        kind = UNDECIDED
    return Claim(leader, own[1], [leader, *tied], n, p, kind)


def _compared_runs(runs: Sequence[RunView], series: str) -> list[RunView]:
    """The runs that are well and have a value; stopped ones only where there are no others."""
    well = [view for view in runs if view.state not in BAD and _has_value(view, series)]
    through = [view for view in well if view.state not in CUT_SHORT]
    return through or well


def _cut(runs: Sequence[RunView], of: int, series: str) -> Cut:
    """The last evaluation that at least half of the runs, and two of them, have reached."""
    if all(view.state == "done" for view in runs):
        return Cut(1.0, None, len(runs), of)
    if not all(view.total_steps for view in runs):
        return Cut(None, None, len(runs), of)
    shares, counts = np.unique(
        np.concatenate([_shares(view, series) for view in runs]), return_counts=True
    )
    enough = max(min(2, len(runs)), math.ceil(len(runs) / 2))
    reached = np.nonzero(counts >= enough)[0]
    if not len(reached):
        return Cut(None, None, len(runs), of)
    share = float(shares[reached[-1]])
    totals = {view.total_steps for view in runs}
    step = round(share * totals.pop()) if len(totals) == 1 else None
    return Cut(share, step, int(counts[reached[-1]]), of)


def _shares(view: RunView, series: str) -> np.ndarray:
    """How far the run was at each of its evaluations, as shares of its steps."""
    steps, _ = view.lines[series].means()
    shares = np.round(steps / view.total_steps, DIGITS)
    return np.unique([*shares, 1.0] if view.state == "done" else shares)


def _has_value(view: RunView, series: str) -> bool:
    line = view.lines.get(series)
    return line is not None and line.last_finite() is not None


def _value(view: RunView, series: str, share: float | None) -> float | None:
    """The run's value at the cut; None where it has not come that far, or it is no number."""
    if share is None or (share == 1.0 and view.state == "done"):
        value = view.latest(series)
        return value if value is not None and math.isfinite(value) else None
    if not view.total_steps:
        return None
    steps, values = view.lines[series].means()
    (there,) = np.nonzero(np.round(steps / view.total_steps, DIGITS) == share)
    return float(values[there[-1]]) if len(there) else None


def _matrix(held: Sequence[Group], values: Sequence[dict[str, float]]) -> np.ndarray:
    """A row a group, a column a seed; runs that no seed tells apart have columns of their own."""
    columns: dict[Hashable, int] = {}
    entries = []
    for row, (group, own) in enumerate(zip(held, values, strict=True)):
        seeds = Counter(repr(view.config.get(SEED)) for view in group.runs)
        for view in group.runs:
            if view.name not in own:
                continue
            seed = repr(view.config.get(SEED))
            single = SEED in view.config and seeds[seed] == 1
            key: Hashable = seed if single else (row, view.name)
            entries.append((row, columns.setdefault(key, len(columns)), own[view.name]))
    matrix = np.full((len(held), len(columns)), np.nan)
    for row, column, value in entries:
        matrix[row, column] = value
    return matrix
