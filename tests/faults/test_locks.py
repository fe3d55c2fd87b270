"""Another process holds a write lock on the record: training goes on, nothing is lost, all ends."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard import Recorder
from dashboard.record.ending import LAST_TRIES_S
from dashboard.record.owner import GONE
from dashboard.record.reader import create
from dashboard.record.schema import FILE_NAME, UnwritableError
from tests.support.launching import ROOT, Launch, recorded, until
from tests.support.paced import paced
from tests.support.reading import read_points, read_runs

ENDLESS = ["--epochs", "10000", "--experiment", "exp", "--no-dashboard"]


@pytest.fixture
def stranger() -> Iterator[list[sqlite3.Connection]]:
    """Foreign connections; closed at the end."""
    opened: list[sqlite3.Connection] = []
    yield opened
    for db in opened:
        db.close()


def lock(folder: Path, opened: list[sqlite3.Connection]) -> sqlite3.Connection:
    """What `sqlite3 record.sqlite3 'BEGIN IMMEDIATE'` in a shell that stays open does."""
    db = sqlite3.connect(folder / FILE_NAME, isolation_level=None, timeout=30)
    db.execute("BEGIN IMMEDIATE")
    opened.append(db)
    return db


def test_recording_does_not_wait_for_a_foreign_lock_and_loses_nothing(
    tmp_path: Path, stranger: list[sqlite3.Connection], caplog: pytest.LogCaptureFixture
) -> None:
    with Recorder(tmp_path / "exp", "r") as run:
        db = lock(tmp_path / "exp", stranger)
        started_s = time.monotonic()
        while time.monotonic() < started_s + 1.5:
            assert not run.flush()
        tries = 0
        while tries < 20:  # each took ten seconds
            tries += 1
            run.scalar("s", tries, tries)
            assert not run.flush()
        assert time.monotonic() - started_s < 10
        db.execute("ROLLBACK")
        assert run.flush()
    assert read_points(tmp_path / "exp")[0].steps.tolist() == list(range(1, 21))
    assert read_runs(tmp_path / "exp")[0].state == "done"
    (sentence,) = [record.getMessage() for record in caplog.records]
    assert "another process has locked it" in sentence


def test_a_lock_of_a_moment_is_not_worth_a_word(
    tmp_path: Path, stranger: list[sqlite3.Connection], caplog: pytest.LogCaptureFixture
) -> None:
    with Recorder(tmp_path / "exp", "r") as run:
        db = lock(tmp_path / "exp", stranger)
        run.scalar("s", 1, 1.0)
        assert not run.flush()
        db.execute("ROLLBACK")
    assert caplog.records == []


def test_the_launchers_own_words_wait_too(
    tmp_path: Path, stranger: list[sqlite3.Connection]
) -> None:
    record = create(tmp_path / "exp", {}, [("a", {}), ("b", {})])
    db = lock(tmp_path / "exp", stranger)
    started_s = time.monotonic()
    record.end_run("a", "failed", "killed")
    record.requeue(["a"])
    with pytest.raises(UnwritableError, match="database is locked"):
        record.pending.demand()
    assert [run.state for run in record.changes().runs] == ["queued", "queued"]
    assert time.monotonic() - started_s < 8
    (sentence,) = record.pending.ends()
    assert sentence.startswith("a: failed (killed), which the record cannot take now")
    db.execute("ROLLBACK")
    record.pending.demand()
    record.close()


def test_ctrl_c_under_a_foreign_lock_ends_in_time_and_says_what_is_not_recorded(
    launch: Launch, tmp_path: Path, stranger: list[sqlite3.Connection]
) -> None:
    launched = launch(*paced(tmp_path), *ENDLESS)
    folder = tmp_path / "runs" / "exp"
    until(lambda: (folder / FILE_NAME).exists() and recorded(tmp_path, "exp").runs[0].step > 1, 60)
    db = lock(folder, stranger)
    launched.says("another process has locked it", 30)
    launched.send(signal.SIGINT)
    started_s = time.monotonic()
    assert launched.ends() == 128 + signal.SIGINT
    assert time.monotonic() - started_s < 5 * LAST_TRIES_S  # while others are tested, too
    assert "every open run: stopped (no reason), which the record cannot take now" in launched.said
    assert "points are not in the record" in launched.said
    assert "Traceback" not in launched.said
    launched.leaves_nobody()
    db.execute("ROLLBACK")
    assert recorded(tmp_path, "exp").runs[0].state == "running"


OWN_LOOP = """
import time
from dashboard import Recorder

with Recorder("exp", "r") as run:
    run.scalar("s", 1, 1.0)
    run.flush()
    try:
        print("trains", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("closes", flush=True)
        raise
"""


@pytest.fixture
def own_loop(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A person's own loop, which has begun and trains until Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWN_LOOP], cwd=tmp_path, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "trains\n"
    yield process
    process.kill()
    process.communicate()


def interrupt_twice(process: subprocess.Popen[str]) -> None:
    """Ctrl-C, and again while the run is being closed and the record cannot be written."""
    process.send_signal(signal.SIGINT)
    assert process.stdout
    assert process.stdout.readline() == "closes\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)


def test_a_second_ctrl_c_while_a_run_is_being_closed_costs_it_no_end(
    own_loop: subprocess.Popen[str], tmp_path: Path, stranger: list[sqlite3.Connection]
) -> None:
    db = lock(tmp_path / "exp", stranger)
    interrupt_twice(own_loop)
    time.sleep(0.3)
    db.execute("ROLLBACK")
    assert own_loop.wait(60) != 0
    db = sqlite3.connect(tmp_path / "exp" / FILE_NAME)
    stranger.append(db)
    assert db.execute("SELECT state FROM run").fetchone() == ("stopped",)


def end_unwritten(process: subprocess.Popen[str]) -> None:
    interrupt_twice(process)
    assert process.wait(60) != 0


@pytest.mark.parametrize("end", [end_unwritten, lambda process: [process.kill(), process.wait()]])
def test_a_run_whose_process_is_gone_without_an_end_does_not_look_like_running(
    own_loop: subprocess.Popen[str],
    tmp_path: Path,
    stranger: list[sqlite3.Connection],
    end: Callable[[subprocess.Popen[str]], object],
) -> None:
    assert [run.state for run in read_runs(tmp_path / "exp")] == ["running"]
    db = lock(tmp_path / "exp", stranger)
    end(own_loop)
    db.execute("ROLLBACK")
    assert db.execute("SELECT state FROM run").fetchone() == ("running",)
    (run,) = read_runs(tmp_path / "exp")
    assert (run.state, run.error, run.ended_s) == ("stopped", GONE, run.heartbeat_s)
    with Recorder(tmp_path / "exp", "r", resume=True) as again:
        assert again.name == "r"
    assert [run.state for run in read_runs(tmp_path / "exp")] == ["done"]
