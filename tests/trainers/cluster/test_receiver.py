"""trainers.cluster.receiver: letters become rows and files, in order, of the right attempt only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from dashboard.record import sink
from dashboard.record.reader import Record
from tests.support.letters import batch, send
from trainers.cluster.messages import Begin, Kept, Letter
from trainers.cluster.receiver import Desk


@pytest.fixture
def book(book: Record) -> Record:
    book.add_runs([("relu", {}), ("tanh", {})])
    return book


@pytest.fixture
def desk(book: Record) -> Iterator[Desk]:
    made = Desk(book.folder)
    yield made
    made.close()


def steps(book: Record) -> list[int]:
    with closing(sqlite3.connect(book.folder / "record.sqlite3")) as db:
        return [step for (step,) in db.execute("SELECT step FROM point")]


def test_a_runs_letters_are_written_in_their_order(desk: Desk, book: Record) -> None:
    ticket = desk.ticket("relu")
    send(desk, Letter("relu", ticket, Begin({}, -1)), Letter("relu", ticket, batch(1, 2)))
    assert desk.work()
    assert desk.begun("relu")
    assert book.runs()[0].state == "running"
    send(desk, Letter("relu", ticket, batch(3, end="done")))
    assert desk.work()
    assert not desk.begun("relu")
    assert [run.state for run in book.runs()] == ["done", "queued"]
    assert steps(book) == [1, 2, 3]


def test_letters_of_a_lost_attempt_are_thrown_away(desk: Desk, book: Record) -> None:
    lost = desk.ticket("relu")
    send(desk, Letter("relu", lost, Begin({}, -1)), Letter("relu", lost, batch(1, 2, 3, 4)))
    desk.work()
    second = desk.ticket("relu")
    book.requeue(["relu"])
    send(
        desk,
        Letter("relu", lost, batch(5)),
        Letter("relu", second, Begin({}, 2)),
        Letter("relu", lost, batch(6, end="failed")),
        Letter("relu", second, batch(3, 4, end="done")),
    )
    assert desk.work()
    assert steps(book) == [1, 2, 3, 4]
    assert (book.runs()[0].state, book.runs()[0].attempt) == ("done", 1)


def test_what_the_record_cannot_take_stays_on_the_desk(
    desk: Desk, book: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sink.schema, "BUSY_TIMEOUT_S", 0.05)
    ticket = desk.ticket("relu")
    send(desk, Letter("relu", ticket, Begin({}, -1)))
    assert desk.work()
    other = sqlite3.connect(book.folder / "record.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # nobody else can write now
    send(desk, Letter("relu", ticket, batch(1)), Letter("relu", ticket, batch(2, end="done")))
    assert not desk.work()
    other.execute("ROLLBACK")
    other.close()
    assert desk.work()
    assert steps(book) == [1, 2]


def test_the_newest_checkpoint_is_kept_until_it_is_taken_back(desk: Desk) -> None:
    ticket = desk.ticket("relu")
    assert desk.checkpoint("relu") is None
    send(desk, *(Letter("relu", ticket, Kept(content)) for content in (b"one", b"two")))
    desk.work()
    assert desk.checkpoint("relu") == b"two"
    send(desk, Letter("relu", ticket, Kept(None)))
    desk.work()
    assert desk.checkpoint("relu") is None
