"""Takes runs out of view, brings them back, and removes them for good.

A run out of view keeps everything; a setting of the experiment says that it is not to be seen. One
that is removed for good is gone from the file; its number is given to no other. Which runs may go
is not known here, and files beside the record are not touched.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from dashboard.record.schema import LAST_DELETED, OWNER, REMOVED

IS_REMOVED = f"EXISTS (SELECT 1 FROM experiment WHERE key = {REMOVED} run.id)"
IS_IN_VIEW = f"NOT {IS_REMOVED}"
REMOVED_IDS = f"SELECT id FROM run WHERE {IS_REMOVED}"
REMOVE = f"INSERT OR IGNORE INTO experiment SELECT {REMOVED} id, 'true' FROM run WHERE name = ?"
RESTORE = f"DELETE FROM experiment WHERE key = (SELECT {REMOVED} id FROM run WHERE name = ?)"
DELETED = "removed for good"
"""What the decision is called; a reader that meets it forgets which number is which series."""

Statement = tuple[str, tuple[Any, ...]]


def removed(db: sqlite3.Connection) -> frozenset[int]:
    """The ids of the runs that are out of view."""
    return frozenset(run_id for (run_id,) in db.execute(REMOVED_IDS))


def deletion(run: str) -> list[Statement]:
    """The statements that remove everything of a run from the file."""
    its = "(SELECT id FROM run WHERE name = ?)"
    statements = (
        f"DELETE FROM point WHERE series IN (SELECT id FROM series WHERE run = {its})",
        f"DELETE FROM series WHERE run = {its}",
        f"DELETE FROM media WHERE run = {its}",
        f"DELETE FROM experiment WHERE key = {REMOVED} {its} OR key = {OWNER} {its}",
        "INSERT INTO experiment SELECT ?, id FROM run WHERE name = ? ON CONFLICT (key) DO UPDATE"
        " SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))",
        "DELETE FROM run WHERE name = ?",
    )
    values = ((run,), (run,), (run,), (run, run), (LAST_DELETED, run), (run,))
    return list(zip(statements, values, strict=True))
