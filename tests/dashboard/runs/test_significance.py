"""What counts as more than chance: against SciPy's own tests, and on draws in which nothing is."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy  # its stats come when they are asked: loading them takes 0.7 s

from dashboard.runs.looks import FEWEST_FOR_CLAIM
from dashboard.runs.significance import (
    claims,
    differences,
    holm,
    quantiles,
    ranks,
    resolution,
)

NAN = math.nan
# The issue's own: with its spread it reads as noise, though the best is ahead on every seed.
KAIMING = [0.8512, 0.8462, 0.8541, 0.8609, 0.8506]
XAVIER = [0.8450, 0.8412, 0.8480, 0.8545, 0.8448]


def test_seeds_that_both_groups_have_are_compared_in_pairs() -> None:
    held = differences(np.array([KAIMING, XAVIER]))
    own = scipy.stats.ttest_rel(KAIMING, XAVIER)
    low, high = own.confidence_interval(0.95)
    assert held.is_paired[0, 1]
    assert held.n[0, 1] == held.higher[0, 1] == held.lower[1, 0] == 5
    assert held.p[0, 1] == pytest.approx(own.pvalue)
    assert (held.low[0, 1], held.high[0, 1]) == pytest.approx((low, high))
    assert held.low[1, 0] == pytest.approx(-high)


def test_a_seed_that_only_one_group_has_is_left_out() -> None:
    held = differences(np.array([[*KAIMING, 0.99, NAN], [*XAVIER, NAN, 0.01]]))
    alone = differences(np.array([KAIMING, XAVIER]))
    assert held.mean[0, 1] == pytest.approx(alone.mean[0, 1])
    assert held.p[0, 1] == pytest.approx(alone.p[0, 1], rel=1e-6)


def test_groups_that_share_no_seeds_are_compared_without_pairs() -> None:
    none = [NAN] * 5
    held = differences(np.array([[*KAIMING, *none], [*none, *XAVIER[:4], NAN]]))
    own = scipy.stats.ttest_ind(KAIMING, XAVIER[:4], equal_var=False)
    low, high = own.confidence_interval(0.95)
    assert not held.is_paired[0, 1]
    assert held.n[0, 1] == 4
    assert held.p[0, 1] == pytest.approx(own.pvalue)
    assert (held.low[0, 1], held.high[0, 1]) == pytest.approx((low, high))


@pytest.mark.parametrize(
    "values",
    [[[0.9], [0.8]], [[0.9, 0.8], [0.7, NAN]], [[NAN, NAN], [0.1, 0.2]], [[0.9, 0.8]]],
    ids=["one seed each", "one seed in common", "no result", "one group"],
)
def test_with_fewer_than_two_seeds_it_cannot_be_told(values: list[list[float]]) -> None:
    held = differences(np.array(values))
    assert np.isnan(held.p[0, -1]) or held.mean[0, -1] == 0
    if len(values) > 1:
        assert math.isnan(held.low[0, 1])
        assert math.isnan(claims(held, [[0, 1]], "max")[0])


def test_results_that_are_all_the_same_do_not_differ() -> None:
    held = differences(np.full((2, 4), 0.1135))
    assert held.mean[0, 1] == 0
    assert held.p[0, 1] == 1
    assert (held.higher[0, 1], held.lower[0, 1]) == (0, 0)


def test_two_seeds_with_the_very_same_difference_prove_nothing() -> None:
    """On a test set of few images equal differences are common, and a spread of 0 is chance."""
    held = differences(np.array([[0.915, 0.905], [0.910, 0.900]]))
    assert held.p[0, 1] > 0.05
    assert np.isfinite([held.low[0, 1], held.high[0, 1]]).all()


def test_the_resolution_is_the_smallest_step_that_is_no_rounding() -> None:
    assert resolution(np.array([[0.1 + 0.2, 0.3], [0.35, NAN]])) == pytest.approx(0.05)
    assert resolution(np.array([[0.5, 0.5]])) == 0


def test_holms_adjustment_is_the_one_of_his_paper() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


def test_the_best_must_be_ahead_of_each_other_one() -> None:
    values = np.array([KAIMING, XAVIER, [v + 0.003 for v in KAIMING[::-1]]])
    held = differences(values)
    assert claims(held, [[0, 1]], "max")[0] < 0.001
    assert claims(held, [[2, 0, 1]], "max")[0] > 0.05
    assert claims(held, [[0, 1]], "min")[0] == 1.0
    assert claims(held, [[1, 0]], "min")[0] < 0.001


def test_ranks_are_shared_where_the_interval_includes_0() -> None:
    tied = [v - 0.001 * (-1) ** i for i, v in enumerate(KAIMING)]
    held = differences(np.array([KAIMING, tied, XAVIER]))
    assert ranks(held, "max") == [(1, 2), (1, 2), (3, 3)]
    assert ranks(held, "min") == [(2, 3), (2, 3), (1, 1)]


def test_nobody_ranks_below_a_group_that_is_not_sure() -> None:
    held = differences(np.array([KAIMING, XAVIER]))
    assert ranks(held, "max", [False, True]) == [(1, 2), (1, 2)]


def test_the_quantiles_are_those_of_the_table() -> None:
    assert quantiles(4) == pytest.approx([12.706, 4.303, 3.182, 2.776], abs=1e-3)


Draw = Callable[[np.random.Generator, int, int], np.ndarray]


def _plain(rng: np.random.Generator, k: int, n: int) -> np.ndarray:
    """Equal groups whose seeds have something in common."""
    return rng.normal(0, 1, (k, n)) + rng.normal(0, 3, n)


def _few_images(rng: np.random.Generator, k: int, n: int) -> np.ndarray:
    """Accuracies on 200 test images."""
    drawn: np.ndarray = np.round(180 + rng.uniform(0, 1) + rng.normal(0, 0.8, (k, n))) / 200
    return drawn


def _some_collapse(rng: np.random.Generator, k: int, n: int) -> np.ndarray:
    """Three runs of ten do not learn, whatever their settings."""
    drawn: np.ndarray = np.where(rng.random((k, n)) < 0.3, 0.1, 0.9)
    return drawn + rng.normal(0, 0.01, (k, n))


def _unpaired(rng: np.random.Generator, k: int, n: int) -> np.ndarray:
    """No seed is shared, and the groups spread differently."""
    drawn = np.full((k, k * n), NAN)
    for i in range(k):
        drawn[i, i * n : (i + 1) * n] = rng.normal(0, 1 + i % 3, n)
    return drawn


@pytest.mark.parametrize("draw", [_plain, _few_images, _some_collapse, _unpaired])
@pytest.mark.parametrize("k", [2, 4, 12])
def test_where_nothing_differs_real_is_said_in_at_most_5_of_100_cases(draw: Draw, k: int) -> None:
    """The claims of a page: the best of all, and the best of each row of a grid with two rows."""
    draws = 120
    rows = [list(range(k // 2)), list(range(k // 2, k))] if k > 2 else []
    said = {}
    for n in (2, 3, 5, 10):
        rng = np.random.default_rng(1000 * k + n)
        said[n] = sum(_claims_any(draw(rng, k, n), [list(range(k)), *rows]) for _ in range(draws))
    assert said[2] == 0  # two seeds are an interval, and no claim
    assert sum(said.values()) <= 0.05 * 3 * draws + 2 * math.sqrt(3 * draws * 0.05 * 0.95)


def _claims_any(values: np.ndarray, families: list[list[int]]) -> bool:
    held = differences(values)
    means = np.nanmean(values, 1)
    led = [sorted(family, key=lambda i: -means[i]) for family in families]
    return any(
        p <= 0.05 and held.n[family[0], family[1:]].min() >= FEWEST_FOR_CLAIM
        for p, family in zip(claims(held, led, "max"), led, strict=True)
    )


def test_a_difference_that_is_there_is_found() -> None:
    rng = np.random.default_rng(7)
    found = 0
    for _ in range(100):
        values = _plain(rng, 4, 5)
        values[2] += 5.0
        held = differences(values)
        found += claims(held, [[2, 0, 1, 3]], "max")[0] <= 0.05
    assert found >= 90
