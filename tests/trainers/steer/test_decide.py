"""trainers.steer.decide: which seeds are added, when it ends, and how often it is fooled."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from dashboard.cli.control import Control
from dashboard.runs.comparison import Group
from dashboard.runs.cut import Cut
from dashboard.runs.experiment import Experiment
from dashboard.runs.standing import REAL, Claim, Standing, claims, stand
from dashboard.windows.steering import steering
from tests.support.few import few
from tests.support.launching import Launch, recorded
from tests.support.ledger import Ledger
from tests.support.results import record, seeds
from trainers.steer.decide import Decide, wanted_seeds

UP_TO = 10


def standing_of(results: Sequence[Sequence[float]], up_to: int = UP_TO) -> Standing:
    """How groups stand whose runs all ended with these results, the seeds counted from 0."""
    held, values = [], []
    for place, own in enumerate(results):
        views = [
            SimpleNamespace(name=f"{place}-{s}", config={"seed": s}, state="done", ended=True)
            for s in range(len(own))
        ]
        held.append(Group(cast(Any, views)))
        values.append({view.name: value for view, value in zip(views, own, strict=True)})
    count = sum(map(len, results))
    return stand("max", held, Cut(1.0, None, count, count), values, up_to)


def overall(state: Standing) -> Claim | None:
    return claims(state, [list(range(len(state.groups)))])[0]


def wanted(*results: Sequence[float]) -> dict[int, list[int]]:
    state = standing_of(results)
    return wanted_seeds(state, overall(state), UP_TO)


def test_before_the_first_look_each_choice_gets_the_seeds_that_it_needs() -> None:
    assert wanted([0.9], [0.1, 0.2], [0.5, 0.6, 0.7]) == {0: [1, 2], 1: [2]}


def test_then_only_the_best_and_those_that_it_cannot_be_told_from() -> None:
    assert wanted([0.90, 0.92, 0.91], [0.91, 0.90, 0.92], [0.10, 0.12, 0.11]) == {
        0: [3, 4],
        1: [3, 4],
    }


def test_a_rival_that_has_fewer_seeds_catches_up_first() -> None:
    few = wanted([0.90, 0.92, 0.91, 0.92, 0.9], [0.91, 0.90, 0.92])
    assert few == {1: [3, 4]}


def test_nothing_is_added_once_the_best_is_decided_or_the_seeds_are_used_up() -> None:
    assert wanted([0.90, 0.92, 0.91], [0.10, 0.12, 0.11]) == {}
    rng = np.random.default_rng(0)
    assert wanted(rng.normal(size=UP_TO).tolist(), rng.normal(size=UP_TO).tolist()) == {}


def decided(draws: np.ndarray, spend: bool = True) -> tuple[bool, int]:
    """Add seeds of these results, (groups, seeds), until it is decided: (real?, runs in all).

    spend: each look has its share of the error, not all of it.
    """
    taken = [1] * len(draws)
    while True:
        own = [results[:n].tolist() for results, n in zip(draws, taken, strict=True)]
        state = standing_of(own, UP_TO if spend else 0)
        claim = overall(state)
        more = wanted_seeds(state, claim, UP_TO)
        if not more:
            return claim is not None and claim.state == REAL, sum(taken)
        for group, further in more.items():
            taken[group] += len(further)


def drawn(rng: np.random.Generator, k: int, best: float = 0.0) -> np.ndarray:
    """Results of k groups: what a seed does to all of them, and to each alone."""
    values = rng.normal(size=(1, UP_TO)) + rng.normal(size=(k, UP_TO))
    values[0] += best
    return values


@pytest.mark.parametrize("k", [2, 3, 6])
@pytest.mark.thorough
def test_where_nothing_differs_real_is_said_in_at_most_5_of_100_experiments(k: int) -> None:
    rng, trials = np.random.default_rng(k), 400
    fooled = sum(decided(drawn(rng, k))[0] for _ in range(trials))
    assert fooled / trials <= 0.05


@pytest.mark.thorough
def test_the_same_looks_would_fool_three_times_as_often_if_each_had_all_of_the_error() -> None:
    rng = np.random.default_rng(2)
    assert sum(decided(drawn(rng, 2), spend=False)[0] for _ in range(200)) / 200 > 0.1


@pytest.mark.thorough
def test_a_clear_winner_is_found_with_few_seeds_and_a_narrow_one_with_more() -> None:
    rng = np.random.default_rng(7)
    clear = [decided(drawn(rng, 4, best=30.0)) for _ in range(30)]
    narrow = [decided(drawn(rng, 4, best=3.0)) for _ in range(30)]
    assert sum(real for real, _ in clear) >= 29
    assert np.mean([runs for _, runs in clear]) < 18
    assert sum(real for real, _ in narrow) >= 24
    assert np.mean([runs for _, runs in narrow]) < 4 * UP_TO


def test_seeds_are_added_when_everything_has_ended_and_are_said(tmp_path: Path) -> None:
    runs = [*seeds([0.90, 0.92, 0.91], lr=0.1), *seeds([0.91, 0.90, 0.92], lr=0.2)]
    experiment = record(tmp_path / "e", runs)
    experiment.record.keep({"decide": UP_TO})
    pool, policy = Ledger(), Decide(UP_TO)
    control = Control(pool, experiment.record)
    policy.look(experiment, control)
    control.look()
    assert list(pool.jobs) == ["0-0.1-0-s3", "0-0.1-0-s4", "3-0.2-0-s3", "3-0.2-0-s4"]
    assert {job.settings["seed"] for job in pool.jobs.values()} == {3, 4}
    assert policy.busy()
    experiment.poll()
    assert {d.reason for d in experiment.decisions} == {"undecided after 3 seeds"}
    assert steering(experiment) == [
        "Added 4 runs so far, so that each choice has 5 seeds: 10 runs, where 10 seeds of each "
        "would be 20."
    ]
    asked = len(pool.asked)
    policy.look(experiment, control)  # they wait: nothing is added meanwhile
    assert len(pool.asked) == asked


def ended(experiment: Experiment) -> list[str]:
    return [view.name for view in experiment.runs if view.state == "done"]


def test_the_launcher_adds_seeds_until_it_is_decided(launch: Launch, tmp_path: Path) -> None:
    grid = ["--activation", "relu", "--init", "kaiming_normal", "--lr", "0.1", "0.001",
            "--epochs", "1", "--no-dashboard"]  # fmt: skip
    launched = launch(*few(tmp_path), *grid, "--decide", "5", "--experiment", "exp")
    assert launched.ends() == 0, launched.said
    assert "--decide: seeds are added to the best choices, up to 5 of each" in launched.said
    experiment = recorded(tmp_path, "exp")
    assert {"lr0.1", "lr0.1-s1", "lr0.1-s2"} <= set(ended(experiment))
    assert "Best: lr 0.1 with test accuracy" in launched.said
    assert ": real." in launched.said
    assert steering(experiment)[0] in launched.said
    again = launch("resume", "exp", "--no-dashboard")
    assert again.ends() == 0
    assert again.said == "exp: nothing is left to train\n"
    other = launch("resume", "exp", "--decide", "9", "--no-dashboard")
    assert other.ends() == 2
    assert "exp is being decided with up to 5 seeds" in other.said
