"""dashboard.cli.report: what is gathered, and what is left out where there is no room."""

import sqlite3
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import NoReturn

import pytest

from dashboard.cli import report
from dashboard.errors import UserError
from dashboard.page.bundle import modules
from dashboard.runs.experiment import Experiment
from dashboard.windows.compare_windows import COMPARE_WINDOWS
from dashboard.windows.content import Plot
from tests.support.invented import GRID, invent


def refuse(*_how: object, **_more: object) -> NoReturn:
    raise AssertionError("it is open already")


def test_every_page_and_every_look_back_is_gathered_from_the_record_that_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = invent(tmp_path / "exp", GRID)
    monkeypatch.setattr(sqlite3, "connect", refuse)
    gathered = report.gather(experiment)
    assert set(gathered.environments) == {
        "exp_compare", *(view.environment for view in experiment.runs),
    }  # fmt: skip
    assert gathered.left_out == []
    looks = gathered.past["exp_compare"]["confusion"]
    assert [step for step, _ in looks] == [0, 100, 200, 300]
    assert "samples" in gathered.media[experiment.runs[0].environment]


def test_a_window_that_cannot_be_drawn_is_a_note_and_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = invent(tmp_path / "exp", GRID)

    def broken(experiment: Experiment) -> NoReturn:
        raise ZeroDivisionError("division by zero")

    odd = replace(COMPARE_WINDOWS["train_loss"], draw=lambda experiment: Plot([{"y": [nan]}], {}))
    confusion = replace(COMPARE_WINDOWS["confusion"], draw=broken)
    monkeypatch.setitem(COMPARE_WINDOWS, "confusion", confusion)
    monkeypatch.setitem(COMPARE_WINDOWS, "train_loss", odd)
    gathered = report.gather(experiment)
    drawn = {window["id"]: window for window in gathered.environments["exp_compare"]}
    note = drawn["confusion"]["content"]
    assert "this window could not be drawn: ZeroDivisionError: division by zero" in note
    assert "could not be drawn: ValueError" in drawn["train_loss"]["content"]
    assert "could not be drawn" not in drawn["leaderboard"]["content"]
    ((step, look),) = gathered.past["exp_compare"]["confusion"]
    assert (step, look["type"]) == (0, "text")
    assert "division by zero" in look["content"]


def test_without_room_it_is_said_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = invent(tmp_path / "exp", GRID)
    tight = report.Gathered(room=40_000)
    monkeypatch.setattr(report, "Gathered", lambda: tight)
    left_out = report.gather(experiment).left_out
    assert left_out
    assert "exp_compare" in tight.environments
    assert 0 <= tight.room < 40_000


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"report\.html cannot be written: No such file"):
        report.write_report(invent(tmp_path / "exp", GRID), tmp_path / "none" / "report.html")


def test_modules_name_each_other_for_an_import_map() -> None:
    texts = modules()
    assert "from 'trainboard/connection.js'" in texts["main.js"]
    assert not [name for name, text in texts.items() if "from './" in text]
    assert "theme-first.js" not in texts
