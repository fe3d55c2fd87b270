"""trainers.ray_desk: letters become rows and files, in order, of the right attempt only."""

import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dashboard import sink
from dashboard.record import Record, create
from dashboard.sink import Batch
from trainers.ray_desk import Desk
from trainers.ray_letters import Begin, Kept, Letter


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Record]:
    made = create(tmp_path / "far")
    made.add_runs([("relu", {}), ("tanh", {})])
    yield made
    made.close()


@pytest.fixture
def desk(book: Record) -> Iterator[Desk]:
    made = Desk(book.folder)
    yield made
    made.close()


def batch(*steps: int, end: str = "") -> Batch:
    ended = (end, "", 9.0) if end else None
    return Batch(1.0, [("train_loss", step, 1.0, 0.5) for step in steps], end=ended)


def send(desk: Desk, *letters: Letter) -> None:
    desk.put([pickle.dumps(list(letters))])


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
    monkeypatch.setattr(sink.record_file, "BUSY_TIMEOUT_S", 0.05)
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
