"""Says which differences between groups of seeds are more than chance: intervals and p-values.

Groups are compared pairwise by seed, for runs with one seed see the same batches: a paired t-test
("Student", 1908); groups that share too few seeds by Welch's (1947), which needs no pairs. Numbers
in, numbers out: of runs it knows nothing, and what is compared with what is decided by
`dashboard.runs.standing`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.runs.looks import level

LEVEL = 0.95  # of an interval
FEWEST = 2  # seeds, for an interval
# Values closer than this, relative to the largest, are the same value but for how it was computed.
SAME = 1e-7
LARGEST = 1e150  # of a larger number no float holds the square: who calls leaves it out


@dataclass(frozen=True)
class Differences:
    """Each group minus each other: arrays of shape (k, k), [i, j] is group i minus group j.

    mean, low, high: the difference and its interval, in the metric's own unit; p: of a two-sided
    test that there is none. NaN where it cannot be told. is_paired: whether seed was compared
    with seed; n: how many pairs that were, or the seeds of the group that has fewer; higher, lower:
    on how many of the pairs group i has the higher and the lower value.

    Where it is looked several times (`dashboard.runs.looks`), p and interval allow for all looks.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    is_paired: np.ndarray
    n: np.ndarray
    higher: np.ndarray
    lower: np.ndarray
    floor: float


def differences(values: np.ndarray, up_to: int = 0) -> Differences:
    """Compare all groups; values: shape (k, s), a row a group, a column a seed, NaN where none is.

    A seed that cannot be paired has a column of its own. No value is larger than LARGEST.
    up_to: the most seeds, where it is looked again and again while seeds are added; 0: looked once.
    """
    there = np.isfinite(values)
    counts = there.sum(1)
    floor = resolution(values) ** 2 / 12  # variance that rounding alone brings into a value
    pairs = _pairs(values[:, there.sum(0) > 1])
    fewer = np.minimum.outer(counts, counts)
    is_paired = (2 * pairs.n >= fewer) & (pairs.n >= np.minimum(fewer, FEWEST)) & (pairs.n > 0)
    mean, variance = _moments(values, there, counts)
    error, free = _welch(np.maximum(variance, floor), counts)
    error = np.where(is_paired, _paired_error(pairs, 2 * floor), error)
    free = np.where(is_paired, pairs.n - 1.0, free)
    delta = np.where(is_paired, pairs.mean, np.subtract.outer(mean, mean))
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(delta == 0, 0.0, delta / error)
    half, p = _student(t, free, error, level(up_to, 1 - LEVEL))
    n = np.where(is_paired, pairs.n, fewer)
    return Differences(
        delta, delta - half, delta + half, p, is_paired, n, pairs.higher, pairs.lower, 2 * floor
    )


def resolution(values: np.ndarray) -> float:
    """The smallest step between two values that differ: an accuracy moves in whole images.

    Differences that are equal to the last digit are no proof that they always will be: without this
    floor, two seeds on a test set of 200 images would "prove" a difference 12 times in 100.
    """
    finite = np.sort(values[np.isfinite(values)])
    gaps = np.diff(finite)
    gaps = gaps[gaps > SAME * np.abs(finite).max(initial=0.0)]
    return float(gaps.min(initial=np.inf)) if len(gaps) else 0.0


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values of several claims, adjusted: below 0.05 all of them err in 5 of 100 cases.

    Holm (1979), "A simple sequentially rejective multiple test procedure".
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted_ps = [1.0] * len(p_values)
    largest = 0.0
    for place, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[i]))
        adjusted_ps[i] = largest
    return adjusted_ps


def claims(gaps: Differences, families: Sequence[Sequence[int]], goal: str) -> list[float]:
    """The p-values of "the first of the family is better than each other", adjusted by `holm`.

    Each family has its leader first; NaN where it cannot be told.
    """
    ps = [_claim(gaps, family[0], family[1:], goal) if len(family) > 1 else math.nan
          for family in families]  # fmt: skip
    valid = [i for i, p in enumerate(ps) if not math.isnan(p)]
    adjusted_ps = dict(zip(valid, holm([ps[i] for i in valid]), strict=True))
    return [adjusted_ps.get(i, math.nan) for i in range(len(ps))]


