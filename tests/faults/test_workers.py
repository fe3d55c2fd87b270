"""Killed workers and launchers: no committed row is lost, and what is left gets finished."""

import random
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from dashboard.record.schema import FILE_NAME
from tests.support.launching import Launch, Launched, kill, recorded, until
from tests.support.paced import paced
from tests.support.workers import steps, workers

KILLS = 8
Row = tuple[str, str, int, float | None]


def three(folder: Path) -> list[str]:
    """Flags of three runs, one after the other, of 80 steps and most of a second."""
    return [*paced(folder, 0.01), "--dropout", "0.2", "--epochs", "4", "--seed", "0", "1", "2",
            "--no-dashboard", "--experiment", "exp"]  # fmt: skip


def rows(tmp_path: Path) -> list[Row]:
    """(run, series, step, value) of every point; the record must be sound."""
    db = sqlite3.connect(tmp_path / "runs" / "exp" / FILE_NAME)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    points = db.execute("SELECT run, series, step, value FROM curve ORDER BY 1, 2, 3").fetchall()
    db.close()
    return points


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Every point of the three runs when nothing disturbs them."""
    folder = tmp_path_factory.mktemp("calm")
    launched = Launched(three(folder), folder, {})
    assert launched.ends() == 0, launched.said
    return rows(folder)


def test_workers_killed_again_and_again_give_the_curves_of_undisturbed_ones(
    launch: Launch, tmp_path: Path, calm: list[Row]
) -> None:
    launched = launch(*three(tmp_path), "--retries", str(KILLS))
    moments = random.Random(6)
    killed: set[int] = set()
    while len(killed) < KILLS and launched.process.poll() is None:
        fresh = [p for p in workers(launched) if p.pid not in killed]
        if fresh:
            time.sleep(moments.uniform(0.0, 0.6))
            if kill(fresh[0]):  # else it had nothing left to do
                killed.add(fresh[0].pid)
        time.sleep(0.02)
    assert launched.ends() == 0, launched.said
    # A worker that dies before it was given a run costs no attempt.
    assert KILLS // 2 <= launched.said.count("it begins again") <= len(killed) == KILLS
    assert rows(tmp_path) == calm
    launched.leaves_nobody()


def attempts(tmp_path: Path) -> tuple[int, str] | None:
    """How often the first run has begun again, and its state; None before there is a record."""
    if not (tmp_path / "runs" / "exp" / FILE_NAME).exists():
        return None
    runs = recorded(tmp_path, "exp").runs
    return (runs[0].attempt, runs[0].state) if runs else None


def test_a_run_out_of_retries_has_failed_within_five_seconds(
    launch: Launch, tmp_path: Path
) -> None:
    flags = [*paced(tmp_path), "--no-dashboard", "--experiment", "exp"]
    launched = launch(*flags, "--epochs", "1000", "--retries", "1")
    for attempt in range(2):
        until(lambda: attempts(tmp_path) == (attempt, "running"), 60)  # noqa: B023
        until(lambda: any(kill(worker) for worker in workers(launched)[:1]))
    killed_s = time.monotonic()
    assert launched.ends() == 1
    assert time.monotonic() - killed_s < 5.0
    view = recorded(tmp_path, "exp").runs[0]
    assert (view.state, view.error) == ("failed", "its worker was killed by SIGKILL")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_what_a_launcher_left_is_resumed_to_the_numbers_of_an_undisturbed_one(
    launch: Launch, tmp_path: Path, calm: list[Row], number: int
) -> None:
    launched = launch(*three(tmp_path))
    until(lambda: steps(tmp_path) > 80 + 25, 60)
    launched.send(number)
    launched.ends()
    launched.leaves_nobody()
    first, second, third = [view.state for view in recorded(tmp_path, "exp").runs]
    assert first == "done"
    assert second in ("running", "stopped")
    assert third in ("queued", "stopped")
    kept = [row for row in rows(tmp_path) if row[0] == calm[0][0]]
    resumed = launch("resume", "exp", "--no-dashboard")
    assert resumed.ends() == 0, resumed.said
    assert "exp: 2 runs on cpu" in resumed.said
    assert rows(tmp_path) == calm
    assert [row for row in rows(tmp_path) if row[0] == calm[0][0]] == kept
    assert [v.attempt for v in recorded(tmp_path, "exp").runs] == [0, 1, 0]
    assert not (tmp_path / "runs" / "exp" / "checkpoints").exists()
