"""An experiment may be named by its folder, as a shell completes it, wherever one stands."""

from pathlib import Path

import pytest

from dashboard.cli import export_command
from dashboard.cli.folders import by_folder
from dashboard.cli.view import make_parser, names_to_show
from dashboard.errors import UserError
from tests.support.invented import invent
from trainers.launcher import resume


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder one stands in, with the experiments a and b in its own runs and c elsewhere."""
    for folder in ("here/runs/a", "here/runs/b", "elsewhere/c"):
        invent(tmp_path / folder).record.close()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def test_names_are_those_of_the_folder_of_runs(place: Path) -> None:
    assert by_folder(Path("runs"), ["a", "b"]) == (Path("runs"), ["a", "b"])
    assert by_folder(Path("runs"), ["none"]) == (Path("runs"), ["none"])
    assert by_folder(Path("runs"), []) == (Path("runs"), [])


@pytest.mark.parametrize("word", ["runs/a", "./runs/a/", "../here/runs/a"])
def test_a_folder_says_where_it_is(place: Path, word: str) -> None:
    assert by_folder(Path("runs"), [word]) == (place / "here" / "runs", ["a"])


def test_several_folders_lie_together_or_it_is_one_sentence(place: Path) -> None:
    assert by_folder(Path("runs"), ["runs/b", "runs/a"])[1] == ["b", "a"]
    with pytest.raises(UserError, match=r"^runs/a, \.\./elsewhere/c lie in different folders: "):
        by_folder(Path("runs"), ["runs/a", "../elsewhere/c"])


def test_a_page_of_a_folder_finds_what_it_asks_for_later(place: Path) -> None:
    args = make_parser().parse_args([str(place / "elsewhere" / "c")])
    assert names_to_show(args) == ["c"]
    assert args.runs_dir == place / "elsewhere"


def test_it_is_exported_and_resumed_by_its_folder(place: Path) -> None:
    export_command.run(["../elsewhere/c", "--to", "files", "--as", "json"])
    assert (place / "here" / "files" / "settings.json").is_file()
    with pytest.raises(UserError, match=r"^c was not trained by launch\.py"):
        resume.run(["../elsewhere/c", "--no-dashboard"])
