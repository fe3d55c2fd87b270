"""Reads what can be read of a damaged record: row by row, past the pages that are broken.

The damaged file is never written to: it is copied, and the rows that make sense go into a record in
memory that everything else reads like any other. A number whose own bytes were changed cannot be
told from a right one: SQLite keeps no checksum of its rows.
"""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import sqlite3
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dashboard.record import schema
from dashboard.record.reader import Record
from dashboard.record.schema import FILE_NAME, SCHEMA, RecordError
from dashboard.record.states import STATES
from dashboard.scratch import scratch_folder

# What people asked for is not copied, so where that table lies makes no difference.
TABLES = "SELECT name, rootpage, sql FROM sqlite_schema WHERE tbl_name != 'request' ORDER BY rowid"
PAGE_BYTES = 4096
PAGE_COUNT_AT = 28  # in the file's header, https://www.sqlite.org/fileformat2.html
LARGEST_GAP = 10_000_000  # between the ids of two rows; beyond it an id is noise
# Nothing is wrong with the file when SQLite says one of these.
UNHURT = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PERM,
                    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})  # fmt: skip
# What reading noise raises; ValueError: where a text is no text, even that of SQLite's own message.
BROKEN = (sqlite3.DatabaseError, ValueError, OverflowError)

Row = tuple[Any, ...]


def recover(folder: Path, why: RecordError) -> tuple[Record, str]:
    """Read what can be read of a damaged record into one in memory; and a sentence on the damage.

    why: raised again when it is not damage, or when nothing can be read.
    """
    cause = why.__cause__
    if cause is None or getattr(cause, "sqlite_errorcode", 0) & 0xFF in UNHURT:
        raise why
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        return _read_into(db, folder, cause)
    except BaseException:
        db.close()
        raise


def _read_into(db: sqlite3.Connection, folder: Path, cause: BaseException) -> tuple[Record, str]:
    db.executescript(SCHEMA)
    try:
        with (
            scratch_folder() as scratch,
            contextlib.closing(_open_copy(folder, scratch)) as source,
        ):
            bad_tables = _copy(source, db)
    except OSError as error:
        raise RecordError(f"{folder / FILE_NAME} cannot be read: {error.strerror}") from error
    counts = {t: db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in CHECKS}
    if not counts["run"]:
        raise RecordError(f"{folder / FILE_NAME} is damaged and nothing of it can be read: {cause}")
    reason = "rows refer to rows that are not there" if isinstance(cause, KeyError) else cause
    where = f" in its {' and '.join(bad_tables)} rows" if bad_tables else ""
    return Record(folder, db), (
        f"{folder / FILE_NAME} is damaged{where} ({reason}); shown is what can be read: "
        f"{counts['run']} runs, {counts['point']:,} points, {counts['media']:,} images and texts"
    )


def _open_copy(folder: Path, scratch: Path) -> sqlite3.Connection:
    """Open a copy of the record; with a first page of ours where its own is broken."""
    copy = scratch / FILE_NAME
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(folder / name, scratch / name)
    (scratch / "fresh").mkdir()
    with contextlib.closing(_connect(scratch / "fresh" / FILE_NAME)) as db:
        db.executescript(SCHEMA)
    fresh = schema.connect(scratch / "fresh")
    tables = fresh.execute(TABLES).fetchall()
    fresh.close()
    db = _connect(copy)
    with contextlib.suppress(*BROKEN):
        if db.execute(TABLES).fetchall() == tables:
            return db
    db.close()
    first = bytearray((scratch / "fresh" / FILE_NAME).read_bytes()[:PAGE_BYTES])
    rest = copy.read_bytes()[PAGE_BYTES:]
    rest += bytes(-len(rest) % PAGE_BYTES)
    struct.pack_into(">I", first, PAGE_COUNT_AT, 1 + len(rest) // PAGE_BYTES)
    copy.write_bytes(first + rest)
    return _connect(copy)


def _connect(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, isolation_level=None)
    db.text_factory = lambda raw: raw.decode(errors="replace")
    return db


def _copy(source: sqlite3.Connection, into: sqlite3.Connection) -> list[str]:
    """Copy every row that can be read and makes sense; the tables in which some do not."""
    bad_tables = []
    into.execute("BEGIN")
    for table, check in CHECKS.items():
        whole = True
        for row in _rows(source, table):
            good = row and check(row)
            whole = whole and bool(good)
            if good:
                marks = ", ".join("?" * len(good))
                into.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", good)
        bad_tables += [] if whole else [table]
    into.execute(
        "INSERT OR IGNORE INTO run (id, name, config, state, error, created_s) "
        "SELECT run, 'lost-' || run, '{}', 'failed', 'its settings cannot be read', 0 "
        "FROM (SELECT run FROM series UNION SELECT run FROM media)"
    )
    into.execute("DELETE FROM point WHERE series NOT IN (SELECT id FROM series)")
    into.execute("COMMIT")
    return bad_tables


def _rows(db: sqlite3.Connection, table: str) -> Iterator[Row | None]:
    """The rows in the order of their ids; None for each stretch that cannot be read."""
    at, skip = -1, 0
    while skip <= LARGEST_GAP:
        try:
            rows = db.execute(
                f"SELECT rowid, * FROM {table} NOT INDEXED WHERE rowid > ? ORDER BY rowid",
                (at + skip,),
            )
            for rowid, *row in rows:
                if not at < rowid <= at + skip + LARGEST_GAP:
                    raise sqlite3.DatabaseError("row out of order")
                at, skip = rowid, 0
                yield tuple(row)
            return
        except BROKEN:
            skip = 2 * skip or 1
            yield None


def _experiment(row: Row) -> Row | None:
    return row if len(row) == 2 and isinstance(row[0], str) and _json(row[1]) else None


def _run(row: Row) -> Row | None:
    run_id, name, config, state, error, *times, total, per_epoch, attempt = row
    if not (isinstance(run_id, int) and isinstance(name, str) and name):
        return None
    if not _json(config, dict):
        config, state, error = "{}", "failed", "its settings cannot be read"
    elif state not in STATES:
        state, error = "failed", "its state cannot be read"
    times = [time if isinstance(time, float) and math.isfinite(time) else None for time in times]
    times[0] = times[0] or 0.0
    counts = [n if isinstance(n, int) and n >= 0 else 0 for n in (total, per_epoch, attempt)]
    return (run_id, name, config, state, str(error), *times, *counts)


def _series(row: Row) -> Row | None:
    return row if isinstance(row[1], int) and isinstance(row[2], str) and row[2] else None


def _point(row: Row) -> Row | None:
    _, series, step, time_s, value = row
    good = isinstance(series, int) and isinstance(step, int) and isinstance(time_s, float)
    return row if good and (value is None or isinstance(value, float)) else None


def _media(row: Row) -> Row | None:
    _, run, name, kind, step, time_s, body, details = row
    good = isinstance(run, int) and isinstance(name, str) and isinstance(step, int)
    good = good and kind in ("png", "text", "json") and isinstance(time_s, float)
    good = good and isinstance(body, bytes) and (kind != "json" or _json(body))
    return row if good and _json(details, dict) else None


def _json(text: Any, kind: type = object) -> bool:
    try:
        return isinstance(json.loads(text), kind)
    except (ValueError, TypeError, RecursionError):
        return False


CHECKS: dict[str, Callable[[Row], Row | None]] = {
    "experiment": _experiment,
    "run": _run,
    "series": _series,
    "point": _point,
    "media": _media,
}
"""A table's name, and what gives a row of it as it should be, or None when it makes no sense."""
