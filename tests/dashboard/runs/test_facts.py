"""dashboard.runs.facts: what the record says of a run, as a verdict reads it."""

import math
import statistics
from pathlib import Path

import pytest

from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import Facts, Layer, gather_facts, seeds_spread, signals
from tests.support.invented import invent
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
    assert (fast.step, fast.score, fast.total_steps, fast.is_done) == (200, 0.8, 300, True)
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


def test_a_failed_or_stopped_run_has_not_come_to_its_end(tmp_path: Path) -> None:
    experiment = invent(
        tmp_path / "e", {"lr": [1, 2, 3]}, {"1": "stopped", "2": "failed", "3": "diverged"}
    )
    facts = gather_facts(experiment)
    assert [each.state for each in facts] == ["stopped", "failed", "diverged"]
    assert not any(each.is_done for each in facts)
    assert facts[1].error == "it was meant to be failed"


def test_the_spread_is_between_runs_that_differ_in_nothing_but_the_seed() -> None:
    def run(lr: float, seed: int, *accuracies: float) -> Facts:
        curve = [(100 * i, value) for i, value in enumerate(accuracies)]
        return Facts(settings={"lr": lr, "seed": seed}, results=curve)

    pairs = [run(0.1, 0, 0.1, 0.8), run(0.1, 1, 0.1, 0.9, 0.95), run(0.2, 0, 0.1, 0.5)]
    assert seeds_spread(pairs) == pytest.approx(statistics.stdev([0.8, 0.9]))
    assert seeds_spread(pairs[1:]) == 0.0
    wild = [run(0.3, 0, 0.1, 0.1), run(0.3, 1, 0.1, 0.9), run(0.2, 1, 0.1, 0.51)]
    assert seeds_spread([*pairs, *wild]) == pytest.approx(statistics.stdev([0.8, 0.9]))


def test_the_best_run_lends_its_gain_and_its_pace(tmp_path: Path) -> None:
    record = new_record(tmp_path / "e")
    add_runs(record, [("best", {}), ("other", {})])
    for name, last, growth in (("best", 0.9, 0.5), ("other", 0.5, 0.1)):
        with Recorder(record.folder, name) as run:
            run.expect(100, 100)
            run.scalar("signal/label_growth/all", 0, growth)
            run.scalar("test_accuracy", 0, 0.2 if name == "best" else 0.1)
            run.scalar("test_accuracy", 100, last)
    experiment = Experiment(record)
    experiment.poll()
    for facts in gather_facts(experiment):
        assert (facts.best_peer, facts.best_reach) == (0.9, 50.0)
        assert facts.best_gain == pytest.approx(0.7)


def test_layers_and_confusion_are_read_from_what_was_recorded_last(tmp_path: Path) -> None:
    record = new_record(tmp_path / "e")
    add_runs(record, [("run", {})])
    weighted = [{"name": "fc1", "fans": [784, 200], "std": 0.1, "flat": [-1.8, None]}]
    with Recorder(record.folder, "run") as run:
        run.data("model", 0, {"weighted": weighted})
        run.data("confusion", 0, [[1, 0], [1, 0]])
        run.data("confusion", 100, [[1, 0], [0, 1]])
    experiment = Experiment(record)
    experiment.poll()
    (facts,) = gather_facts(experiment)
    assert facts.layers == {"fc1": Layer(784, 200, 0.1, (-1.8, None))}
    assert facts.confusion == [[1, 0], [0, 1]]


@pytest.mark.parametrize("odd", [[[1, 2]], [[1.5]], {"a": 1}, [1], "x", [[1, 2], [3]]])
def test_what_another_calls_confusion_or_model_says_nothing(tmp_path: Path, odd: object) -> None:
    record = new_record(tmp_path / "e")
    add_runs(record, [("run", {})])
    with Recorder(record.folder, "run") as run:
        run.data("confusion", 0, odd)
        run.data("model", 0, {"weighted": odd})
    experiment = Experiment(record)
    experiment.poll()
    (facts,) = gather_facts(experiment)
    assert list(facts.confusion) == []
    assert facts.layers == {}
