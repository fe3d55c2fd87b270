"""Says which setting matters: the share of the results' variance that each setting accounts for.

A functional ANOVA, as Hutter, Hoos and Leyton-Brown (2014, "An efficient approach for assessing
hyperparameter importance") use it: the results over the grid of all choices are taken apart into
main effects of single settings, interactions of pairs, and a rest (Sobol 1993). Where they fit a
random forest, this fits the effects themselves by least squares, main effects first, so that a grid
with holes is completed by what its settings do on their own. What differs between seeds is noise:
its share stands apart, and what noise alone would give an effect is taken off it (Hays' omega
squared). Numbers in, numbers out; draws nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

MOST_VALUES = 6  # numbers with more of them count by which quarter of the results they fall into
BINS = 4
MOST_COLUMNS = 400  # of the pairs' effects; beyond that main effects alone
Keys = tuple[str, ...]


@dataclass(frozen=True)
class Share:
    """keys: one setting, or two for their interaction. share: of the variance, in [0, 1]."""

    keys: Keys
    share: float


@dataclass(frozen=True)
class Importance:
    """shares: the largest first. seeds: what differs between seeds of the same settings, None where
    there is one seed each; rest: what is left for interactions of three and more. They sum to 1.
    """

    shares: list[Share]
    seeds: float | None
    rest: float


def importance(
    configs: Sequence[Mapping[str, Any]], results: Sequence[Sequence[float]], keys: Sequence[str]
) -> Importance | None:
    """configs: each group's settings; results: its seeds' values; keys: the settings that vary.

    None where there is nothing to say: too few groups for the settings' own effects, or results
    that are all the same.
    """
    mains: dict[Keys, np.ndarray] = {
        (key,): _contrasts(_levels([config.get(key) for config in configs])) for key in keys
    }
    if len(configs) <= sum(columns.shape[1] for columns in mains.values()):
        return None
    values = np.concatenate([np.asarray(own, dtype=float) for own in results])
    total = float(np.var(values))
    if total <= 1e-18 * float(np.max(np.abs(values))) ** 2:
        return None
    means = np.array([float(np.mean(own)) for own in results])
    weights = np.sqrt([len(own) for own in results])
    effects, residuals = _fit(mains, means, weights)
    pairs: dict[Keys, np.ndarray] = {
        one + other: _products(mains[one], mains[other]) for one, other in combinations(mains, 2)
    }
    if 0 < sum(columns.shape[1] for columns in pairs.values()) <= MOST_COLUMNS:
        effects |= _fit(pairs, residuals, weights)[0]
    free = len(values) - len(configs)
    noise = sum(len(own) * float(np.var(own)) for own in results) / free if free else None
    # What noise alone gives an effect: its variance, spread over all runs, for each free number.
    chance = (noise or 0.0) / len(values)
    free_of = {name: columns.shape[1] for name, columns in {**mains, **pairs}.items()}
    sizes = {name: max(0.0, size - free_of[name] * chance) for name, size in effects.items()}
    return _shared_out(sizes, noise, total)


def _shared_out(sizes: Mapping[Keys, float], noise: float | None, total: float) -> Importance:
    part = sum(sizes.values()) + (noise or 0.0)
    whole = max(total, part)
    shares = [Share(keys, size / whole) for keys, size in sizes.items()]
    shares.sort(key=lambda share: -share.share)
    return Importance(shares, None if noise is None else noise / whole, 1 - part / whole)


def _levels(values: Sequence[Any]) -> np.ndarray:
    """Each group's level of a setting, from 0; many numbers are joined into quarters."""
    distinct = list({repr(value): value for value in values}.values())
    if len(distinct) > MOST_VALUES and all(_is_number(value) for value in distinct):
        numbers = np.array(values, dtype=float)
        edges = np.quantile(numbers, np.arange(1, BINS) / BINS)
        bins = np.searchsorted(edges, numbers, side="left")
        levels: np.ndarray = np.unique(bins, return_inverse=True)[1].ravel()
        return levels
    place = {repr(value): i for i, value in enumerate(distinct)}
    return np.array([place[repr(value)] for value in values])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _contrasts(levels: np.ndarray) -> np.ndarray:
    """A row a group, one column less than there are levels: orthonormal over an even choice of
    levels, so that the squares of their coefficients sum to the variance of the effect."""
    n = int(levels.max()) + 1
    orthonormal = np.linalg.qr(np.column_stack([np.ones(n), np.eye(n)[:, 1:]]))[0][:, 1:]
    columns: np.ndarray = math.sqrt(n) * orthonormal[levels]
    return columns


def _products(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one[:, :, None] * other[:, None, :]).reshape(len(one), -1)


def _fit(
    effects: Mapping[Keys, np.ndarray], values: np.ndarray, weights: np.ndarray
) -> tuple[dict[Keys, float], np.ndarray]:
    """The variance of each effect in the least-squares fit, and what the fit leaves."""
    design = np.column_stack([np.ones(len(values)), *effects.values()])
    solution = np.linalg.lstsq(design * weights[:, None], values * weights, rcond=1e-9)[0]
    sizes, start = {}, 1
    for name, columns in effects.items():
        sizes[name] = float(np.sum(solution[start : start + columns.shape[1]] ** 2))
        start += columns.shape[1]
    return sizes, values - design @ solution
