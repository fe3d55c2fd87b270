"""Spends the error of 5 % over several looks: who looks again and again is fooled more often.

With `--decide` seeds are added until the best is decided, and each time there are more it is looked
whether it is. Each look gets an equal share of the error, so that all together err in at most 5 of
100 experiments in which nothing differs, however they depend on each other (Bonferroni's bound; on
spending an error over looks Lan & DeMets 1983, Discrete sequential boundaries for clinical trials).
Numbers in, numbers out.
"""

from __future__ import annotations

# A claim needs one seed more than an interval: a choice that fails on every third seed looks real
# after two seeds in 9 of 100 cases, for the test trusts two equal failures; after three in 3.
FEWEST_FOR_CLAIM = 3
GROWTH = 1.6  # few looks cost little of the error: 3, 5, 8, 13, 21, … seeds


def looks(up_to: int) -> tuple[int, ...]:
    """The numbers of seeds at which is looked, FEWEST_FOR_CLAIM at first and `up_to` at last."""
    if up_to < FEWEST_FOR_CLAIM:
        return ()
    numbers = [FEWEST_FOR_CLAIM]
    while (larger := round(numbers[-1] * GROWTH)) < up_to:
        numbers.append(larger)
    return tuple(dict.fromkeys([*numbers, up_to]))


def level(up_to: int, error: float) -> float:
    """The error that each look may make, of `error` in all; one look has all of it."""
    return error / max(1, len(looks(up_to)))
