"""Tells cheaply whether a record was written to: nobody should read it all to find nothing new."""

from __future__ import annotations

import sqlite3

Version = tuple[sqlite3.Connection, int, int]


def version_of(db: sqlite3.Connection) -> Version:
    """What is another as soon as this or any other connection has written, or where it is another
    connection. Raises sqlite3.Error.
    """
    (by_others,) = db.execute("PRAGMA data_version").fetchone()
    return db, by_others, db.total_changes
