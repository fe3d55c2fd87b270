"""Defines the file of an experiment's record: its tables, how it is made, found and taken back.

The record is the truth; everything on a page or in a terminal is drawn from it. It is an ordinary
SQLite database in WAL mode, so many workers write at once, a killed process loses nothing that it
committed, and anyone can open it: `sqlite3 runs/NAME/record.sqlite3 'select * from curve'`.

Rows are read by `dashboard.record.reader` and written by `dashboard.record.recorder`, not here.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shlex
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dashboard.errors import UserError
from dashboard.names import next_free
from dashboard.program import PROGRAM
from dashboard.record.foreign import NotOursError, distrust

FILE_NAME = "record.sqlite3"
FORMAT = 1
OWN_LOOP = "own loop"
"""The setting `origin` of a record that a Recorder made, not the launcher."""
OPEN_TIMEOUT_S = 5.0
"""How long another process's lock is waited for while a record is opened or a run begins."""
BUSY_TIMEOUT_S = 0.1
"""The same for every later write: what cannot be written waits in memory, training does not."""
HOLD_TRIES, HOLD_AGAIN_S = 4, 0.05
MOST_LISTED = 8  # experiments that a message names

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
# Stands last, so that the tables of older records, which have none, lie in the same places.
REQUESTS = """
CREATE TABLE IF NOT EXISTS request (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, made_s REAL NOT NULL,
  origin TEXT NOT NULL, act TEXT NOT NULL, runs TEXT NOT NULL, details TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waits', changed_s REAL, answer TEXT NOT NULL DEFAULT '');
"""
OWNER = "'owner of run ' ||"
"""With a run's id, the setting that says which process writes it (`dashboard.record.owner`)."""
RATES = "lr"
"""The name of the JSON value in which a run keeps the changes of its learning rate: as they were
decided, and not measured, they are not taken back when a retried run begins before them."""
THREADS = "threads"
"""The name of the JSON value in which a run keeps its numbers of CPU threads, which are not taken
back either; and of the setting with that of an experiment: {each, free}."""
FORK = "fork"
"""The setting that says of which run, and at which step of it, a run is a fork: RUN@STEP."""
DEFAULTS = "defaults"
"""The setting with what a run's settings are where nobody says another: a run that an older version
recorded lacks some, and is compared with one that has them."""
REMOVED = "'removed run ' ||"
"""With a run's id, the setting that takes it out of view (`dashboard.record.removal`)."""
LAST_DELETED = "last run deleted"
"""The setting with the highest id of the runs that were removed for good: no other run gets it."""
ENTER_SETTING = "INSERT OR REPLACE INTO experiment VALUES (?, ?)"
ENTER_RUN = (
    "INSERT INTO run (id, name, config, state, created_s) SELECT 1 + max("
    "coalesce((SELECT max(id) FROM run), 0), coalesce((SELECT CAST(value AS INTEGER)"
    f" FROM experiment WHERE key = '{LAST_DELETED}'), 0)), ?, ?, 'queued', ?"
)


class RecordError(UserError):
    """The record cannot be made, opened or used as asked; the message is one sentence."""


class UnwritableError(RecordError):
    """The record cannot take anything now: the disk is full, or another process has locked it."""


