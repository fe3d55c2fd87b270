"""dashboard.cli.formats: every format is written, all of them or none."""

from pathlib import Path

import pytest

from dashboard.cli import formats
from dashboard.cli.formats import FORMATS, USUAL, ExportError, Format, write_formats
from dashboard.errors import UserError
from tests.support.invented import invent
from tests.support.refusing import refused

GRID = {"activation": ["relu", "tanh"]}


@pytest.mark.parametrize("name", [name for name, each in FORMATS.items() if not each.has_check])
def test_every_format_that_needs_nothing_more_writes_its_files(name: str, tmp_path: Path) -> None:
    assert write_formats(invent(tmp_path / "e", GRID), tmp_path / "out", [name]) == []
    written = [path.name for path in (tmp_path / "out").iterdir()]
    named = FORMATS[name].says.replace(",", "").split()
    assert written
    assert name == "html" or all(file in named for file in written)


@pytest.mark.parametrize("name", [name for name, each in FORMATS.items() if each.has_check])
def test_every_other_format_says_by_itself_whether_it_can(name: str) -> None:
    assert callable(FORMATS[name]._import().check)
    assert callable(getattr(FORMATS[name]._import(), FORMATS[name].function))


def test_what_is_usual_are_formats_that_need_nothing_more() -> None:
    assert not any(FORMATS[name].has_check for name in USUAL)


def test_where_one_cannot_be_written_nothing_is_left_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(formats, "full", full, raising=False)
    both = {"latex": FORMATS["latex"], "broken": Format("", formats.__name__, "full", folder="f")}
    experiment = invent(tmp_path / "e", GRID)
    (tmp_path / "there").mkdir()
    for name in ("new", "there"):
        with pytest.raises(ExportError, match="cannot be written: No space left on device"):
            write_formats(experiment, tmp_path / name, ["latex", "broken"], formats=both)
    assert not (tmp_path / "new").exists()
    assert not list((tmp_path / "there").iterdir())


def test_what_is_missing_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check() -> None:
        raise UserError("--as broken needs more")

    monkeypatch.setattr(formats, "check", check, raising=False)
    both = {"latex": FORMATS["latex"], "broken": Format("", formats.__name__, has_check=True)}
    with pytest.raises(UserError, match="needs more"):
        write_formats(
            invent(tmp_path / "e", GRID), tmp_path / "out", ["latex", "broken"], formats=both
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("main_here")
def test_the_command_says_what_it_has_written_and_which_formats_there_are(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from trainers.launcher.main import main

    invent(tmp_path / "runs" / "mine", GRID)
    assert main(["export", "mine", "--to", "out", "--as", "markdown", "latex"]) == 0
    assert capfd.readouterr().out == "out: leaderboard.tex, summary.md\n"
    said = refused(["export", "mine", "--to", "new", "--as", "word"], capfd)
    assert said.startswith("launch.py: argument --as: invalid choice: 'word'")
    assert all(name in said for name in FORMATS)


@pytest.mark.usefixtures("main_here")
def test_a_theme_for_what_has_none_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    said = refused(["export", "mine", "--to", "out", "--theme", "dark"], capfd)
    assert said == "launch.py: --theme dark is for png and svg, and neither is written: see --as\n"
