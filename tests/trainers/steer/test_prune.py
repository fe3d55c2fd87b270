"""trainers.steer.prune: what is done about runs, from what the record holds of them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from dashboard.cli.control import Control
from dashboard.runs.experiment import Experiment
from dashboard.runs.forecast import forecast
from dashboard.windows.steering import steering
from tests.support.contest import EPOCHS, HOPELESS_TRIAL, Run, contest
from tests.support.few import few
from tests.support.launching import Launch, recorded
from tests.support.ledger import Ledger
from tests.support.reading import read_points
from trainers.local.orders import Job
from trainers.steer.prune import Prune

EIGHT = {f"r{i}": Run([0.1 * i]) for i in range(8)}


def looked_at(
    experiment: Experiment, pool: Ledger | None = None, even_doomed: bool = False
) -> tuple[Ledger, dict[str, tuple[str, str]]]:
    """What one look asks of the pool, and what it writes of the runs: (state, reason) by name."""
    pool = pool or Ledger()
    control = Control(pool, experiment.record)
    policy = Prune(EPOCHS, even_doomed)
    policy.look(experiment, control)
    control.look()
    before = {view.name: (view.state, view.error) for view in experiment.runs}
    now = {run.name: (run.state, run.error) for run in experiment.record.runs()}
    return pool, {name: ends for name, ends in now.items() if ends != before[name]}


def test_the_best_of_those_that_wait_goes_on_and_the_worst_are_pruned(tmp_path: Path) -> None:
    pool, changed = looked_at(contest(tmp_path / "e", EIGHT))
    assert list(pool.jobs) == ["r7"]
    assert pool.jobs["r7"].until_epoch == 2
    assert changed["r7"] == ("queued", "")
    assert changed["r0"] == ("pruned", "place 8 of 8 after epoch 1, where 2 go on")
    assert {state for state, _ in (changed[f"r{i}"] for i in range(6))} == {"pruned"}
    assert "r6" not in changed  # it goes on with the next look


def test_as_many_go_on_at_once_as_a_worker_trains_together(tmp_path: Path) -> None:
    pool = Ledger()
    pool.batch = 64
    pool, _ = looked_at(contest(tmp_path / "e", EIGHT), pool)
    assert list(pool.jobs) == ["r7", "r6"]


def test_nobody_goes_on_while_a_run_waits_that_nothing_is_known_of(tmp_path: Path) -> None:
    queued = {f"q{i}": Run(state="queued") for i in range(8)}
    pool = Ledger()
    pool.queue.extend(queued)
    pool, changed = looked_at(contest(tmp_path / "e", {**EIGHT, **queued}), pool)
    assert not pool.jobs
    assert "r7" not in changed


def test_who_waits_at_the_last_level_goes_on_to_the_end(tmp_path: Path) -> None:
    ended = Run([0.5], "pruned")
    runs = {"first": Run([0.8, 0.9]), "second": Run([0.8, 0.7]), "x": ended}
    pool, changed = looked_at(contest(tmp_path / "e", runs))
    assert pool.jobs["first"].until_epoch == 0
    assert changed["second"] == ("pruned", "place 2 of 2 after epoch 2, where 1 goes on")


@pytest.mark.parametrize("even_doomed", [False, True])
def test_a_run_that_is_forecast_not_to_learn_is_ended_unless_it_is_wanted(
    tmp_path: Path, even_doomed: bool
) -> None:
    bad = Run(state="running", trial=HOPELESS_TRIAL, early=0.1)
    runs = {"bad": bad, "good": Run(state="running", early=0.9)}
    pool, _ = looked_at(contest(tmp_path / "e", runs), Ledger("bad", "good"), even_doomed)
    assert pool.asked == ([] if even_doomed else [("end", "bad", "pruned")])


def test_a_trial_alone_ends_no_run_nor_does_one_that_its_first_steps_belie(tmp_path: Path) -> None:
    new = Run(state="running", trial=HOPELESS_TRIAL)
    experiment = contest(tmp_path / "e", {"new": new, "well": new._replace(early=0.9)})
    foreseen = forecast(experiment.runs[0])
    assert foreseen
    assert foreseen.hopeless
    pool, _ = looked_at(experiment, Ledger("new", "well"))
    assert pool.asked == []


def test_a_result_says_more_than_a_forecast(tmp_path: Path) -> None:
    runs = {"late": Run([0.9], "running", trial=HOPELESS_TRIAL), "good": Run(state="running")}
    pool, _ = looked_at(contest(tmp_path / "e", runs), Ledger("late", "good"))
    assert pool.asked == []


def test_seeds_of_a_choice_that_is_hopeless_are_skipped_and_keep_their_place(
    tmp_path: Path,
) -> None:
    ended = Run(state="pruned", error="hopeless: a trial gets 10%", settings={"lr": 1, "seed": 0})
    runs = {
        "bad-s0": ended,
        "bad-s1": Run(state="queued", settings={"lr": 1, "seed": 1}),
        "good": Run(state="queued", settings={"lr": 2}),
    }
    _, changed = looked_at(contest(tmp_path / "e", runs))
    assert changed == {"bad-s1": ("pruned", "hopeless with another seed (bad-s0)")}


def test_a_choice_goes_on_or_ends_with_all_of_its_seeds(tmp_path: Path) -> None:
    runs = {}
    for lr, (one, other) in enumerate([(0.9, 0.5), (0.6, 0.6), (0.2, 0.95), (0.1, 0.1)], 1):
        runs[f"{lr}-s0"] = Run([one], settings={"lr": lr, "seed": 0})
        runs[f"{lr}-s1"] = Run([other], settings={"lr": lr, "seed": 1})
    pool, changed = looked_at(contest(tmp_path / "e", runs))
    assert list(pool.jobs) == ["1-s0", "1-s1"]
    assert {name for name, (state, _) in changed.items() if state == "pruned"} == {
        f"{lr}-s{seed}" for lr in (2, 3, 4) for seed in (0, 1)
    }


def test_a_run_that_was_not_evaluated_yet_goes_on_until_it_is(tmp_path: Path) -> None:
    runs = {f"r{i}": Run([0.1 * i]) for i in range(4)}
    pool, changed = looked_at(contest(tmp_path / "e", runs, every=15))
    assert list(pool.jobs) == ["r0"]
    assert pool.jobs["r0"].until_epoch == 2
    assert list(changed) == ["r0"]


def test_an_interrupted_contest_goes_on_where_each_run_was(tmp_path: Path) -> None:
    experiment = contest(
        tmp_path / "e",
        {
            "new": Run(state="queued"),
            "waits": Run([0.5], "stopped"),
            "last": Run([0.5] * 2, "stopped"),
            "beyond": Run([0.5] * 3, "stopped"),
        },
    )
    jobs = [Job(view.name, view.config) for view in experiment.runs]
    go, wait = Prune(EPOCHS).rest(jobs, experiment)
    assert {job.name: job.until_epoch for job in go} == {"new": 1, "beyond": 0}
    assert wait == ["waits", "last"]


def test_what_was_saved_is_said_with_its_figure(tmp_path: Path) -> None:
    runs = {f"r{i}": Run([0.5], "pruned") for i in range(3)} | {"best": Run([0.5] * 5, "done")}
    assert steering(contest(tmp_path / "e", runs)) == ["Pruned 3 of 4 runs: 2.5 times less work."]
    running = {"a": Run([0.5], "pruned"), "b": Run(state="running")}
    assert steering(contest(tmp_path / "f", running)) == ["Pruned 1 of 2 runs so far."]
    assert steering(contest(tmp_path / "g", {"a": Run([0.5] * 5, "done")})) == []


def losses(folder: Path) -> Mapping[int, list[tuple[int, float]]]:
    rows: dict[int, list[tuple[int, float]]] = {}
    for points in read_points(folder):
        if points.series == "train_loss":
            pairs = zip(points.steps.tolist(), points.values.tolist(), strict=True)
            rows.setdefault(points.run_id, []).extend(pairs)
    return rows


GRID = ["--activation", "slow_relu", "slow_tanh", "--init", "zeros", "kaiming_normal",
        "--lr", "0.01", "0.1", "--epochs", "4", "--no-dashboard"]  # fmt: skip
# Where nothing is learned a step takes its time, so that it is seen before the epoch has ended.
SLOW = """
import time


