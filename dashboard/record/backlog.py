"""Keeps in memory what a run has recorded and its sink has not taken yet: while the disk is full,
or while another process has locked the record.

Training goes on meanwhile. What waits is bounded; beyond the bound what is newest is lost and
counted, so that what was kept has no hole before it. Where the sink writes is
`dashboard.record.sink`, when it is tried again is decided in `dashboard.record.recorder`.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from dashboard.record.schema import RecordError
from dashboard.record.sink import Batch, MediaRow, Point, Sink, Superseded
from dashboard.record.validation import Warner

MOST_POINTS = 200_000
MOST_MEDIA = 200
BATCH_POINTS = 10_000  # so that a try that fails costs milliseconds however much waits
LOCK_IS_NEWS_S = 1.0  # other workers lock the record too, for milliseconds


class Backlog:
    """The rows of one run on their way into `sink`, in the order in which they were recorded."""

    def __init__(self, sink: Sink, warner: Warner) -> None:
        self.lost_count = 0
        self.trouble = ""
        self._sink, self._warner = sink, warner
        self._points: list[Point] = []
        self._media: list[MediaRow] = []
        self._extent: tuple[int, int] | None = None
        self._config: dict[str, Any] = {}
        self._failing_since_s: float | None = None

    def add(
        self,
        points: Sequence[Point],
        media: Sequence[MediaRow],
        extent: tuple[int, int] | None = None,
        configs: Sequence[dict[str, Any]] = (),
    ) -> None:
        """Put rows at the end; those beyond the bounds are lost, but only while the sink fails."""
        self._points += points
        self._media += media
        self._extent = extent or self._extent
        for config in configs:
            self._config |= config

    def send(self, heartbeat_s: float, end: tuple[str, str, float] | None = None) -> bool:
        """Give the sink everything, `end` last; False, and all is kept, when it cannot take it.

        Raises Superseded when it never will.
        """
        try:
            while True:
                last = len(self._points) <= BATCH_POINTS
                points = self._points[:BATCH_POINTS]
                media = self._media if last else []
                config, end_now = self._config or None, end if last else None
                self._sink.write(Batch(heartbeat_s, points, media, self._extent, config, end_now))
                del self._points[: len(points)]
                self._extent, self._config = None, {}
                if last:
                    self._media, self.trouble, self._failing_since_s = [], "", None
                    return True
        except Superseded:
            raise
        except (sqlite3.Error, OSError, RecordError) as why:
            self._stay_bounded()
            self._tell(why)
            return False

    def give_up(self) -> None:
        """Say that what still waits is not recorded."""
        self._warner.warn("lost", f"its end and {len(self._points):,} points are not in the record:"
                          f" {self.trouble}")  # fmt: skip

    def end_of(self, state: str, error: str) -> tuple[str, str]:
        """The run's end, which is no good one when points were lost."""
        if not self.lost_count:
            return state, error
        loss = f"{self.lost_count:,} points were lost while the record could not be written"
        return "failed", f"{error}; {loss}" if error else loss

    def _tell(self, why: Exception) -> None:
        now = time.monotonic()
        self._failing_since_s = self._failing_since_s or now
        busy = getattr(why, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
        cause = f"another process has locked it: {why}" if busy else why
        self.trouble = f"the record cannot be written ({cause})"
        if not busy or now - self._failing_since_s > LOCK_IS_NEWS_S:
            self._warner.warn(
                "full", f"{self.trouble}; training goes on, and up to {MOST_POINTS:,} points wait "
                "in memory until it can"
            )  # fmt: skip

    def _stay_bounded(self) -> None:
        self.lost_count += max(0, len(self._points) - MOST_POINTS)
        self.lost_count += max(0, len(self._media) - MOST_MEDIA)
        del self._points[MOST_POINTS:]
        del self._media[MOST_MEDIA:]
