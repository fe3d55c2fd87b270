"""Compares the groups of seeds of an experiment: who leads, whether it is more than chance, ranks.

Which runs are compared, and at which step, is `dashboard.runs.cut`'s; the statistics are
`dashboard.runs.significance`'s, the words `dashboard.windows.conclusion`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from dashboard.record.states import WRONG
from dashboard.runs.comparison import SEED, Group, groups
from dashboard.runs.cut import Cut, compared_runs, cut_of, result_at
from dashboard.runs.experiment import Experiment
from dashboard.runs.looks import FEWEST_FOR_CLAIM
from dashboard.runs.once import once_known
from dashboard.runs.run_view import STATE, topic_of
from dashboard.runs.significance import (
    FEWEST,
    LARGEST,
    LEVEL,
    Differences,
    differences,
    ranks,
)
from dashboard.runs.significance import claims as adjusted

REAL, UNDECIDED, CANNOT_TELL, EARLY = "real", "undecided", "cannot tell", "early"


@dataclass(frozen=True)
class Standing:
    """How the groups stand.

    order: those that are compared, the best first, as places in `groups`. gaps: their differences,
    in the order of `order`. values: a group's results at the cut, by run name. wrong_counts: how
    many of its runs went wrong.
    """

    goal: str
    groups: list[Group]
    cut: Cut
    values: list[dict[str, float]]
    order: list[int]
    wrong_counts: list[int]
    gaps: Differences

    def mean(self, group: int) -> float:
        """Of a compared group, over its seeds."""
        return float(np.mean([*self.values[group].values()]))

    def places(self) -> dict[int, tuple[int, int]]:
        """The first and last place that each compared group may have, by its place in `groups`."""
        sure = [not self.wrong_counts[group] for group in self.order]
        return dict(zip(self.order, ranks(self.gaps, self.goal, sure), strict=True))

    def settled(self, among: Sequence[int]) -> bool:
        """Whether no run of these groups trains any more, and they are compared by their ends."""

        def ended(places: Iterable[int]) -> bool:
            return all(view.ended for i in places for view in self.groups[i].runs)

        return ended(among) and (self.cut.share == 1.0 or ended(range(len(self.groups))))


@dataclass(frozen=True)
class Claim:
    """That one group is the best among some. All groups are places in `Standing.groups`.

    state: "real", "undecided", "cannot tell" (too few seeds for any test) or "early" (runs train).
    ties: the leader and those that it cannot be told from; the runner-up at least.
    n: the fewest seeds with which the leader was compared with one of those.
    """

    leader: int
    runner_up: int | None
    ties: list[int]
    n: int
    p: float
    state: str


_standings: WeakKeyDictionary[Experiment, tuple[object, Standing]] = WeakKeyDictionary()
"""What was found last of each experiment, and for what: most news changes nothing of it."""


@once_known
def standing(experiment: Experiment) -> Standing:
    """How the groups stand by the experiment's metric. Hold the experiment's lock."""
    metric, topic = experiment.metric, topic_of(experiment.metric.name)
    stamps = [(view.id, view.stamps[STATE], view.stamps[topic]) for view in experiment.runs]
    if _standings.get(experiment, (None, None))[0] != (metric, stamps):
        _standings[experiment] = (metric, stamps), _find_standing(experiment)
    return _standings[experiment][1]


def _find_standing(experiment: Experiment) -> Standing:
    all_groups, series = groups(experiment), experiment.metric.name
    runs = compared_runs(experiment.runs, series)
    cut = cut_of(runs, len(experiment.runs), series)
    names = {view.name for view in runs}
    values = [
        {
            view.name: own
            for view in group.runs
            if view.name in names
            and (own := result_at(view, series, cut.share)) is not None
            and abs(own) < LARGEST
        }
        for group in all_groups
    ]
    return stand(experiment.metric.goal, all_groups, cut, values, experiment.decide_up_to)


def stand(
    goal: str, groups: list[Group], cut: Cut, values: list[dict[str, float]], up_to: int = 0
) -> Standing:
    """How groups stand that have these results, by run name; up_to: see `differences`."""
    wrong_counts = [sum(view.state in WRONG for view in group.runs) for group in groups]
    sign = -1 if goal == "max" else 1
    candidates = [
        i for i, own in enumerate(values) if own and 2 * wrong_counts[i] <= len(groups[i].runs)
    ]
    order = sorted(candidates, key=lambda i: sign * float(np.mean([*values[i].values()])))
    matrix = _matrix([groups[i] for i in order], [values[i] for i in order])
    return Standing(goal, groups, cut, values, order, wrong_counts, differences(matrix, up_to))


def claims(state: Standing, families: Sequence[Sequence[int]]) -> list[Claim | None]:
    """Who is the best in each family of groups; None where fewer than one is compared.

    All claims together err in at most 5 of 100 experiments in which nothing differs (Holm 1979).
    """
    places = {group: place for place, group in enumerate(state.order)}
    orders = [sorted((i for i in family if i in places), key=places.__getitem__)
               for family in families]  # fmt: skip
    ps = adjusted(state.gaps, [[places[i] for i in own] for own in orders], state.goal)
    return [
        _claim(state, family, own, places, p) if own else None
        for family, own, p in zip(families, orders, ps, strict=True)
    ]


@dataclass(frozen=True)
class Versus:
    """A group beside the best one: its places from `first` to `last`, and its difference from it
    with the 95 % interval, NaN where none can be told.

    better: on how many of `pairs` seeds it is the better one; None where seeds are not paired.
    """

    first: int
    last: int
    n: int
    delta: float
    low: float
    high: float
    p: float
    better: int | None
    pairs: int


def versus_best(state: Standing) -> dict[int, Versus]:
    """Each compared group beside the best, by its place in `Standing.groups`."""
    gaps, places = state.gaps, state.places()
    better = gaps.higher if state.goal == "max" else gaps.lower
    return {
        group: Versus(
            *places[group], len(state.values[group]),
            float(gaps.mean[row, 0]), float(gaps.low[row, 0]), float(gaps.high[row, 0]),
            float(gaps.p[row, 0]), int(better[row, 0]) if gaps.is_paired[row, 0] else None,
            int(gaps.n[row, 0]),
        )
        for row, group in enumerate(state.order)
    }  # fmt: skip


def _claim(
    state: Standing, family: Sequence[int], own: list[int], places: dict[int, int], p: float
) -> Claim:
    leader, gaps = own[0], state.gaps
    if len(own) == 1:
        kind = UNDECIDED if state.settled(family) else EARLY
        return Claim(leader, None, [leader], len(state.values[leader]), p, kind)
    row = places[leader]

    def p_of(other: int) -> float:
        return float(gaps.p[row, places[other]])

    def seeds(other: int) -> int:
        """A seed on which the other one went wrong speaks for the leader too."""
        return int(gaps.n[row, places[other]]) + state.wrong_counts[other]

    sure = not state.wrong_counts[leader]
    enough = {other for other in own[1:] if seeds(other) >= FEWEST_FOR_CLAIM}
    ties = [o for o in own[1:] if not (sure and p_of(o) <= 1 - LEVEL and o in enough)]
    ranges = state.places()
    ties = [o for o in ties if ranges[o][0] <= ranges[leader][1]] or ties  # as a table has them
    ties = ties or [max(own[1:], key=p_of)]
    n = min(int(gaps.n[row, places[other]]) for other in ties)
    if not state.settled(family):
        kind = EARLY
    elif n < FEWEST:
        kind = CANNOT_TELL
    elif sure and len(enough) == len(own) - 1 and p <= 1 - LEVEL:
        kind = REAL
    else:
        kind = UNDECIDED
    return Claim(leader, own[1], [leader, *ties], n, p, kind)


def _matrix(groups: Sequence[Group], values: Sequence[dict[str, float]]) -> np.ndarray:
    """A row a group, a column a seed; runs that no seed tells apart have columns of their own."""
    columns: dict[Hashable, int] = {}
    entries = []
    for row, (group, own) in enumerate(zip(groups, values, strict=True)):
        seeds = Counter(repr(view.config.get(SEED)) for view in group.runs)
        for view in group.runs:
            if view.name not in own:
                continue
            seed = repr(view.config.get(SEED))
            single = SEED in view.config and seeds[seed] == 1
            key: Hashable = seed if single else (row, view.name)
            entries.append((row, columns.setdefault(key, len(columns)), own[view.name]))
    matrix = np.full((len(groups), len(columns)), np.nan)
    for row, column, value in entries:
        matrix[row, column] = value
    return matrix
