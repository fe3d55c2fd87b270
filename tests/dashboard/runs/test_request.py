"""What a person asks the compare page to show, right and wrong."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from dashboard.runs.experiment import Experiment
from dashboard.runs.request import (
    NOTHING_ASKED,
    ComparisonError,
    ComparisonRequest,
    check_request,
)
from tests.support.reading import new_record

RUNS, KEYS = ["relu", "tanh"], ["activation", "batch_size", "seed"]
SERIES = ["test_accuracy", "test_loss", "fid"]


def checked(
    baseline: str = "",
    grid: Sequence[str] = (),
    metric: str = "",
    goal: str = "",
    milestones: Sequence[float] | None = None,
) -> ComparisonRequest:
    marks = None if milestones is None else tuple(milestones)
    request = ComparisonRequest(baseline, tuple(grid), metric, goal, marks)
    return check_request(request, RUNS, KEYS, SERIES)


def test_nothing_asked_leaves_the_choice_to_the_page() -> None:
    assert checked() == NOTHING_ASKED


def test_a_setting_may_be_written_as_its_flag() -> None:
    assert checked(grid=["--batch-size", "seed"]).grid == ("batch_size", "seed")


def test_an_unknown_baseline_is_answered_with_the_runs_there_are() -> None:
    with pytest.raises(ComparisonError, match=r"'selu' is no run .*: its runs are relu, tanh$"):
        checked("selu")


def test_an_unknown_setting_is_answered_with_the_settings_there_are() -> None:
    with pytest.raises(ComparisonError, match=r"'colour' .* activation, batch_size, seed$"):
        checked(grid=["colour", "seed"])


def test_a_metric_that_no_run_has_is_answered_with_those_there_are() -> None:
    with pytest.raises(ComparisonError, match=r"'rmse' .*: there are fid, test_accuracy, test_lo"):
        checked(metric="rmse")


def test_a_name_that_says_its_goal_needs_no_other_and_any_other_does() -> None:
    assert checked(metric="test_loss").goal == "min"
    assert checked(metric="test_accuracy").goal == "max"
    assert checked(metric="fid", goal="min").goal == "min"
    with pytest.raises(
        ComparisonError, match=r"fid does not say .*: add --goal max or --goal min$"
    ):
        checked(metric="fid")


def test_a_goal_without_its_metric_is_refused() -> None:
    with pytest.raises(ComparisonError, match="name it with --metric"):
        checked(goal="min")


@pytest.mark.parametrize("marks", [[90.0], [float("nan")], [0.1 * i for i in range(7)]])
def test_milestones_that_no_accuracy_can_reach_are_refused(marks: list[float]) -> None:
    with pytest.raises(ComparisonError, match="--milestones"):
        checked(milestones=marks)
    if marks == [90.0]:
        assert checked(metric="fid", goal="min", milestones=marks).milestones == (90.0,)


def test_what_is_asked_now_holds_over_what_was_asked_before() -> None:
    before = ComparisonRequest("tanh", (), "fid", "min", (20.0,))
    assert ComparisonRequest("relu").over(before) == ComparisonRequest(
        "relu", (), "fid", "min", (20.0,)
    )
    other = ComparisonRequest(metric="test_loss", goal="min").over(before)
    assert other.milestones is None  # those of another metric
    assert other.baseline == "tanh"


def test_what_was_asked_is_remembered_by_the_record(tmp_path: Path) -> None:
    request = ComparisonRequest("tanh", ("seed", "activation"), "fid", "min", ())
    record = new_record(tmp_path / "e", request.as_settings())
    assert Experiment(record).request == request
