"""dashboard.record.uncommitted, dashboard.record.committer: what waits is committed once, in
order."""

import os
import signal
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import torch

from dashboard import Recorder
from dashboard.record.committer import COMMITTER
from dashboard.record.schema import FILE_NAME, RecordError
from dashboard.record.sink import Batch, FileSink
from dashboard.record.uncommitted import MOST_WAITING
from tests.support.launching import until
from tests.support.reading import read_points, read_runs

THREAD = "trainboard-commits"


class Watched(FileSink):
    """A sink that counts its batches and raises what it is told to, once each."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.batches = 0
        self.errors: list[BaseException] = []

    def write(self, batch: Batch) -> None:
        if self.errors:
            raise self.errors.pop()
        super().write(batch)
        self.batches += 1


class Rounds:
    """Counts how often the committing thread came round."""

    count = 0

    def commit_waiting(self) -> None:
        self.count += 1

    def disown(self) -> None:
        pass


@pytest.fixture
def sink(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def values(folder: Path) -> list[float]:
    points = read_points(folder)
    return points[0].values.tolist() if points else []


def test_the_thread_is_there_as_long_as_a_recorder_is_open(tmp_path: Path) -> None:
    def threads() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == THREAD]

    with Recorder(tmp_path, "a"):
        with Recorder(tmp_path, "b"):
            assert threads() == [THREAD]
        assert threads() == [THREAD]
    assert threads() == []


def test_silence_is_no_sign_of_life(sink: Watched, tmp_path: Path) -> None:
    rounds = Rounds()
    with Recorder(tmp_path, "r", sink=sink) as run:
        run.scalar("s", 1, 1.0)
        until(lambda: sink.batches == 1)
        COMMITTER.add(rounds)
        until(lambda: rounds.count == 3)
        COMMITTER.remove(rounds)
        assert sink.batches == 1


def test_a_loop_without_a_pause_does_not_fill_the_memory(tmp_path: Path) -> None:
    with Recorder(tmp_path, "r") as run:
        most = 0
        for step in range(3 * MOST_WAITING):
            run.scalar("s", step, 1.0)
            most = max(most, len(run._points))
    assert most <= MOST_WAITING
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as db:
        assert db.execute("SELECT count(*) FROM point").fetchone() == (3 * MOST_WAITING,)


def test_ctrl_c_during_a_commit_loses_and_doubles_nothing(tmp_path: Path) -> None:
    class Interrupting(FileSink):
        interrupted = False

        def write(self, batch: Batch) -> None:
            super().write(batch)
            if batch.points and not self.interrupted:
                self.interrupted = True
                os.kill(os.getpid(), signal.SIGINT)

    def training() -> None:
        with Recorder(tmp_path, "r", sink=Interrupting(tmp_path)) as run:
            run.scalars("s", 0, [0.0, 1.0, 2.0])
            run.flush()
            until(lambda: False)  # the interrupt may arrive a moment later

    with pytest.raises(KeyboardInterrupt):
        training()
    assert values(tmp_path) == [0.0, 1.0, 2.0]
    assert read_runs(tmp_path)[0].state == "stopped"


def test_a_bug_in_the_thread_is_said_and_raised_by_the_next_call_and_loses_nothing(
    sink: Watched, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Recorder(tmp_path, "r", sink=sink) as run:
        sink.errors = [ZeroDivisionError("a bug")]
        run.scalar("s", 1, 1.0)
        until(lambda: caplog.records)
        assert "could not be committed (ZeroDivisionError: a bug)" in caplog.text
        with pytest.raises(ZeroDivisionError):
            run.scalar("s", 2, 2.0)
        run.scalar("s", 3, 3.0)
    assert values(tmp_path) == [1.0, 2.0, 3.0]


def test_what_the_sink_refused_is_tried_again_without_a_call(
    sink: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.record.uncommitted.RETRY_EVERY_S", 0.01)
    with Recorder(tmp_path, "r", sink=sink) as run:
        sink.errors = [sqlite3.OperationalError("database or disk is full") for _ in range(2)]
        run.scalar("s", 1, 1.0)
        until(lambda: values(tmp_path) == [1.0])


def test_a_number_that_its_device_does_not_give_is_left_out_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Recorder(tmp_path, "r") as run:
        run.scalar("s", 1, 1.0)
        run.scalar("s", 2, torch.zeros((), device="meta"))  # has no value to read
        run.scalar("s", 3, 3.0)
        run.flush()
    assert values(tmp_path) == [1.0, 3.0]
    assert ["s was not recorded" in record.getMessage() for record in caplog.records] == [True]


def test_several_threads_may_record_and_flush_at_once(tmp_path: Path) -> None:
    def record(name: str) -> None:
        for step in range(0, 2000, 10):
            run.scalars(name, step, [float(step + i) for i in range(10)])
            run.flush()

    with Recorder(tmp_path, "r") as run:
        threads = [threading.Thread(target=record, args=(f"s{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    rows = {points.series: points.values.tolist() for points in read_points(tmp_path)}
    assert rows == {f"s{i}": [float(step) for step in range(2000)] for i in range(4)}


def test_a_recorder_that_is_refused_leaves_no_connection_and_no_thread(tmp_path: Path) -> None:
    Recorder(tmp_path, "r").close()
    sink = FileSink(tmp_path)
    with pytest.raises(RecordError, match="is recorded already"):
        Recorder(tmp_path, "r", sink=sink)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        sink._db.execute("SELECT 1")
    assert THREAD not in [thread.name for thread in threading.enumerate()]
