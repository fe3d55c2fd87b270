"""dashboard.board.library and dashboard.runs.shelf: damaged, late, renewed and long records."""

import shutil
from pathlib import Path

import pytest

from dashboard.record.schema import FILE_NAME
from dashboard.runs import opening, shelf, shelf_entry
from dashboard.runs.experiment import Experiment
from tests.support.invented import GRID, STEPS, invent
from tests.support.launching import until
from tests.support.looking import Open, listed, looking, sentence
from tests.support.reading import open_record


def test_what_can_be_read_of_a_damaged_record_is_shown_with_a_word_about_it(
    tmp_path: Path, library: Open
) -> None:
    invent(tmp_path / "exp").record.close()
    file = tmp_path / "exp" / FILE_NAME
    whole = file.read_bytes()
    start = len(whole) * 2 // 3 // 4096 * 4096
    file.write_bytes(whole[:start] + b"\xff" * 4096 + whole[start + 4096 :])
    scene = library()
    until(looking(scene, "exp_compare"))
    assert "is damaged" in sentence(scene, "exp_compare")
    assert "leaderboard" in listed(scene)["exp_compare"]


def test_a_record_that_was_met_half_copied_is_read_anew_when_all_of_it_is_there(
    tmp_path: Path, library: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf_entry, "RETRY_S", 0.1)
    invent(tmp_path / "copied").record.close()
    file = tmp_path / "copied" / FILE_NAME
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 2 // 3 // 4096 * 4096])
    scene = library()
    until(looking(scene, "copied_compare"))
    assert "is damaged" in sentence(scene, "copied_compare")
    with file.open("r+b") as copy:
        copy.write(whole)
    look = looking(scene, "copied_compare")

    def is_whole() -> bool:
        look()
        names = listed(scene).get("copied_compare", set())  # none while it is opened anew
        return "leaderboard" in names and "trouble" not in names

    until(is_whole)


def test_an_experiment_that_comes_later_is_opened_then(tmp_path: Path, library: Open) -> None:
    scene = library()
    assert not looking(scene, "late_compare")()
    invent(tmp_path / "late")
    until(looking(scene, "late_compare"))


def test_an_experiment_that_was_recorded_anew_under_its_name_is_read_anew(
    tmp_path: Path, library: Open
) -> None:
    scene = library()
    invent(tmp_path / "exp", {"activation": ["relu"]}).record.close()
    until(looking(scene, "exp_relu"))
    shutil.rmtree(tmp_path / "exp")
    invent(tmp_path / "exp", {"activation": ["tanh"]}).record.close()
    until(looking(scene, "exp_tanh"))
    until(looking(scene, "exp_relu"))  # what is said of it now
    assert "has no run with the page exp_relu" in sentence(scene, "exp_relu")


def test_a_page_of_a_run_that_is_not_there_says_so(tmp_path: Path, library: Open) -> None:
    invent(tmp_path / "exp")
    scene = library()
    until(looking(scene, "exp_nobody"))
    assert "exp has no run with the page exp_nobody" in sentence(scene, "exp_nobody")


def test_several_of_which_one_is_not_there_say_so(tmp_path: Path, library: Open) -> None:
    invent(tmp_path / "exp")
    scene = library()
    until(looking(scene, "exp~gone_compare"))
    assert "has only exp" in sentence(scene, "exp~gone_compare")


def test_as_many_are_open_as_may_be_and_the_one_that_was_left_first_goes(
    tmp_path: Path, library: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MOST_OPEN", 2)
    for name in "abc":
        invent(tmp_path / name)
    scene = library()
    until(looking(scene, "a_compare"))
    until(looking(scene, "b_compare", "c_compare"))
    until(lambda: {e.name for e in scene._shelf.experiments()} == {"b", "c"})
    assert "a is not open: 2 others are shown already" in sentence(scene, "a_compare")
    until(lambda: looking(scene, "a_compare")() and not sentence(scene, "a_compare"))


def test_a_long_record_is_shown_first_and_read_then(
    tmp_path: Path, library: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LONG", 1000)
    monkeypatch.setattr("dashboard.runs.experiment.PORTION", 100)
    invent(tmp_path / "exp", GRID, steps=10 * STEPS).record.close()
    scene = library()
    until(looking(scene, "exp_compare"))
    (experiment,) = scene._shelf.experiments()
    until(lambda: experiment.reading is None)
    whole = Experiment(open_record(tmp_path / "exp"))
    whole.poll()
    for view, same in zip(experiment.runs, whole.runs, strict=True):
        assert view.lines["train_loss"].count == same.lines["train_loss"].count == 10 * STEPS
