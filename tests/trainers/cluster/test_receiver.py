"""trainers.cluster.receiver: messages become rows and files, in order, if their attempt is
the present one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from dashboard.record import sink
from dashboard.record.reader import Record
from tests.support.messages import batch, send
from tests.support.reading import add_runs
from trainers.cluster.messages import Begin, Kept, Message
from trainers.cluster.receiver import Receiver


@pytest.fixture
def book(book: Record) -> Record:
    add_runs(book, [("relu", {}), ("tanh", {})])
    return book


@pytest.fixture
def receiver(book: Record) -> Iterator[Receiver]:
    made = Receiver(book.folder)
    yield made
    made.close()


def steps(book: Record) -> list[int]:
    with closing(sqlite3.connect(book.folder / "record.sqlite3")) as db:
        return [step for (step,) in db.execute("SELECT step FROM point")]


def test_a_runs_messages_are_written_in_their_order(receiver: Receiver, book: Record) -> None:
    attempt = receiver.new_attempt("relu")
    send(receiver, Message("relu", attempt, Begin({}, -1)), Message("relu", attempt, batch(1, 2)))
    assert receiver.work()
    assert receiver.begun("relu")
    assert book.runs()[0].state == "running"
    send(receiver, Message("relu", attempt, batch(3, end="done")))
    assert receiver.work()
    assert not receiver.begun("relu")
    assert [run.state for run in book.runs()] == ["done", "queued"]
    assert steps(book) == [1, 2, 3]


def test_messages_of_a_lost_attempt_are_thrown_away(receiver: Receiver, book: Record) -> None:
    lost = receiver.new_attempt("relu")
    send(receiver, Message("relu", lost, Begin({}, -1)), Message("relu", lost, batch(1, 2, 3, 4)))
    receiver.work()
    second = receiver.new_attempt("relu")
    book.requeue(["relu"])
    send(
        receiver,
        Message("relu", lost, batch(5)),
        Message("relu", second, Begin({}, 2)),
        Message("relu", lost, batch(6, end="failed")),
        Message("relu", second, batch(3, 4, end="done")),
    )
    assert receiver.work()
    assert steps(book) == [1, 2, 3, 4]
    assert (book.runs()[0].state, book.runs()[0].attempt) == ("done", 1)


def test_what_the_record_cannot_take_waits_in_the_receiver(
    receiver: Receiver, book: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sink.schema, "BUSY_TIMEOUT_S", 0.05)
    attempt = receiver.new_attempt("relu")
    send(receiver, Message("relu", attempt, Begin({}, -1)))
    assert receiver.work()
    other = sqlite3.connect(book.folder / "record.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # nobody else can write now
    send(
        receiver, Message("relu", attempt, batch(1)), Message("relu", attempt, batch(2, end="done"))
    )
    assert not receiver.work()
    other.execute("ROLLBACK")
    other.close()
    assert receiver.work()
    assert steps(book) == [1, 2]


def test_the_newest_checkpoint_is_kept_until_it_is_taken_back(receiver: Receiver) -> None:
    attempt = receiver.new_attempt("relu")
    assert receiver.checkpoint("relu") is None
    send(receiver, *(Message("relu", attempt, Kept(content)) for content in (b"one", b"two")))
    receiver.work()
    assert receiver.checkpoint("relu") == b"two"
    send(receiver, Message("relu", attempt, Kept(None)))
    receiver.work()
    assert receiver.checkpoint("relu") is None