def _claim(gaps: Differences, leader: int, others: Sequence[int], goal: str) -> float:
    """The largest of the p-values against each of the others: each of them must be small.

    That the leader was chosen as the best of many needs no further correction (Gutmann and Maymin
    1987, "Is the selected population the best?"; Hung and Fithian 2019, "Rank verification for
    exponential families"): two groups are the worst case.
    """
    sign = 1 if goal == "max" else -1
    p, ahead = gaps.p[leader, others], sign * gaps.mean[leader, others] > 0
    return float(np.where(np.isnan(p) | ahead, p, 1.0).max())


def ranks(
    gaps: Differences, goal: str, sure: Sequence[bool] | None = None
) -> list[tuple[int, int]]:
    """The places, from 1, that each group may have: those whose interval includes 0 share them.

    Pair by pair, each by its own interval (Klein, Wright and Wieczorek 2020 rank in this way).
    sure: whether a group may be said to be better than another at all.
    """
    sign = 1 if goal == "max" else -1
    with np.errstate(invalid="ignore"):
        better = (gaps.p <= 1 - LEVEL) & (sign * gaps.mean > 0)
    if sure is not None:
        better &= np.asarray(sure, dtype=bool)[:, None]
    k = len(better)
    return [(1 + int(better[:, i].sum()), k - int(better[i].sum())) for i in range(k)]


def quantiles(most: int) -> list[float]:
    """Student's t that 97.5 of 100 draws stay below, for 1, 2, … `most` degrees of freedom."""
    from scipy.special import stdtrit  # 0.2 s: only where there are seeds to compare

    values: list[float] = stdtrit(np.arange(1.0, most + 1), (1 + LEVEL) / 2).tolist()
    return values


@dataclass(frozen=True)
class _Pairs:
    """Of the seeds that two groups share: mean and squared deviations of the differences."""

    mean: np.ndarray
    squares: np.ndarray
    n: np.ndarray
    higher: np.ndarray
    lower: np.ndarray


def _pairs(values: np.ndarray) -> _Pairs:
    gaps = values[:, None, :] - values[None, :, :]
    there = np.isfinite(gaps)
    n = there.sum(2)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, gaps, 0.0).sum(2) / n
        squares = (np.where(there, gaps - mean[:, :, None], 0.0) ** 2).sum(2)
        size = SAME * np.nanmax(np.abs(values), initial=0.0)
        return _Pairs(mean, squares, n, (gaps > size).sum(2), (gaps < -size).sum(2))


def _paired_error(pairs: _Pairs, floor: float) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.maximum(pairs.squares / (pairs.n - 1), floor)
        error: np.ndarray = np.sqrt(variance / pairs.n)
    return error


def _moments(
    values: np.ndarray, there: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the sample variance of each row."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, values, 0.0).sum(1) / counts
        squares = (np.where(there, values - mean[:, None], 0.0) ** 2).sum(1)
        return mean, np.where(counts >= FEWEST, squares / (counts - 1), np.nan)


def _welch(variance: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(standard error, degrees of freedom) of the difference of two means, without pairs."""
    with np.errstate(invalid="ignore", divide="ignore"):
        part = variance / counts
        weight = part**2 / (counts - 1)
        both = np.add.outer(part, part)
        return np.sqrt(both), both**2 / np.add.outer(weight, weight)


def _student(
    t: np.ndarray, free: np.ndarray, error: np.ndarray, look_error: float
) -> tuple[np.ndarray, np.ndarray]:
    """(half of the interval, two-sided p); NaN where there are too few seeds.

    look_error: of one look; p is as much larger as that is smaller than that of all looks.
    """
    half, p = np.full_like(t, np.nan), np.full_like(t, np.nan)
    testable = np.isfinite(error) & (free > 0)
    if testable.any():
        from scipy.special import stdtr, stdtrit  # 0.2 s: only where there are seeds to compare

        half[testable] = stdtrit(free[testable], 1 - look_error / 2) * error[testable]
        once = 2 * stdtr(free[testable], -np.abs(t[testable]))
        p[testable] = np.minimum(1.0, once * (1 - LEVEL) / look_error)
    return half, p
