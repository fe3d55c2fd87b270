"""A full disk: training goes on, what was committed stays readable, and one sentence says so.

The disk is a tmpfs of a few megabytes, which only root may mount: for anyone else the tests are
skipped, and say so.
"""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from dashboard import Recorder
from dashboard.record.reader import create
from dashboard.record.schema import FILE_NAME
from tests.support.few import STEPS
from tests.support.launching import Launch, Launched, recorded, until
from tests.support.paced import paced
from tests.support.reading import add_runs, read_points, read_runs
from tests.support.refusing import refused

DISK_BYTES = 6 * 2**20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own, mounted where the launcher records: `runs`."""
    folder = tmp_path / "runs"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(["mount", *options], stderr=subprocess.PIPE).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take all the room there is; the file that holds it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096) == 4096:
                pass
        except OSError:
            pass
    return filler


def values(folder: Path, series: str) -> list[float]:
    points_of_series = [p for p in read_points(folder) if p.series == series]
    return [value for points in points_of_series for value in points.values.tolist()]


def test_points_wait_in_memory_until_there_is_room_and_none_is_lost(
    disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Recorder(disk / "exp", "r") as run:
        run.scalars("s", 1, [float(i) for i in range(1000)])
        assert run.flush()
        filler = fill(disk)
        for first in range(1000, 80_000, 1000):
            run.scalars("s", 1 + first, [float(first + i) for i in range(1000)])
            run.flush()
        run.text("note", 80_000, "x" * 10_000)
        assert not run.flush()
        read = values(disk / "exp", "s")
        assert read == [float(i) for i in range(len(read))]
        assert len(read) >= 1000
        filler.unlink()
        assert run.flush()
    assert values(disk / "exp", "s") == [float(i) for i in range(80_000)]
    assert read_runs(disk / "exp")[0].state == "done"
    sentences = [record.getMessage() for record in caplog.records]
    assert len(sentences) == 1
    assert "the record cannot be written (database or disk is full)" in sentences[0]
    assert "training goes on" in sentences[0]


def test_what_does_not_fit_in_memory_either_is_counted_and_the_run_has_failed(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.record.backlog.MOST_POINTS", 100_000)
    with Recorder(disk / "exp", "r") as run:
        filler = fill(disk)
        for first in range(0, 150_000, 10_000):
            run.scalars("s", 1 + first, [0.0] * 10_000)
            run.flush()
        filler.unlink()
    ended = read_runs(disk / "exp")[0]
    count = len(values(disk / "exp", "s"))
    assert 100_000 <= count < 150_000
    assert ended.state == "failed"
    assert f"{150_000 - count:,} points were lost" in ended.error


def test_a_run_that_ends_on_a_full_disk_says_so_and_leaves_a_sound_record(disk: Path) -> None:
    run = Recorder(disk / "exp", "r")
    run.scalar("s", 1, 1.0)
    run.flush()
    fill(disk)
    run.scalars("s", 2, [0.0] * 50_000)
    run.close()
    assert run.unwritten == "the record cannot be written (database or disk is full)"
    db = sqlite3.connect(disk / "exp" / FILE_NAME)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    assert values(disk / "exp", "s")[0] == 1.0


def test_an_end_from_outside_is_written_as_soon_as_there_is_room(disk: Path) -> None:
    record = create(disk / "exp")
    add_runs(record, [(f"r{i}", {"text": "x" * 1000}) for i in range(500)])
    filler = fill(disk)
    long = "because " * 100
    for i in range(500):
        record.end_run(f"r{i}", "failed", long)
    assert record.pending.ends()
    assert "which the record cannot take now" in record.pending.ends()[0]
    record.changes()  # reading goes on
    filler.unlink()
    assert {run.state for run in record.changes().runs} == {"failed"}
    assert record.pending.ends() == []
    record.close()


@pytest.fixture
def run(tmp_path: Path) -> list[str]:
    """Flags of an experiment of one run, 20 steps an epoch."""
    return [*paced(tmp_path), "--no-browser", "--experiment", "exp"]


def page_is_up(launched: Launched) -> bool:
    return requests.get(launched.url, timeout=5).status_code == 200


def test_training_goes_on_and_the_page_stays_up_while_the_disk_is_full(
    launch: Launch, disk: Path, tmp_path: Path, run: list[str]
) -> None:
    launched = launch(*run, "--epochs", "6", "--exit")
    until(lambda: launched.url and len(list(disk.glob("exp/checkpoints/*.pt"))) == 1, 60)
    filler = fill(disk)
    launched.says("the record cannot be written (database or disk is full)", 60)
    assert page_is_up(launched)
    assert recorded(tmp_path, "exp").runs[0].step > 0
    filler.unlink()
    assert launched.ends() == 0, launched.said
    assert launched.said.count("cannot be written") == 1
    assert "Traceback" not in launched.said
    view = recorded(tmp_path, "exp").runs[0]
    assert view.state == "done"
    assert view.lines["train_loss"].count == view.step == 6 * STEPS


def test_a_run_that_ends_while_the_disk_is_full_has_failed_in_one_sentence(
    launch: Launch, disk: Path, tmp_path: Path, run: list[str]
) -> None:
    launched = launch(*run, "--epochs", "3", TRAINBOARD_PATIENCE_S="1")
    until(lambda: launched.url and len(list(disk.glob("exp/checkpoints/*.pt"))) == 1, 60)
    fill(disk)
    launched.says("stays up", 90)
    assert page_is_up(launched)
    assert "paced-kaiming_normal: failed (the record cannot be written" in launched.said
    assert "Traceback" not in launched.said
    assert recorded(tmp_path, "exp").runs[0].step > 10
    launched.send(2)
    assert launched.ends() == 1
    launched.leaves_nobody()


ONE = ["--activation", "relu", "--no-dashboard", "--experiment", "exp"]


def states(tmp_path: Path) -> list[str]:
    return [view.state for view in recorded(tmp_path, "exp").runs]


@pytest.mark.usefixtures("main_here")
def test_a_full_disk_at_the_start_is_one_sentence_and_leaves_nothing(
    disk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fill(disk)
    said = refused(ONE, capfd)
    assert said.startswith("launch.py: the runs directory runs/exp cannot be written")
    assert [path.name for path in disk.iterdir()] == ["filler"]


def test_a_full_disk_spends_no_run_and_all_are_trained_when_there_is_room(
    launch: Launch, disk: Path, tmp_path: Path
) -> None:
    three = [*paced(tmp_path), "--seed", "0", "1", "2", "--no-dashboard", "--experiment", "exp"]
    launched = launch(*three, "--epochs", "1", TRAINBOARD_PATIENCE_S="1")
    until(lambda: (disk / "exp" / FILE_NAME).exists() and "running" in states(tmp_path), 60)
    filler = fill(disk)
    assert launched.ends() == 1
    assert "Traceback" not in launched.said
    assert launched.said.count("stay queued") == 1
    assert "launch.py resume exp" in launched.said
    assert states(tmp_path)[1:] == ["queued", "queued"]
    refused = launch("resume", "exp", "--no-dashboard", TRAINBOARD_PATIENCE_S="0")
    assert refused.ends() in (1, 2)  # SQLite may have room for the one word that it is resumed
    assert "cannot be" in refused.said
    assert states(tmp_path)[1:] == ["queued", "queued"]
    filler.unlink()
    resumed = launch("resume", "exp", "--no-dashboard")
    assert resumed.ends() == 0, resumed.said
    assert states(tmp_path) == ["done"] * 3


@pytest.mark.usefixtures("main_here")
def test_a_record_without_runs_is_nothing_to_resume(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    create(tmp_path / "runs" / "exp", {"command": ONE}).close()
    said = refused(["resume", "exp"], capfd)
    assert said == "launch.py: exp has no runs, so there is nothing to resume\n"
