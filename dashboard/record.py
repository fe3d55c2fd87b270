"""Reads the record of an experiment: its runs, and the points and media that are new.

Writing points from a training loop is `dashboard.recorder`, the file itself is
`dashboard.record_file`; nothing here draws, and nothing here knows of torch.
"""

from __future__ import annotations

import json
import math
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dashboard.record_file import FILE_NAME, RecordError, connect, make

READ_LIMIT = 250_000


@dataclass(frozen=True)
class Run:
    """One run as the record has it. Times are seconds since 1970; 0 steps means not yet known."""

    id: int
    name: str
    config: dict[str, Any]
    state: str
    error: str
    created_s: float
    started_s: float | None
    ended_s: float | None
    heartbeat_s: float | None
    total_steps: int
    steps_per_epoch: int
    attempt: int


@dataclass(frozen=True)
class Points:
    """New points of one series in the order they were written; three arrays of one length."""

    run_id: int
    series: str
    steps: np.ndarray
    times_s: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Media:
    """An image, text or JSON value (`kind`: png, text, json); `Record.body(id)` has its bytes."""

    id: int
    run_id: int
    name: str
    kind: str
    step: int
    details: dict[str, Any]


@dataclass
class Changes:
    """What `Record.changes` found: every run, and the rows that are new since the last call."""

    runs: list[Run]
    points: list[Points] = field(default_factory=list)
    media: list[Media] = field(default_factory=list)
    more: bool = False


def create(folder: Path, settings: dict[str, Any] | None = None) -> Record:
    """Make an empty record in `folder` (made too) with the experiment's settings.

    Raises RecordError if there is a record already or the folder cannot be written.
    """
    if (folder / FILE_NAME).exists():
        raise RecordError(
            f"experiment {folder.name!r} exists already in {folder.parent}; "
            "choose another --experiment name or remove that folder"
        )
    make(folder, settings)
    return Record(folder)


class Record:
    """Reads the record of the experiment in `folder` and keeps its list of runs.

    Raises RecordError if the folder holds no readable record.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not (folder / FILE_NAME).is_file():
            raise RecordError(f"there is no experiment {folder.name!r} in {folder.parent}")
        self._db = connect(folder)
        self._last_point = 0
        self._last_media = 0
        self._series: dict[int, tuple[int, str]] = {}
        try:
            rows = self._db.execute("SELECT key, value FROM experiment").fetchall()
            self.settings: dict[str, Any] = {key: json.loads(value) for key, value in rows}
        except (sqlite3.Error, ValueError) as why:
            self._db.close()
            raise RecordError(f"{folder / FILE_NAME} is damaged: {why}") from why

    def close(self) -> None:
        self._db.close()

    def add_runs(self, named_configs: list[tuple[str, dict[str, Any]]]) -> None:
        """Enter runs as `queued`, all or none. Raises RecordError when a name is there already."""
        now = time.time()
        rows = [(name, json.dumps(config), now) for name, config in named_configs]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT INTO run (name, config, state, created_s) VALUES (?, ?, 'queued', ?)", rows
            )
            self._db.execute("COMMIT")
        except sqlite3.IntegrityError as why:
            self._db.execute("ROLLBACK")
            raise RecordError("two runs of one experiment have the same name") from why

    def end_run(self, name: str, state: str, error: str = "") -> None:
        """Write a run's end from outside (its worker was killed), unless the run wrote its own."""
        self._end(state, error, "name = ?", name)

    def end_all(self, state: str) -> None:
        """Write this end for every run that has none."""
        self._end(state, "", "name IS NOT ?", None)

    def _end(self, state: str, error: str, where: str, name: str | None) -> None:
        self._db.execute(
            "UPDATE run SET state = ?, error = ?, ended_s = ?"
            f" WHERE {where} AND state IN ('queued', 'running')",
            (state, error, time.time(), name),
        )

    def runs(self) -> list[Run]:
        """Every run in the order it was entered."""
        columns = "id, name, config, state, error, created_s, started_s, ended_s, heartbeat_s"
        rows = self._db.execute(
            f"SELECT {columns}, total_steps, steps_per_epoch, attempt FROM run ORDER BY id"
        )
        return [Run(r[0], r[1], json.loads(r[2]), *r[3:]) for r in rows]

    def changes(self) -> Changes:
        """The runs as they are now, and the points and media written since the last call."""
        try:
            self._db.execute("BEGIN")
            found = Changes(self.runs())
            self._read_points(found)
            self._read_media(found)
            self._db.execute("COMMIT")
        except sqlite3.Error as why:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise RecordError(f"{self.folder / FILE_NAME} cannot be read: {why}") from why
        return found

    def reread(self, run_id: int) -> list[Points]:
        """All points of one run that `changes` has given so far: a retried run took some back."""
        rows = self._db.execute(
            "SELECT series, step, time_s, value FROM point JOIN series ON series = series.id"
            " WHERE run = ? AND point.id <= ? ORDER BY point.id",
            (run_id, self._last_point),
        ).fetchall()
        return self._grouped(rows)

    def body(self, media_id: int) -> bytes:
        """The bytes of an image or text; empty when a retried run has taken it back."""
        row = self._db.execute("SELECT body FROM media WHERE id = ?", (media_id,)).fetchone()
        return bytes(row[0]) if row else b""

    def _read_points(self, found: Changes) -> None:
        rows = self._db.execute(
            "SELECT series, step, time_s, value, id FROM point WHERE id > ? ORDER BY id LIMIT ?",
            (self._last_point, READ_LIMIT),
        ).fetchall()
        if rows:
            self._last_point = rows[-1][4]
            found.more = len(rows) == READ_LIMIT
            found.points = self._grouped(rows)

    def _read_media(self, found: Changes) -> None:
        rows = self._db.execute(
            "SELECT id, run, name, kind, step, details FROM media WHERE id > ? ORDER BY id",
            (self._last_media,),
        ).fetchall()
        found.media = [
            Media(row[0], row[1], row[2], row[3], row[4], json.loads(row[5])) for row in rows
        ]
        if rows:
            self._last_media = rows[-1][0]

    def _grouped(self, rows: list[tuple[Any, ...]]) -> list[Points]:
        by_series: dict[int, list[tuple[Any, ...]]] = {}
        for row in rows:
            by_series.setdefault(row[0], []).append(row)
        if by_series.keys() - self._series.keys():
            names = self._db.execute("SELECT id, run, name FROM series")
            self._series = {series: (run, name) for series, run, name in names}
        return [_points(*self._series[series], group) for series, group in by_series.items()]


def _points(run_id: int, series: str, rows: list[tuple[Any, ...]]) -> Points:
    values = [math.nan if row[3] is None else row[3] for row in rows]
    return Points(
        run_id,
        series,
        np.array([row[1] for row in rows], dtype=np.int64),
        np.array([row[2] for row in rows], dtype=np.float64),
        np.array(values, dtype=np.float64),
    )
