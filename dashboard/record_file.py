"""The file that holds an experiment's record: its tables, how it is made, found and taken back.

The record is the truth; everything on a page or in a terminal is drawn from it. It is an ordinary
SQLite database in WAL mode, so many workers write at once, a killed process loses nothing that it
committed, and anyone can open it: `sqlite3 runs/NAME/record.sqlite3 'select * from curve'`.

Rows are read by `dashboard.record` and written by `dashboard.recorder`, not here.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

FILE_NAME = "record.sqlite3"
STATES = ("queued", "running", "done", "failed", "diverged", "stopped")
ENDED = frozenset({"done", "failed", "diverged", "stopped"})
FORMAT = 1
OWN_LOOP = "own loop"
"""The setting `origin` of a record that a Recorder made, not the launcher."""
BUSY_TIMEOUT_S = 10.0

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


def connect(folder: Path, options: str = "") -> sqlite3.Connection:
    """A connection to the record in `folder`, in WAL mode. Raises RecordError if it is none.

    options: of an SQLite URI, for a record that is only read (`dashboard.read_only`).
    """
    try:
        file = folder / FILE_NAME
        db = sqlite3.connect(
            f"{file.absolute().as_uri()}?{options}" if options else file,
            uri=bool(options),
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        return db
    except (sqlite3.Error, ValueError) as why:  # ValueError: a message that noise has made no text
        raise RecordError(f"the record {folder / FILE_NAME} cannot be opened: {why}") from why


def make(folder: Path, settings: dict[str, Any] | None = None) -> None:
    """Make the record where there is none; an existing one stays as it is.

    It appears whole or not at all: a reader never meets a record without its tables.
    """
    final, fresh = folder / FILE_NAME, folder / f"{FILE_NAME}.{os.getpid()}.new"
    if final.exists():
        return
    rows = {"format": FORMAT, "created_s": time.time(), **(settings or {})}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(fresh, isolation_level=None)
        db.executescript(SCHEMA)
        db.executemany(
            "INSERT INTO experiment VALUES (?, ?)",
            [(key, json.dumps(value)) for key, value in rows.items()],
        )
        db.close()
        with contextlib.suppress(FileExistsError):  # another process was quicker
            final.hardlink_to(fresh)
        fresh.unlink()
    except (OSError, sqlite3.Error) as why:
        raise RecordError(f"the runs directory {folder} cannot be written: {why}") from why


def hold(folder: Path) -> int:
    """Be the one launcher that trains the experiment in `folder`: a file descriptor to close later.

    The lock is on the folder itself and is the kernel's: it leaves no file, and it ends with its
    process however that ends. Raises RecordError when another launcher holds it.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise RecordError(
            f"experiment {folder.name!r} exists already and another launcher trains it; "
            f"choose another --experiment name, or watch it with: launch.py view {folder.name}"
        ) from None
    except OSError:
        pass  # a network file system without such locks
    return descriptor


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


def is_recorded(folder: Path) -> bool:
    """Whether there is a record in `folder`, which a person may have named at will."""
    try:
        return (folder / FILE_NAME).is_file()
    except (OSError, ValueError):  # a name too long for the file system, or one with a NUL
        return False


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
