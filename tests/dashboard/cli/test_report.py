"""dashboard.cli.report: what is gathered, and what is left out where there is no room."""

from pathlib import Path

import pytest

from dashboard.cli import report
from dashboard.errors import UserError
from dashboard.page.bundle import modules
from tests.support.invented import GRID, invent


def test_every_page_and_every_look_back_is_gathered(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "exp", GRID)
    gathered = report.gather(experiment)
    assert set(gathered.environments) == {
        "exp_compare", *(view.environment for view in experiment.runs),
    }  # fmt: skip
    assert gathered.left_out == []
    looks = gathered.past["exp_compare"]["confusion"]
    assert [step for step, _ in looks] == [0, 100, 200, 300]
    assert "samples" in gathered.media[experiment.runs[0].environment]


def test_without_room_it_is_said_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = invent(tmp_path / "exp", GRID)
    whole = report.Gathered()
    report.gather(experiment)
    tight = report.Gathered(room=40_000)
    monkeypatch.setattr(report, "Gathered", lambda: tight)
    left_out = report.gather(experiment).left_out
    assert left_out
    assert "exp_compare" in tight.environments
    assert tight.room < whole.room


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"report\.html cannot be written: No such file"):
        report.write_report(invent(tmp_path / "exp", GRID), tmp_path / "none" / "report.html")


def test_modules_name_each_other_for_an_import_map() -> None:
    texts = modules()
    assert "from 'trainboard/connection.js'" in texts["main.js"]
    assert not [name for name, text in texts.items() if "from './" in text]
    assert "theme-first.js" not in texts
