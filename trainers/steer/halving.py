"""Decides who goes on in a contest by asynchronous successive halving (ASHA).

Li, Jamieson, Rostamizadeh, Gonina, Hardt, Recht & Talwalkar 2018, A system for massively parallel
hyperparameter tuning, arXiv 1810.05934: whoever is among the best 1/ETA of those that have come to
a rung so far goes on to the next, so that nobody waits for a rung to fill. Numbers in, names out:
of runs, records and pools nothing is known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ETA = 4
"""Of so many that come to a rung one goes on; the paper's choice."""


@dataclass(frozen=True)
class Contestant:
    """values: its result at each rung that it has come to, in order; more is better.

    failures: how many of its runs went wrong; fewer is better before all else. alive: it may come
    to further rungs. waits: it has paused at its last rung and trains on only when it goes on.
    """

    name: str
    values: tuple[float, ...] = ()
    failures: int = 0
    alive: bool = True
    waits: bool = False


@dataclass(frozen=True)
class Place:
    """Where a contestant stands at a rung: `place`, from 1, among `of`; `most` can go on."""

    name: str
    rung: int
    place: int
    of: int
    most: int


def rungs(epochs: int, eta: int = ETA) -> tuple[int, ...]:
    """The epochs after which is looked who goes on: 1, eta, eta², …, the last of them at half.

    Whoever has come that far and is given up later saves little.
    """
    half, levels = max(1, epochs // 2), [1]
    while levels[-1] < half:
        levels.append(min(levels[-1] * eta, half))
    return tuple(levels) if epochs > 1 else ()


def going_on(contestants: Sequence[Contestant], rungs: int, eta: int = ETA) -> list[Place]:
    """Those that wait and may go on, of the highest rung first, the best first."""
    there = [_at(contestants, rung, eta) for rung in range(rungs)]
    return [
        _place(ranking, place, rung, most)
        for rung, (ranking, most, complete) in reversed([*enumerate(there)])
        for place in range(min(len(ranking), most if complete else len(ranking) // eta))
        if ranking[place].waits and len(ranking[place].values) == rung + 1
    ]


def out(contestants: Sequence[Contestant], rungs: int, eta: int = ETA) -> list[Place]:
    """Those that will not be among the best of their last rung, whatever the others come to."""
    there = [_at(contestants, rung, eta) for rung in range(rungs)]
    return [
        _place(ranking, place, rung, most)
        for rung, (ranking, most, _) in enumerate(there)
        for place in range(most, len(ranking))
        if ranking[place].alive and len(ranking[place].values) == rung + 1
    ]


def _at(
    contestants: Sequence[Contestant], rung: int, eta: int
) -> tuple[list[Contestant], int, bool]:
    """Those that have come to a rung, the best first, how many can go on, and whether all have."""
    here = [each for each in contestants if len(each.values) > rung]
    to_come = sum(each.alive and len(each.values) <= rung for each in contestants)
    ranking = sorted(here, key=lambda each: (each.failures, -each.values[rung]))
    return ranking, max(1, (len(here) + to_come) // eta), to_come == 0


def _place(ranking: Sequence[Contestant], place: int, rung: int, most: int) -> Place:
    return Place(ranking[place].name, rung, place + 1, len(ranking), most)
