"""What a person asks the compare page to show, right and wrong."""

from pathlib import Path

import pytest

from dashboard.asked import Asked, ComparisonError, asked
from dashboard.experiment import Experiment
from tests.reading import new_record

RUNS, KEYS = ["relu", "tanh"], ["activation", "batch_size", "seed"]


def test_nothing_asked_leaves_the_choice_to_the_page() -> None:
    assert asked(None, None, RUNS, KEYS) == Asked()


def test_a_setting_may_be_written_as_its_flag() -> None:
    assert asked(None, ["--batch-size", "seed"], RUNS, KEYS).grid == ("batch_size", "seed")


def test_an_unknown_baseline_is_answered_with_the_runs_there_are() -> None:
    with pytest.raises(ComparisonError, match=r"'selu' is no run .*: its runs are relu, tanh$"):
        asked("selu", None, RUNS, KEYS)


def test_an_unknown_setting_is_answered_with_the_settings_there_are() -> None:
    with pytest.raises(ComparisonError, match=r"'colour' .* activation, batch_size, seed$"):
        asked(None, ["colour", "seed"], RUNS, KEYS)


def test_what_was_asked_is_remembered_by_the_record(tmp_path: Path) -> None:
    wanted = Asked("tanh", ("seed", "activation"))
    book = new_record(tmp_path / "e", wanted.as_settings())
    assert Experiment(book).asked == wanted
