"""Reads points and media of a record by query, whatever a damaged file makes of them.

What is new since the last look, and all that its launcher writes, is `dashboard.record.reader`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dashboard.record.rows import Media, Points, media_of, points_of
from dashboard.record.schema import FILE_NAME, RecordError

POINT = "SELECT series, step, time_s, value, id FROM point"
MEDIA = "id, run, name, kind, step, details"

Row = tuple[Any, ...]


class RowReader:
    """Reads the rows of a connection to the record in `folder`; remembers nothing that was read.

    Its methods raise RecordError where the file cannot be read.
    """

    def __init__(self, folder: Path, db: sqlite3.Connection) -> None:
        self.folder = folder
        self._db = db
        self._series: dict[int, tuple[int, str]] = {}

    def interrupt(self) -> None:
        """End what another thread does with this record; it gets a RecordError."""
        self._db.interrupt()

    def check(self) -> None:
        """Look at every page of the file. Raises RecordError when one is damaged."""
        with self._reading():
            answer = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if answer != "ok":
                raise ValueError(answer.splitlines()[-1])

    def series_names(self) -> list[str]:
        """The names of all series that runs have so far, each once."""
        with self._reading():
            rows = self._db.execute("SELECT DISTINCT name FROM series").fetchall()
            return [str(name) for (name,) in rows]

    def query(self, statement: str, *values: int | str) -> list[Row]:
        """The rows of a SELECT; what `changes` gives next stays the same."""
        with self._reading():
            return self._db.execute(statement, values).fetchall()

    def points(self, rows: list[Row]) -> list[Points]:
        """Rows of a query that begins with POINT, by series, in the order given."""
        with self._reading():
            return self._by_series(rows)

    def latest_media(self, after: int = 0) -> list[Media]:
        """The newest image or text of each run and name among those with higher ids."""
        rows = self.query(
            f"SELECT {MEDIA} FROM media WHERE id IN"
            " (SELECT max(id) FROM media WHERE id > ? GROUP BY run, name) ORDER BY id",
            after,
        )
        with self._reading():
            return [media_of(row) for row in rows]

    def media_named(self, name: str) -> list[Media]:
        """Every image, text or JSON value of this name, in the order they were written."""
        rows = self.query(f"SELECT {MEDIA} FROM media WHERE name = ? ORDER BY id", name)
        with self._reading():
            return [media_of(row) for row in rows]

    def body(self, media_id: int) -> bytes:
        """The bytes of an image or text; empty when a retried run has taken it back."""
        row = self._db.execute("SELECT body FROM media WHERE id = ?", (media_id,)).fetchone()
        return bytes(row[0]) if row else b""

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """Whatever a damaged file makes of a row or a page becomes a RecordError."""
        try:
            yield
        except (
            sqlite3.Error,
            ValueError,
            TypeError,
            KeyError,
            OverflowError,
            RecursionError,
        ) as why:
            if isinstance(why, RecordError):
                raise
            with contextlib.suppress(sqlite3.Error):  # where it is closed, there is none
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
            raise RecordError(f"{self.folder / FILE_NAME} cannot be read: {why}") from why

    def _by_series(self, rows: list[Row]) -> list[Points]:
        by_series: dict[int, list[Row]] = {}
        for row in rows:
            by_series.setdefault(row[0], []).append(row)
        if by_series.keys() - self._series.keys():
            names = self._db.execute("SELECT id, run, name FROM series")
            self._series = {series: (run, name) for series, run, name in names}
        return [points_of(*self._series[series], group) for series, group in by_series.items()]