def connect(folder: Path, options: str = "") -> sqlite3.Connection:
    """A connection to the record in `folder`, in WAL mode.

    options: of an SQLite URI, for a record that is only read (`dashboard.record.read_only`).
    Raises RecordError if it is none, UnwritableError if it cannot be opened at the moment.
    """
    db: sqlite3.Connection | None = None
    try:
        file = folder / FILE_NAME
        db = sqlite3.connect(
            f"{file.absolute().as_uri()}?{options}" if options else file,
            uri=bool(options),
            timeout=OPEN_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        distrust(db, SCHEMA + REQUESTS)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        wait_for_others(db, BUSY_TIMEOUT_S)
        return db
    except NotOursError as why:
        if db:
            db.close()
        raise RecordError(f"the record {folder / FILE_NAME} {why}, so it is not opened") from None
    except (sqlite3.Error, ValueError) as why:  # ValueError: a message that noise has made no text
        if db:
            db.close()
        kind = UnwritableError if isinstance(why, sqlite3.OperationalError) else RecordError
        raise kind(f"the record {folder / FILE_NAME} cannot be opened: {why}") from why


def wait_for_others(db: sqlite3.Connection, timeout_s: float) -> None:
    """How long this connection waits for another's lock from now on, before it gives up."""
    db.execute(f"PRAGMA busy_timeout = {int(1000 * timeout_s)}")


def make(
    folder: Path,
    settings: dict[str, Any] | None = None,
    runs: Sequence[tuple[str, dict[str, Any]]] = (),
    fill: Callable[[sqlite3.Connection], None] | None = None,
) -> bool:
    """Make the record where there is none, with `runs` as queued; an existing one stays as it is.

    fill: writes further rows. True when this call made it. It appears whole or not at all: a reader
    never meets a record without its tables, or without its rows. Raises RecordError, and what
    `fill` raises, and leaves nothing behind.
    """
    final, fresh = folder / FILE_NAME, folder / f"{FILE_NAME}.{os.getpid()}.new"
    if final.exists():
        return False
    there = folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as db:
            _fill(db, settings or {}, runs)
            if fill:
                fill(db)
        final.hardlink_to(fresh)
        return True
    except FileExistsError:  # another process was quicker
        return False
    except sqlite3.IntegrityError as why:
        raise RecordError("two runs of one experiment have the same name") from why
    except (OSError, sqlite3.Error) as why:
        raise RecordError(f"the runs directory {folder} cannot be written: {why}") from why
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
            if not there:
                folder.rmdir()  # fails, as it should, when the record is in it


def _fill(
    db: sqlite3.Connection, settings: dict[str, Any], runs: Sequence[tuple[str, dict[str, Any]]]
) -> None:
    now = time.time()
    rows = {"format": FORMAT, "created_s": now, **settings}
    db.executescript(SCHEMA + REQUESTS)
    db.executemany(
        "INSERT INTO experiment VALUES (?, ?)",
        [(key, json.dumps(value)) for key, value in rows.items()],
    )
    db.execute("BEGIN")
    db.executemany(ENTER_RUN, [(name, json.dumps(config), now) for name, config in runs])
    db.execute("COMMIT")


def check_free(folder: Path) -> None:
    """Raise RecordError where an experiment is recorded in `folder`; it names one that is free."""
    if is_recorded(folder):
        raise RecordError(
            f"experiment {folder.name!r} exists already in {folder.parent}; "
            f"give --experiment {free_name(folder)}, which is free, or remove that folder"
        )


def free_name(folder: Path) -> str:
    """A name for another experiment beside that in `folder`, as a shell takes it."""
    return shlex.quote(next_free(folder.name, lambda name: folder.with_name(name).exists()))


def hold(folder: Path) -> int:
    """Be the one launcher that trains the experiment in `folder`: a file descriptor to close later.

    The lock is on the folder itself and is the kernel's: it leaves no file, and it ends with its
    process however that ends. Raises RecordError when another launcher holds it.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    for _ in range(HOLD_TRIES):
        if _lock(descriptor, fcntl.LOCK_EX):
            return descriptor
        time.sleep(HOLD_AGAIN_S)  # somebody may only have looked, see `is_held`
    os.close(descriptor)
    raise RecordError(
        f"experiment {folder.name!r} exists already and another launcher trains it; "
        f"give --experiment {free_name(folder)}, which is free, or watch it with: "
        f"{PROGRAM} view {shlex.quote(folder.name)}"
    )


def is_held(folder: Path) -> bool:
    """Whether a launcher owns the experiment; True where that cannot be known."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return not _lock(descriptor, fcntl.LOCK_SH, unknown=False)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, kind: int, unknown: bool = True) -> bool:
    """Whether the lock was to be had; unknown: what is said where the file system has none."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return unknown
    return True


def is_recorded(folder: Path) -> bool:
    """Whether there is a record in `folder`, which a person may have named at will."""
    try:
        return (folder / FILE_NAME).is_file()
    except (OSError, ValueError):  # a name too long for the file system, or one with a NUL
        return False


def recorded(runs_dir: Path) -> list[str]:
    """The names of all experiments, the one written to last first; none without the folder."""
    times_s: dict[str, float] = {}
    for file in runs_dir.glob(f"*/{FILE_NAME}"):
        with contextlib.suppress(OSError):  # it was removed meanwhile
            times_s[file.parent.name] = file.stat().st_mtime
    return sorted(times_s, key=lambda name: (-times_s[name], name))


def check_recorded(runs_dir: Path, name: str) -> None:
    """Raise RecordError where there is no experiment of that name; it names those there are."""
    if is_recorded(runs_dir / name):
        return
    there = recorded(runs_dir)
    more = f" and {len(there) - MOST_LISTED} more" if len(there) > MOST_LISTED else ""
    raise RecordError(
        f"there is no experiment {name!r} in {runs_dir}: "
        + (f"there are {', '.join(there[:MOST_LISTED])}{more}" if there else "it has none")
    )


def newest(runs_dir: Path) -> str:
    """The name of the experiment written to last. Raises RecordError if there is none."""
    names = recorded(runs_dir)
    if not names:
        raise RecordError(f"there is no recorded experiment in {runs_dir}")
    return names[0]


def discard(folder: Path, *beside: str) -> None:
    """Take back a record that was just created. beside: names of files that came with it."""
    for file in (*folder.glob(f"{FILE_NAME}*"), *(folder / name for name in beside)):
        file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
