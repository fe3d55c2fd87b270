"""trainers.cluster.receiver: messages become rows and files, in order, if their attempt is
the present one."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from dashboard.record import sink
from dashboard.record.reader import Record
from tests.support.messages import batch, send
from tests.support.reading import add_runs
from trainers.cluster.messages import Begin, Kept, Message, Model
from trainers.cluster.receiver import Receiver


@pytest.fixture
def record(record: Record) -> Record:
    add_runs(record, [("relu", {}), ("tanh", {})])
    return record


@pytest.fixture
def receiver(record: Record) -> Iterator[Receiver]:
    writer = Receiver(record.folder)
    yield writer
    writer.close()


def steps(record: Record) -> list[int]:
    with closing(sqlite3.connect(record.folder / "record.sqlite3")) as db:
        return [step for (step,) in db.execute("SELECT step FROM point")]


def test_a_runs_messages_are_written_in_their_order(receiver: Receiver, record: Record) -> None:
    attempt = receiver.new_attempt("relu")
    send(receiver, Message("relu", attempt, Begin({}, -1)), Message("relu", attempt, batch(1, 2)))
    assert receiver.work()
    assert receiver.begun("relu")
    assert record.runs()[0].state == "running"
    send(receiver, Message("relu", attempt, batch(3, end="done")))
    assert receiver.work()
    assert not receiver.begun("relu")
    assert [run.state for run in record.runs()] == ["done", "queued"]
    assert steps(record) == [1, 2, 3]


def test_messages_of_a_lost_attempt_are_thrown_away(receiver: Receiver, record: Record) -> None:
    lost = receiver.new_attempt("relu")
    send(receiver, Message("relu", lost, Begin({}, -1)), Message("relu", lost, batch(1, 2, 3, 4)))
    receiver.work()
    second = receiver.new_attempt("relu")
    record.requeue(["relu"])
    send(
        receiver,
        Message("relu", lost, batch(5)),
        Message("relu", second, Begin({}, 2)),
        Message("relu", lost, batch(6, end="failed")),
        Message("relu", second, batch(3, 4, end="done")),
    )
    assert receiver.work()
    assert steps(record) == [1, 2, 3, 4]
    assert (record.runs()[0].state, record.runs()[0].attempt) == ("done", 1)


def test_what_the_record_cannot_take_waits_in_the_receiver(
    receiver: Receiver, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sink.schema, "BUSY_TIMEOUT_S", 0.05)
    attempt = receiver.new_attempt("relu")
    send(receiver, Message("relu", attempt, Begin({}, -1)))
    assert receiver.work()
    other = sqlite3.connect(record.folder / "record.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # nobody else can write now
    send(
        receiver, Message("relu", attempt, batch(1)), Message("relu", attempt, batch(2, end="done"))
    )
    assert not receiver.work()
    other.execute("ROLLBACK")
    other.close()
    assert receiver.work()
    assert steps(record) == [1, 2]


def test_the_newest_checkpoint_is_kept_until_it_is_taken_back(receiver: Receiver) -> None:
    attempt = receiver.new_attempt("relu")
    assert receiver.checkpoint("relu") is None
    send(receiver, *(Message("relu", attempt, Kept(content)) for content in (b"one", b"two")))
    receiver.work()
    assert receiver.checkpoint("relu") == b"two"
    send(receiver, Message("relu", attempt, Kept(None)))
    receiver.work()
    assert receiver.checkpoint("relu") is None


@pytest.mark.parametrize("what", [Kept(b"a checkpoint"), Model("best.pt", b"a model")])
def test_a_folder_that_somebody_removed_does_not_come_back(
    receiver: Receiver, record: Record, what: Kept | Model
) -> None:
    attempt = receiver.new_attempt("relu")
    send(receiver, Message("relu", attempt, what))
    assert receiver.work()
    (file,) = [path for path in record.folder.rglob("*.pt") if path.is_file()]
    assert file.read_bytes() == what.file
    shutil.rmtree(record.folder)
    send(receiver, Message("relu", attempt, what))
    assert receiver.work()
    assert not record.folder.exists()
