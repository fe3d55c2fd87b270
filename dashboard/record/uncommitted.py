"""Holds what a run has recorded and not committed yet, and passes it on to the sink.

Calls append to the lists here; the process's one committing thread (`dashboard.record.committer`)
empties them every quarter of a second and when it is asked to. A commit is a sign of life, and
there is none without something to commit: the page's "no sign" means that a run records nothing,
not that its process is gone. What a sink cannot take waits in the `dashboard.record.backlog`.
"""

from __future__ import annotations

import time
from typing import Any, TypeVar

from dashboard.record.backlog import Backlog
from dashboard.record.committer import COMMITTER
from dashboard.record.sink import MediaRow, Point, Sink, Superseded
from dashboard.record.validation import Warner

MOST_WAITING = 20_000  # points; the call that finds more has them committed, and waits for that
RETRY_EVERY_S = 2.0  # while the record cannot be written
CLOSED = "it is closed, so nothing more is recorded"
FORKED = "it belongs to the process that made it, so nothing is recorded from a fork of that"

NewPoint = tuple[str, int, float, Any]
"""Series, step, monotonic seconds, and a float or a number on a device."""

Row = TypeVar("Row")


class Uncommitted:
    """The rows of one run that wait for `sink`; a member of the Committer.

    start_s: seconds since 1970 when the monotonic clock showed 0.
    room: with more points than this a call must `flush`. closed: why nothing is recorded any more;
    superseded: because the run is somebody else's by now.
    """

    def __init__(self, sink: Sink, warner: Warner, start_s: float) -> None:
        self.points: list[NewPoint] = []
        self.media: list[MediaRow] = []
        self.extents: list[tuple[int, int]] = []
        self.configs: list[dict[str, Any]] = []
        self.room = MOST_WAITING
        self.closed, self.superseded = "", False
        self._sink, self._warner, self._start_s = sink, warner, start_s
        self._backlog = Backlog(sink, warner)
        self._behind, self._retry_s = False, 0.0
        self._failure: BaseException | None = None

    @property
    def trouble(self) -> str:
        """Why the sink has not taken everything; empty when it has."""
        return self._backlog.trouble

    def flush(self) -> bool:
        """Commit everything that waits, with a sign of life; False if some still waits.

        Raises what went wrong in the committing thread since the last call, if it was a bug and
        not the disk.
        """
        if self.closed:
            self._warner.warn("closed", self.closed)
            self.points.clear()
            self.media.clear()
            return False
        if self._failure:
            failure, self._failure, self.room = self._failure, None, MOST_WAITING
            raise failure
        return COMMITTER.ask(lambda: not self.closed and self._write(None))

    def end(self, state: str, error: str) -> bool:
        """Commit what is left and the run's end, and close; False, and open, if some waits."""
        return COMMITTER.ask(lambda: self._end(state, error))

    def give_up(self) -> None:
        """Say that what still waits is not recorded."""
        COMMITTER.ask(self._backlog.give_up)

    def close(self) -> None:
        """Take nothing more; what waits is lost."""
        COMMITTER.ask(self._close)

    def commit_waiting(self) -> None:
        """The thread's round; what goes wrong, but for the disk, is said and raised later."""
        has_work = self.points or self.media or self.extents or self.configs or self._behind
        if self.closed or not has_work or time.monotonic() < self._retry_s:
            return
        try:
            self._write(None)
        except BaseException as why:
            self._failure, self.room = why, 0
            sentence = f"what waits could not be committed ({type(why).__name__}: {why})"
            self._warner.warn("failure", sentence)

    def disown(self) -> None:
        """In a forked child: the rows that wait are the parent's, which commits them."""
        self.closed, self.room = FORKED, 0
        for rows in (self.points, self.media, self.extents, self.configs):
            rows.clear()

    def _end(self, state: str, error: str) -> bool:
        if self.closed:
            return True
        if self._write(self._backlog.end_of(state, error)):
            self._close()
        return bool(self.closed)

    def _close(self, why: str = CLOSED) -> None:
        if not self.closed:
            self._sink.close()
            self.closed, self.room = why, 0

    def _write(self, end: tuple[str, str] | None) -> bool:
        now = time.monotonic()
        self._behind, self._retry_s = True, now + RETRY_EVERY_S
        extents = _take(self.extents)
        points, media = self._rows(_take(self.points)), _take(self.media)
        configs = _take(self.configs)
        self._backlog.add(points, media, extents[-1] if extents else None, configs)
        at_s = self._start_s + now
        try:
            if not self._backlog.send(at_s, (*end, at_s) if end else None):
                return False
        except Superseded as why:
            self._close(str(why))
            self.superseded = True
            self._warner.warn("closed", self.closed)
            return False
        self._behind, self._retry_s = False, 0.0
        return True

    def _rows(self, points: list[NewPoint]) -> list[Point]:
        """The points as the record has them; numbers on a device are read here."""
        rows: list[Point] = []
        for series, step, at_s, value in points:
            if not isinstance(value, float):
                try:
                    value = float(value.item())
                except Exception as why:  # whatever the device has to say
                    self._warner.warn(f"{series} device", f"{series} was not recorded: {why}")
                    continue
            rows.append((series, step, self._start_s + at_s, None if value != value else value))
        return rows


def _take(rows: list[Row]) -> list[Row]:
    """All there is in the list now, taken out of it; other threads may append meanwhile."""
    batch = rows[:]
    del rows[: len(batch)]
    return batch
