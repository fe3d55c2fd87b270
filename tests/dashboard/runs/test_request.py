"""What a person asks the compare page to show, right and wrong."""

from pathlib import Path

import pytest

from dashboard.runs.experiment import Experiment
from dashboard.runs.request import ComparisonError, ComparisonRequest, check_request
from tests.support.reading import new_record

RUNS, KEYS = ["relu", "tanh"], ["activation", "batch_size", "seed"]


def test_nothing_asked_leaves_the_choice_to_the_page() -> None:
    assert check_request(None, None, RUNS, KEYS) == ComparisonRequest()


def test_a_setting_may_be_written_as_its_flag() -> None:
    assert check_request(None, ["--batch-size", "seed"], RUNS, KEYS).grid == ("batch_size", "seed")


def test_an_unknown_baseline_is_answered_with_the_runs_there_are() -> None:
    with pytest.raises(ComparisonError, match=r"'selu' is no run .*: its runs are relu, tanh$"):
        check_request("selu", None, RUNS, KEYS)


def test_an_unknown_setting_is_answered_with_the_settings_there_are() -> None:
    with pytest.raises(ComparisonError, match=r"'colour' .* activation, batch_size, seed$"):
        check_request(None, ["colour", "seed"], RUNS, KEYS)


def test_what_was_asked_is_remembered_by_the_record(tmp_path: Path) -> None:
    request = ComparisonRequest("tanh", ("seed", "activation"))
    record = new_record(tmp_path / "e", request.as_settings())
    assert Experiment(record).request == request
