"""dashboard.record.backlog: rows wait while a sink cannot take them, in order, bounded, and all
arrive."""

import sqlite3
from typing import Any

import pytest

from dashboard.record.backlog import BATCH_POINTS, Backlog
from dashboard.record.sink import Batch, Point
from dashboard.record.validation import Warner


class Leaky:
    """A sink that takes what it is given, or nothing while it is full."""

    def __init__(self) -> None:
        self.full = False
        self.batches: list[Batch] = []

    def begin(self, run: str, config: dict[str, Any], keep_to: int = -1) -> int:
        return 0

    def write(self, batch: Batch) -> None:
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        self.batches.append(batch)

    def close(self) -> None:
        pass

    def points(self) -> list[Point]:
        return [point for batch in self.batches for point in batch.points]


def points(first: int, count: int) -> list[Point]:
    return [("s", step, 0.0, 1.0) for step in range(first, first + count)]


@pytest.fixture
def sink() -> Leaky:
    return Leaky()


@pytest.fixture
def backlog(sink: Leaky) -> Backlog:
    return Backlog(sink, Warner("r"))


def test_what_waited_arrives_in_order_and_once(sink: Leaky, backlog: Backlog) -> None:
    sink.full = True
    for first in range(0, 5 * BATCH_POINTS, 1000):
        backlog.add(points(first, 1000), [], (9, 3) if first == 0 else None)
        assert not backlog.send(1.0)
    sink.full = False
    backlog.add([], [("x", "text", 1, 0.0, b"hello", "{}")])
    assert backlog.send(2.0, ("done", "", 2.0))
    assert sink.points() == points(0, 5 * BATCH_POINTS)
    assert sink.batches[0].extent == (9, 3)
    assert [len(batch.media) for batch in sink.batches] == [0] * (len(sink.batches) - 1) + [1]
    assert [batch.end for batch in sink.batches][-2:] == [None, ("done", "", 2.0)]
    assert max(len(batch.points) for batch in sink.batches) <= BATCH_POINTS


def test_a_full_sink_is_said_once(
    sink: Leaky, backlog: Backlog, caplog: pytest.LogCaptureFixture
) -> None:
    sink.full = True
    for _ in range(3):
        backlog.send(1.0)
    assert len(caplog.records) == 1
    assert backlog.trouble == "the record cannot be written (database or disk is full)"


def test_only_what_is_beyond_the_bounds_is_lost_and_the_end_says_so(
    sink: Leaky, backlog: Backlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.record.backlog.MOST_POINTS", 100)
    sink.full = True
    backlog.add(points(0, 130), [])
    backlog.send(1.0)
    sink.full = False
    backlog.add(points(130, 10), [])
    assert backlog.send(1.0)
    assert sink.points() == [*points(0, 100), *points(130, 10)]
    assert backlog.end_of("done", "") == (
        "failed",
        "30 points were lost while the record could not be written",
    )


def test_more_than_the_bound_at_once_is_no_loss_while_the_sink_works(
    sink: Leaky, backlog: Backlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.record.backlog.MOST_POINTS", 100)
    backlog.add(points(0, 1000), [])
    assert backlog.send(1.0)
    assert len(sink.points()) == 1000
    assert backlog.end_of("done", "") == ("done", "")
