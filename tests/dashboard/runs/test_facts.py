"""dashboard.runs.facts: what the record says of a run, as a verdict reads it."""

import math
from pathlib import Path

import pytest

from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import Facts, gather_facts, signals
from tests.support.reading import add_runs, new_record


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """fast: three evaluations, NaN at the end. slow: two. waiting: none."""
    record = new_record(tmp_path / "exp")
    add_runs(record, [("fast", {}), ("slow", {"dropout": [0.5]}), ("waiting", {"dropout": []})])
    with Recorder(record.folder, "fast") as run:
        run.expect(300, 100)
        for step, accuracy in ((0, 0.1), (100, 0.9), (200, 0.8)):
            run.scalar("test_accuracy", step, accuracy)
            run.scalar("signal/gradient_norm/fc1", step, 1.0 + step)
            run.scalar("signal/gradient_norm/out", step, math.nan if step else math.inf)
        run.scalar("signal/overshoot/all", 0, 0.5)
        run.scalars("train_loss", 1, [2.3, math.inf, math.nan])
    with Recorder(record.folder, "slow") as run:
        run.scalar("test_accuracy", 0, 0.12)
        run.scalar("test_accuracy", 100, 0.3)
    return record


def test_first_and_last_statistics_keep_what_is_not_finite(experiment: Experiment) -> None:
    fast = experiment.runs[0]
    assert signals(fast, first=True)["gradient_norm"] == {"fc1": 1.0, "out": math.inf}
    now = signals(fast)["gradient_norm"]
    assert now["fc1"] == 201.0
    assert math.isnan(now["out"])


def test_facts_say_what_the_record_says(experiment: Experiment) -> None:
    fast, slow, waiting = gather_facts(experiment)
    assert fast.accuracy == [(0, 0.1), (100, 0.9), (200, 0.8)]
    assert (fast.step, fast.score, fast.total_steps, fast.ended) == (200, 0.8, 300, True)
    assert fast.bad_loss == (2, math.inf)
    assert fast.whole("overshoot") == 0.5
    assert math.isnan(fast.whole("label_growth"))
    assert (fast.noisy, slow.noisy, waiting.noisy) == (False, True, False)
    assert not waiting.accuracy
    assert math.isnan(waiting.score)


def test_a_run_is_held_against_the_best_so_far_at_its_own_step(experiment: Experiment) -> None:
    fast, slow, waiting = gather_facts(experiment)
    assert fast.best_peer == 0.9
    assert slow.best_peer == 0.9
    assert math.isnan(waiting.best_peer)


def test_chance_is_one_class_in_all() -> None:
    assert Facts(classes=4).chance == 0.25


def test_every_statistic_stamps_the_one_topic_that_windows_read(experiment: Experiment) -> None:
    stamps = experiment.runs[0].stamps
    assert stamps["signal"] > 0
    assert not any("/" in topic for topic in stamps)
