"""dashboard.scratch: what a killed process leaves in the temporary folder goes with the next."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import scratch
from dashboard.scratch import PREFIX, scratch_folder
from tests.support.launching import ROOT

HOLDS = "from dashboard.scratch import *\nwith scratch_folder() as f: print(f, flush=True); input()"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def holder(temporary: Path) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """Another process that uses a folder, made a while ago."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS], cwd=ROOT, stdin=pipe, stdout=pipe, text=True
    ) as process:
        assert process.stdout
        folder = Path(process.stdout.readline().strip())
        (folder / "server.log").write_text("its last words")
        make_old(folder)
        yield process, folder
        process.kill()


def make_old(folder: Path) -> None:
    then_s = time.time() - 2 * scratch.YOUNG_S
    os.utime(folder, (then_s, then_s))


def test_a_folder_goes_with_everything_in_it_when_its_use_ends(temporary: Path) -> None:
    with scratch_folder() as folder:
        assert folder.parent == temporary
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "deep").mkdir()
        (folder / "deep" / "file").touch()
    assert not list(temporary.iterdir())


def test_the_next_folder_removes_what_a_killed_process_left(
    holder: tuple["subprocess.Popen[str]", Path],
) -> None:
    process, left = holder
    process.kill()
    process.wait()
    assert (left / "server.log").exists()
    with scratch_folder():
        assert not left.exists()


def test_a_folder_that_another_process_uses_stays(
    holder: tuple["subprocess.Popen[str]", Path],
) -> None:
    _, used = holder
    with scratch_folder():
        assert (used / "server.log").exists()


def test_a_folder_just_made_stays_although_nobody_holds_it_yet(temporary: Path) -> None:
    (temporary / f"{PREFIX}new").mkdir()
    with scratch_folder():
        assert (temporary / f"{PREFIX}new").exists()


def test_links_files_and_other_folders_of_the_temporary_folder_stay(temporary: Path) -> None:
    mine = temporary / "mine"
    mine.mkdir()
    make_old(mine)
    (temporary / f"{PREFIX}link").symlink_to(mine)
    (temporary / f"{PREFIX}file").touch()
    with scratch_folder() as folder:
        names = {path.name for path in temporary.iterdir()} - {folder.name}
    assert names == {"mine", f"{PREFIX}link", f"{PREFIX}file"}
