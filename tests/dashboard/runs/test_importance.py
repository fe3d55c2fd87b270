"""Which setting matters, on grids whose variance is known by construction."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from dashboard.runs.importance import Importance, importance

ROWS, COLUMNS = [0.0, 1.0, 2.0], [0.0, 10.0]


def grid(result: Any, seeds: int = 1, without: frozenset[int] = frozenset()) -> Importance | None:
    """The importance on a 3 × 2 grid of the given results: a function of row, column and seed."""
    cells = [cell for i, cell in enumerate(product(ROWS, COLUMNS)) if i not in without]
    configs = [{"row": row, "column": column} for row, column in cells]
    results = [[result(row, column, seed) for seed in range(seeds)] for row, column in cells]
    return importance(configs, results, ["row", "column"])


def shares(held: Importance | None) -> dict[tuple[str, ...], float]:
    assert held
    assert sum(s.share for s in held.shares) + (held.seeds or 0) + held.rest == pytest.approx(1)
    return {share.keys: share.share for share in held.shares}


def test_settings_that_add_up_share_the_variance_by_their_own_variances() -> None:
    own = shares(grid(lambda row, column, _: 3 * row + 0.2 * column))
    var_row, var_column = 9 * np.var(ROWS), 0.04 * np.var(COLUMNS)
    whole = var_row + var_column
    assert own["row",] == pytest.approx(var_row / whole)
    assert own["column",] == pytest.approx(var_column / whole)
    assert own["row", "column"] == pytest.approx(0, abs=1e-12)


def test_what_two_settings_do_only_together_is_their_interaction() -> None:
    own = shares(grid(lambda row, column, _: (row - 1) * (column - 5)))
    assert own["row", "column"] == pytest.approx(1)


def test_a_grid_with_a_hole_is_completed_by_what_the_settings_do_alone() -> None:
    whole = shares(grid(lambda row, column, _: 3 * row + 0.2 * column))
    holed = shares(grid(lambda row, column, _: 3 * row + 0.2 * column, without=frozenset({5})))
    assert holed["row",] / holed["column",] == pytest.approx(whole["row",] / whole["column",])


def test_what_differs_between_seeds_is_noise_and_no_setting_gets_it() -> None:
    rng = np.random.default_rng(0)
    held = grid(lambda *_: rng.normal(), seeds=10)
    own = shares(held)
    assert held
    assert held.seeds is not None
    assert held.seeds > 0.85
    assert max(own.values()) < 0.1


def test_many_numbers_count_by_quarters() -> None:
    rng = np.random.default_rng(0)
    rates = rng.uniform(0, 1, 64).tolist()
    configs = [{"lr": lr, "init": "ab"[i % 2]} for i, lr in enumerate(rates)]
    own = shares(importance(configs, [[lr] for lr in rates], ["lr", "init"]))
    assert own["lr",] > 0.8
    assert own["init",] < 0.05


def test_where_nothing_can_be_said_nothing_is() -> None:
    configs = [{"row": row, "column": column} for row, column in product(ROWS, COLUMNS)]
    assert importance(configs, [[0.5]] * 6, ["row", "column"]) is None
    diagonal = [configs[0], configs[3]]  # which of the two did it?
    assert importance(diagonal, [[0.1], [0.2]], ["row", "column"]) is None