def slow_relu(x):
    time.sleep(0.0 if x.any() else 0.02)
    return x.relu()


def slow_tanh(x):
    time.sleep(0.0 if x.any() else 0.02)
    return x.tanh()


ACTIVATIONS = {"slow_relu": slow_relu, "slow_tanh": slow_tanh}
"""


def test_a_pruned_grid_is_a_part_of_the_full_one_and_can_be_trained_on(
    launch: Launch, tmp_path: Path
) -> None:
    grid = [*few(tmp_path, SLOW), *GRID, "--threads", "1"]  # the same bits by as many alone
    part = launch(*grid, "--prune", "--experiment", "part")
    full = launch(*grid, "--experiment", "full")  # at once, as both wait more than they work
    assert part.ends() == 0, part.said
    assert "--prune: runs that are forecast not to learn end early" in part.said
    runs = {view.name: view for view in recorded(tmp_path, "part").runs}
    states = [view.state for view in runs.values()]
    assert (states.count("done"), states.count("pruned")) == (1, 7)
    assert (
        f"Pruned 7 of 8 runs: {steering(recorded(tmp_path, 'part'))[0].split(': ')[1]}" in part.said
    )

    assert full.ends() == 0, full.said
    whole, cut = losses(tmp_path / "runs" / "full"), losses(tmp_path / "runs" / "part")
    assert whole.keys() == cut.keys()
    for run, rows in cut.items():
        assert rows == whole[run][: len(rows)]
    best = max(recorded(tmp_path, "full").runs, key=lambda v: v.latest("test_accuracy") or 0)
    assert runs[best.name].state == "done"

    stacked = launch(*grid, "--prune", "--stack", "--workers", "1", "--experiment", "stacked")
    assert stacked.ends() == 0, stacked.said
    together = losses(tmp_path / "runs" / "stacked")
    assert all(rows == whole[run][: len(rows)] for run, rows in together.items())
    assert sum(map(len, together.values())) < 0.7 * sum(map(len, whole.values()))
    ends = {view.name: view.state for view in recorded(tmp_path, "stacked").runs}
    assert ends[best.name] == "done"
    assert [*ends.values()].count("pruned") == 7

    doomed = {name for name, view in runs.items() if view.error.startswith("hopeless")}
    assert doomed
    again = launch("resume", "part", "--even-doomed", "--no-dashboard")
    assert again.ends() == 0, again.said
    after = {view.name: view for view in recorded(tmp_path, "part").runs}
    assert all(after[name].error.startswith("place") for name in doomed)
    everything = launch("resume", "part", "--no-prune", "--no-dashboard")
    assert everything.ends() == 0, everything.said
    assert {view.state for view in recorded(tmp_path, "part").runs} == {"done"}
    assert losses(tmp_path / "runs" / "part") == whole
