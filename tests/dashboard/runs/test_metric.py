"""Any series can be the metric, in either direction, and what nobody says follows from its name."""

import math
from pathlib import Path

import pytest

from dashboard.record.goal import goal_of
from dashboard.record.recorder import Recorder
from dashboard.runs.comparison import groups, in_order, ranking
from dashboard.runs.experiment import Experiment
from dashboard.runs.joint import JointExperiment
from dashboard.runs.metric import ACCURACY, Metric, metric_of, number, usual
from dashboard.runs.request import ComparisonError, ComparisonRequest
from tests.support.reading import read

FID = {"a": [90.0, 30.0], "b": [80.0, 20.0], "c": [70.0, 10.0]}


def own_loop(folder: Path, series: dict[str, list[float]], name: str = "fid") -> Experiment:
    """A run for each entry, recorded by a loop of a person's own."""
    for run, values in series.items():
        with Recorder(folder, run, {"model": run}) as recorder:
            recorder.scalars(name, 1, values)
    return read(folder)


def told(folder: Path, **said: object) -> Experiment:
    for run, values in FID.items():
        with Recorder(folder, run, {"model": run}) as recorder:
            recorder.expect(**said)  # type: ignore[arg-type]
            recorder.scalars("fid", 1, values)
            recorder.scalars("test_accuracy", 1, [0.5, 0.5])
    return read(folder)


def best_first(experiment: Experiment) -> list[str]:
    return [group.first.name for group in in_order(experiment.metric, groups(experiment))]


def test_the_better_one_of_two_values_is_a_question_of_the_goal() -> None:
    assert Metric("fid", "min").better(1, 2)
    assert Metric("auc", "max").better(2, 1)
    assert Metric("fid", "min").best([3, math.nan, 1, math.inf, 2]) == 1
    assert Metric("fid", "min").reached(19, 20)
    assert not Metric("fid", "min").reached(21, 20)


@pytest.mark.parametrize(
    ("name", "goal"),
    [("test_accuracy", "max"), ("val/acc", "max"), ("Validation Loss", "min"),
     ("mean-error", "min"), ("fid", None), ("lossless", None), ("accuracy_gap", None),
     ("Loss/test", "min"), ("acc/val", "max"), ("val_loss_epoch", "min"), ("test", None)],
)  # fmt: skip
def test_a_name_says_its_goal_by_its_last_word_or_not_at_all(name: str, goal: str | None) -> None:
    assert goal_of(name) == goal


@pytest.mark.parametrize(
    ("series", "metric"),
    [(("train_loss", "val_loss", "val_acc"), "val_acc"), (("Loss/train", "Loss/test"), "Loss/test"),
     (("train_loss", "test_loss", "val_acc"), "test_loss"), (("train_loss", "lr"), "train_loss"),
     (("reward",), "test_accuracy")],
)  # fmt: skip
def test_where_nobody_says_a_result_on_held_out_data_is_compared(
    series: tuple[str, ...], metric: str
) -> None:
    assert usual(series) == metric


def test_an_accuracy_in_percent_is_no_share_and_has_no_usual_milestones() -> None:
    assert metric_of("test_accuracy", None, [0.1, 1.0]) == ACCURACY
    assert ACCURACY.milestones() == (0.9, 0.95)
    assert metric_of("val_acc", None, [10.0, 93.1]).milestones() == ()
    assert Metric("fid", "min").milestones() == ()


def test_a_result_of_any_size_can_be_read() -> None:
    values = [None, 0.0, 0.98765, -0.5, 12.5, 12345.6, 0.00012345, math.nan]
    said = ["–", "0.0000", "0.9877", "-0.5000", "12.5000", "1.235e+04", "0.0001234", "nan"]
    assert [number(value) for value in values] == said


def test_without_accuracy_the_loss_ranks_not_the_order_of_the_start(tmp_path: Path) -> None:
    losses = {"a": [2.0, 0.7], "b": [2.0, 0.3], "c": [2.0, 0.5]}
    experiment = own_loop(tmp_path / "e", losses, "test_loss")
    assert experiment.metric == Metric("test_loss", "min")
    assert best_first(experiment) == ["b", "c", "a"]
    assert [round(mean, 1) for mean, _ in ranking(experiment.metric, groups(experiment))] == [
        0.3, 0.5, 0.7,
    ]  # fmt: skip


def test_a_recorder_says_what_its_runs_are_compared_by(tmp_path: Path) -> None:
    experiment = told(tmp_path / "e", metric="fid", goal="min", milestones=[25, 15])
    assert experiment.metric == Metric("fid", "min")
    assert experiment.milestones == (25.0, 15.0)
    assert best_first(experiment) == ["c", "b", "a"]
    third = experiment.runs[2]
    assert third.best(experiment.metric) == (10.0, 2)
    assert [third.reached(experiment.metric, mark) is not None for mark in (25, 15, 5)] == [
        True, True, False,
    ]  # fmt: skip


def test_the_settings_of_the_runs_may_say_it_too_if_they_agree(tmp_path: Path) -> None:
    for run, values in FID.items():
        config = {"model": run, "metric": "fid", "goal": "min"}
        with Recorder(tmp_path / "e", run, config) as recorder:
            recorder.scalars("fid", 1, values)
    assert read(tmp_path / "e").metric == Metric("fid", "min")
    with Recorder(tmp_path / "e", "d", {"metric": "fid", "goal": "max"}) as recorder:
        recorder.scalar("fid", 1, 5.0)
    assert read(tmp_path / "e").metric == ACCURACY  # they do not agree


def test_a_setting_called_metric_that_names_no_series_is_only_a_setting(tmp_path: Path) -> None:
    for metric in ("cosine", ["l1", "l2"]):
        with Recorder(tmp_path / "e", str(len(metric)), {"metric": metric}) as recorder:
            recorder.scalar("test_loss", 1, 1.0)
    assert read(tmp_path / "e").metric.name == "test_loss"


def test_what_makes_no_sense_is_said_once_and_stops_no_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    experiment = told(tmp_path / "e", metric="fid")
    assert "fid does not say whether more of it is better" in caplog.text
    assert experiment.metric == ACCURACY


def test_a_look_may_ask_for_another_metric_but_only_for_one_there_is(tmp_path: Path) -> None:
    experiment = told(tmp_path / "e", metric="fid", goal="min")
    experiment.ask(ComparisonRequest(metric="test_accuracy"))
    assert experiment.metric == ACCURACY
    with pytest.raises(ComparisonError, match=r"'rmse' .*: there are fid, test_accuracy$"):
        experiment.ask(ComparisonRequest(metric="rmse"))


def test_experiments_together_are_compared_by_what_all_of_them_have(tmp_path: Path) -> None:
    loss = own_loop(tmp_path / "a", {"x": [1.0]}, "test_loss")
    both = tmp_path / "b"
    with Recorder(both, "y") as recorder:
        recorder.scalar("test_accuracy", 1, 0.9)
        recorder.scalar("test_loss", 1, 0.5)
    accurate = read(both)
    assert accurate.metric == ACCURACY
    joint = JointExperiment([accurate, loss])
    assert joint.metric == Metric("test_loss", "min")
    assert best_first(joint) == ["b/y", "a/x"]
    joint.ask(ComparisonRequest(metric="test_accuracy"))
    assert joint.metric == ACCURACY
