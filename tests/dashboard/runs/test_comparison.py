"""Baselines, groups of seeds and the grid, on real records of invented numbers."""

from pathlib import Path

import numpy as np
import pytest

from dashboard.runs.comparison import Baseline, baseline, grid_settings, groups, mean_and_std
from dashboard.runs.request import ComparisonRequest
from tests.support.invented import STEPS, accuracy, invent

SEEDS = {"activation": ["relu", "tanh"], "seed": [0, 1, 2]}


def test_runs_that_differ_only_in_the_seed_are_one_group(tmp_path: Path) -> None:
    seed_groups = groups(invent(tmp_path / "e", SEEDS))
    assert [[run.name for run in group.runs] for group in seed_groups] == [
        ["relu-0", "relu-1", "relu-2"],
        ["tanh-0", "tanh-1", "tanh-2"],
    ]


def test_where_only_seeds_vary_every_run_is_a_group(tmp_path: Path) -> None:
    assert len(groups(invent(tmp_path / "e", {"seed": [0, 1, 2]}))) == 3


def test_a_difference_is_taken_from_the_baseline_with_the_same_seed(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", SEEDS)
    base = Baseline(experiment, groups(experiment))
    difference = base.difference(experiment.runs[4])  # tanh with seed 1, against relu with seed 1
    assert difference.steps.tolist() == [0, 100, 200, 300]
    expected = [accuracy(4, step) - accuracy(1, step) for step in (0, 100, 200, 300)]
    assert np.allclose(difference.values, expected)


def test_a_run_that_is_behind_is_compared_at_the_same_step(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", {"activation": ["relu", "tanh"]}, {"tanh": "running"})
    seed_groups = groups(experiment)
    base = Baseline(experiment, seed_groups)
    assert base.last_difference(seed_groups[1]) == pytest.approx(
        accuracy(1, 100) - accuracy(0, 100)
    )


def test_the_difference_of_a_group_is_the_mean_over_its_seeds(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", SEEDS)
    seed_groups = groups(experiment)
    base = Baseline(experiment, seed_groups)
    pairs = [accuracy(3 + i, STEPS) - accuracy(i, STEPS) for i in range(3)]
    assert base.last_difference(seed_groups[1]) == pytest.approx(sum(pairs) / 3)
    assert base.holds(seed_groups[0])
    assert not base.holds(seed_groups[1])


def test_the_first_run_is_the_baseline_unless_another_is_asked_for(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e")
    assert baseline(experiment) is experiment.runs[0]
    experiment.ask(ComparisonRequest("tanh-normal"))
    view = baseline(experiment)
    assert view
    assert view.name == "tanh-normal"


def test_the_grid_crosses_the_first_two_settings_that_vary(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", {"activation": ["a", "b"], "lr": [1, 2], "seed": [0, 1]})
    assert grid_settings(experiment) == ["activation", "lr"]
    experiment.ask(ComparisonRequest("", ("seed", "lr")))
    assert grid_settings(experiment) == ["seed", "lr"]


def test_one_value_has_no_spread() -> None:
    assert mean_and_std([]) == (None, None)
    assert mean_and_std([0.5]) == (0.5, None)
    mean, std = mean_and_std([0.4, 0.6])
    assert mean == 0.5
    assert std == pytest.approx(float(np.std([0.4, 0.6], ddof=1)))
