"""dashboard.runs.opening: long records are shown first and read then, and nothing is lost by it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.board.scene import ExperimentScene
from dashboard.record import first_look
from dashboard.record.recorder import Recorder
from dashboard.record.schema import FILE_NAME, RecordError
from dashboard.runs import opening
from dashboard.runs.experiment import Experiment
from dashboard.runs.opening import Opening, Progress
from dashboard.runs.request import ComparisonRequest
from dashboard.windows.leaderboard import leaderboard
from tests.support.invented import GRID, STEPS, invent
from tests.support.reading import left_open, open_record, read_runs

PORTION = 500
LEAF = 0x0D  # the kind of a page that holds rows, https://www.sqlite.org/fileformat2.html


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four runs of 3,000 steps, which here is a long record."""
    monkeypatch.setattr(opening, "LONG", 1000)
    monkeypatch.setattr("dashboard.runs.experiment.PORTION", PORTION)
    for name, small in {"STRETCHES": 20, "STRETCH": 10, "SHORT": 300}.items():
        monkeypatch.setattr(first_look, name, small)
    invent(tmp_path / "exp", GRID, steps=10 * STEPS).record.close()
    return tmp_path / "exp"


@pytest.fixture
def sentences() -> list[str]:
    return []


@pytest.fixture
def opened(folder: Path, sentences: list[str]) -> Iterator[Opening]:
    opening = Opening(folder, sentences.append)
    yield opening
    opening.close()


def packets(experiment: Experiment) -> dict[str, str]:
    """Every window as it would be sent, by environment and name."""
    return {
        f"{where}/{place.name}": json.dumps(place.draw().packet())
        for where, places in ExperimentScene(experiment).environments()
        for place in places
    }


def stamps(experiment: Experiment) -> dict[str, tuple[int, ...]]:
    return {
        f"{where}/{place.name}": place.stamp
        for where, places in ExperimentScene(experiment).environments()
        for place in places
    }


def read(opened: Opening) -> None:
    while opened.reading:
        opened.read_on()


def test_a_page_can_be_drawn_before_any_portion_is_read(opened: Opening, folder: Path) -> None:
    assert [view.name for view in opened.experiment.runs] == [r.name for r in read_runs(folder)]
    opened.look()
    assert opened.reading
    assert opened.experiment.record.read_to == 0
    assert all(view.lines["train_loss"].count for view in opened.experiment.runs)


def test_the_page_says_that_it_is_a_first_look_and_how_far_the_record_is_read(
    opened: Opening,
) -> None:
    opened.look()
    assert "a first look: 0% of the record has been read" in leaderboard(opened.experiment).content
    opened.read_on()
    share = PORTION / opened.points
    assert f"a first look: {share:.0%} of" in leaderboard(opened.experiment).content
    read(opened)
    assert "first look" not in leaderboard(opened.experiment).content


def test_while_it_is_read_the_clocks_of_the_page_run(opened: Opening) -> None:
    scene = ExperimentScene(opened.experiment)
    assert scene.alive()
    read(opened)
    assert not scene.alive()


def test_read_to_its_end_every_window_shows_what_reading_at_once_would_show(
    opened: Opening, folder: Path
) -> None:
    opened.look()
    read(opened)
    whole = Experiment(open_record(folder))
    whole.poll()
    assert packets(opened.experiment) == packets(whole)
    whole.record.close()


def test_every_window_that_shows_more_than_at_the_first_look_is_drawn_anew(
    opened: Opening,
) -> None:
    opened.look()
    drawn, before = packets(opened.experiment), stamps(opened.experiment)
    read(opened)
    now, after = packets(opened.experiment), stamps(opened.experiment)
    changed = {name for name in now if now[name] != drawn.get(name)}
    assert {"exp_compare/train_loss", "exp_compare/leaderboard"} < changed
    assert not [name for name in changed if before.get(name) == after[name]]


