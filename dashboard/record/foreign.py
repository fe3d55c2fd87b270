"""Checks that a record's tables are ours: a file that somebody gave me may be made to do harm.

SQLite keeps programs in a file: triggers, views in the place of tables, conditions and expressions
that are worked out while rows are read, checked or written. Our queries read and write our own
tables, so nothing of the kind can run once these are what we make ourselves, and no trigger or
index is added to them. Further tables and views that a person made are left alone: they are never
read. The rows themselves are not looked at here.
"""

from __future__ import annotations

import re
import sqlite3
from functools import cache

OBJECTS = "SELECT type, name, sql FROM sqlite_schema"
# What a table can hold besides columns; VIRTUAL: it has no rows but a program.
WORKED_OUT = re.compile(r"\b(virtual|check|generated|as)\b", re.IGNORECASE)


class NotOursError(Exception):
    """The record holds something that could run; the message is the rest of a sentence."""


class ChangedTableError(sqlite3.DatabaseError):
    """A table of ours is not as we make it, as damage does too."""


def distrust(db: sqlite3.Connection, schema: str) -> None:
    """Let nothing in the file run on this connection, and see that its tables are of `schema`.

    The connection is closed when they are not. Raises NotOursError, ChangedTableError, or
    sqlite3.Error where the file cannot be read.
    """
    try:
        # What SQLite's makers advise for files of others. Python 3.11 cannot set "defensive",
        # which guards SQLite's own tables against statements; all statements are ours.
        db.execute("PRAGMA trusted_schema=OFF")
        db.execute("PRAGMA cell_size_check=ON")
        if hasattr(db, "setconfig"):
            db.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE)  # type: ignore[attr-defined, unused-ignore]
        _check(db, schema)
    except BaseException:
        db.close()
        raise


def _check(db: sqlite3.Connection, schema: str) -> None:
    ours = _objects(schema)
    tables = {name for kind, name in ours if kind == "table"}
    for kind, name, sql in db.execute(OBJECTS).fetchall():
        key = (str(kind), str(name).lower())
        same = key in ours and ours[key] == _normal(sql)
        if same or (kind == "index" and sql is None):
            continue
        if kind == "table" and key[1] in tables and "virtual" not in str(sql).lower():
            raise ChangedTableError(f"its table {name} is not as Trainboard makes it")
        harmless = kind == "view" or (kind == "table" and not WORKED_OUT.search(str(sql)))
        if key[1] in tables or not harmless:
            a = "an" if kind == "index" else "a"
            raise NotOursError(f"has {a} {kind} {str(name)[:60]!r} that Trainboard did not make")


@cache
def _objects(schema: str) -> dict[tuple[str, str], str]:
    """The statement of every object of a schema, by kind and name."""
    db = sqlite3.connect(":memory:")
    try:
        db.executescript(schema)
        return {(kind, name.lower()): _normal(sql) for kind, name, sql in db.execute(OBJECTS)}
    finally:
        db.close()


def _normal(sql: object) -> str:
    """A statement without its line breaks, as other programs that copy a record may write it."""
    return "".join(str(sql).split()).lower()
