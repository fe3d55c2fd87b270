"""dashboard.patience, trainers.patience: a run waits for its record, bounded, and says so once."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.record.patience import VARIABLE, Patience, limit
from dashboard.record.reader import Record, create
from dashboard.record.recorder import Recorder
from dashboard.record.schema import FILE_NAME, UnwritableError
from dashboard.record.sink import FileSink
from trainers.local.patience import begun, written
from trainers.tape import Stopped


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    record = create(tmp_path / "exp", {}, [("r", {})])
    yield record
    record.close()


@pytest.fixture
def lock(record: Record) -> Iterator[sqlite3.Connection]:
    """A foreign write lock; closing the connection gives it back."""
    db = sqlite3.connect(record.folder / FILE_NAME, isolation_level=None, check_same_thread=False)
    db.execute("BEGIN IMMEDIATE")
    yield db
    db.close()


def opening(record: Record) -> Callable[[], Recorder]:
    return lambda: Recorder(record.folder, "r", sink=FileSink(record.folder, must_exist=True))


def never() -> bool:
    return False


def test_a_run_begins_as_soon_as_its_record_can_be_written(
    record: Record, lock: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    looks: list[int] = []

    def look() -> bool:
        looks.append(1)
        if len(looks) == 2:
            lock.execute("ROLLBACK")
        return False

    patience = Patience(60)
    with begun("r", opening(record), patience, look) as recorder:
        assert record.state("r") == "running"
        assert recorder.attempt == 0
    assert patience.fresh
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith("r: the record in ")
    assert "it waits up to 60 s to begin" in sentence


@pytest.mark.usefixtures("lock")
def test_a_run_that_cannot_begin_stays_queued(record: Record) -> None:
    patience = Patience(0.3)
    with pytest.raises(UnwritableError, match="database is locked"):
        begun("r", opening(record), patience, never)
    assert record.state("r") == "queued"
    with pytest.raises(UnwritableError):  # the next run does not wait anew
        begun("r", opening(record), patience, lambda: pytest.fail("it waited"))


@pytest.mark.usefixtures("lock")
def test_a_run_that_waits_to_begin_can_be_stopped(record: Record) -> None:
    with pytest.raises(Stopped):
        begun("r", opening(record), Patience(60), lambda: True)


def test_a_run_does_not_end_before_its_record_has_it(record: Record) -> None:
    with opening(record)() as recorder:
        db = sqlite3.connect(
            record.folder / FILE_NAME, isolation_level=None, check_same_thread=False
        )
        db.execute("BEGIN IMMEDIATE")
        recorder.scalar("s", 1, 1.0)
        threading.Timer(0.5, db.close).start()
        written(recorder, Patience(60), never)
        assert record.changes().points[0].steps.tolist() == [1]


def test_a_record_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / "exp").mkdir()
    with pytest.raises(UnwritableError, match="is gone"):
        FileSink(tmp_path / "exp", must_exist=True)
    assert list((tmp_path / "exp").iterdir()) == []


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf"])
def test_a_time_that_is_none_is_one_sentence(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(ValueError, match=f"{VARIABLE}='{text}' is not allowed"):
        limit()