def test_a_run_that_ends_meanwhile_is_drawn_anew(folder: Path, sentences: list[str]) -> None:
    left_open(folder, "late")
    opening = Opening(folder, sentences.append)
    opening.look()
    before = stamps(opening.experiment)
    open_record(folder).end_all("stopped")
    read(opening)
    assert opening.experiment.runs[-1].state == "stopped"
    assert before["exp_late/config"] != stamps(opening.experiment)["exp_late/config"]
    opening.close()


def test_what_is_asked_of_the_page_stays(opened: Opening) -> None:
    opened.experiment.ask(ComparisonRequest("tanh-normal", ("init", "activation")))
    opened.look()
    read(opened)
    assert opened.experiment.request.baseline == "tanh-normal"


def test_a_long_record_that_is_being_trained_is_followed(opened: Opening, folder: Path) -> None:
    opened.look()
    opened.read_on()
    with Recorder(folder, "late") as run:
        run.scalar("train_loss", 1, 1.0)
        read(opened)
        run.scalar("train_loss", 2, 1.0)
        run.flush()
        opened.experiment.poll()
        assert opened.experiment.runs[-1].lines["train_loss"].count == 2
    opened.experiment.poll()
    assert opened.experiment.ended()


def test_a_short_record_is_read_at_once(tmp_path: Path, sentences: list[str]) -> None:
    invent(tmp_path / "exp").record.close()
    opening = Opening(tmp_path / "exp", sentences.append)
    assert not opening.reading
    assert opening.experiment.runs[0].lines["train_loss"].count == STEPS
    assert opening.experiment.reading is None
    opening.close()


def test_what_is_missing_is_said_as_ever(tmp_path: Path, sentences: list[str]) -> None:
    with pytest.raises(RecordError, match="no experiment 'exp'"):
        Opening(tmp_path / "exp", sentences.append)


@pytest.mark.parametrize("at", [0.4, 0.95])
def test_damage_that_is_met_while_it_is_read_is_said_and_the_rest_is_shown(
    folder: Path, sentences: list[str], at: float
) -> None:
    file = folder / FILE_NAME
    whole = file.read_bytes()
    start = int(at * len(whole)) // 4096 * 4096
    file.write_bytes(whole[:start] + b"\xff" * 4096 + whole[start + 4096 :])
    opening = Opening(folder, sentences.append)
    opening.look()
    read(opening)
    assert len(sentences) == 1
    assert f"{FILE_NAME} is damaged" in sentences[0]
    assert "shown is what can be read: 4 runs" in sentences[0]
    assert len(opening.experiment.runs) == 4
    opening.close()


def test_damage_that_only_a_look_at_every_page_finds_is_said(
    folder: Path, sentences: list[str]
) -> None:
    whole = bytearray((folder / FILE_NAME).read_bytes())
    rows = range(0, len(whole), 4096)
    page = next(at for at in rows[2:] if whole[at] == LEAF and whole[at + 4] > 50)
    cell = page + 8 + 40  # two rows change places; each can be read as ever
    whole[cell : cell + 4] = whole[cell + 2 : cell + 4] + whole[cell : cell + 2]
    (folder / FILE_NAME).write_bytes(whole)
    opening = Opening(folder, sentences.append)
    opening.look()
    read(opening)
    assert len(sentences) == 1
    assert "out of order" in sentences[0]
    opening.close()


def test_an_opening_that_is_given_up_ends_its_check(folder: Path, sentences: list[str]) -> None:
    opening = Opening(folder, sentences.append)
    opening.look()
    opening.close()
    assert opening._check
    assert not opening._check.running()


def test_progress_is_said_once_in_a_while_and_at_the_end(
    opened: Opening, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress(opened)
    progress.update()
    opened.look()
    while opened.reading:
        opened.read_on()
        progress.update()
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == f"reading the record: 0% of {opened.points:,} points"
    assert last == f"the record is read: {opened.points:,} points"
