"""The record of an experiment: one SQLite file that holds every point of every run, and its reader.

The record is the truth; everything on a page or in a terminal is drawn from it. It is an ordinary
SQLite database in WAL mode, so many workers write at once, a killed process loses nothing that it
committed, and anyone can open it: `sqlite3 runs/NAME/record.sqlite3 'select * from run'`.

This module makes the file, keeps the list of runs and reads what is new. Writing points from a
training loop is `dashboard.recorder`; nothing here draws, and nothing here knows of torch.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

FILE_NAME = "record.sqlite3"
STATES = ("queued", "running", "done", "failed", "diverged", "stopped")
ENDED = frozenset({"done", "failed", "diverged", "stopped"})
FORMAT = 1
BUSY_TIMEOUT_S = 10.0
READ_LIMIT = 250_000

# SQLite turns NaN into NULL on the way in; a NULL value is read back as NaN. Infinities are kept.
# AUTOINCREMENT: ids must never be used twice, or the reader would miss rows written after others
# were taken back.
SCHEMA = """
CREATE TABLE IF NOT EXISTS experiment (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS run (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, config TEXT NOT NULL,
  state TEXT NOT NULL, error TEXT NOT NULL DEFAULT '',
  created_s REAL NOT NULL, started_s REAL, ended_s REAL, heartbeat_s REAL,
  total_steps INTEGER NOT NULL DEFAULT 0, steps_per_epoch INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS series (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run(id), name TEXT NOT NULL,
  UNIQUE (run, name));
CREATE TABLE IF NOT EXISTS point (
  id INTEGER PRIMARY KEY AUTOINCREMENT, series INTEGER NOT NULL, step INTEGER NOT NULL,
  time_s REAL NOT NULL, value REAL);
CREATE TABLE IF NOT EXISTS media (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run(id), name TEXT NOT NULL,
  kind TEXT NOT NULL, step INTEGER NOT NULL, time_s REAL NOT NULL,
  body BLOB NOT NULL, details TEXT NOT NULL DEFAULT '{}');
CREATE VIEW IF NOT EXISTS curve AS
  SELECT run.name AS run, series.name AS series, step, time_s, value
  FROM point JOIN series ON point.series = series.id JOIN run ON series.run = run.id;
"""


class RecordError(ValueError):
    """The record cannot be made, opened or used as asked; the message is one sentence."""


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


def connect(folder: Path) -> sqlite3.Connection:
    """A connection to the record in `folder`, in WAL mode. Raises RecordError if it is none."""
    try:
        db = sqlite3.connect(
            folder / FILE_NAME,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        return db
    except sqlite3.Error as why:
        raise RecordError(f"the record {folder / FILE_NAME} cannot be opened: {why}") from why


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


def make(folder: Path, settings: dict[str, Any] | None = None) -> None:
    """Make the folder and the tables where they are missing; an existing record stays as it is."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        db = connect(folder)
        db.executescript(SCHEMA)
        rows = {"format": FORMAT, "created_s": time.time(), **(settings or {})}
        with db:
            db.executemany(
                "INSERT OR IGNORE INTO experiment VALUES (?, ?)",
                [(key, json.dumps(value)) for key, value in rows.items()],
            )
        db.close()
    except (OSError, sqlite3.Error) as why:
        raise RecordError(f"the runs directory {folder} cannot be written: {why}") from why


def check_name(name: str) -> str:
    """The name itself if an experiment may have it. Raises RecordError.

    No underscore: Visdom groups environments by what stands before the first one.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}", name):
        raise RecordError(
            f"experiment name {name[:60]!r} is not allowed: use up to 64 letters, digits, - and ., "
            "beginning with a letter or digit"
        )
    return name


def newest(runs_dir: Path) -> str:
    """The name of the experiment written to last. Raises RecordError if there is none."""
    files = list(runs_dir.glob(f"*/{FILE_NAME}"))
    if not files:
        raise RecordError(f"there is no recorded experiment in {runs_dir}")
    return max(files, key=lambda file: file.stat().st_mtime).parent.name


def discard(folder: Path) -> None:
    """Take back a record that was just created."""
    for file in folder.glob(f"{FILE_NAME}*"):
        file.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()


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
        found.media = [Media(*row[:4], row[4], json.loads(row[5])) for row in rows]
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
