"""Begins a run in the record: one that waits, a new one, the next of a name, or one to go on with.

Works on an open transaction of the sink (`dashboard.record.sink`), so that of two processes which
begin the same run at the same moment each gets its own. Points are written there, not here.
"""

from __future__ import annotations

import json
import sqlite3
import time
from typing import Any, Literal, NamedTuple

from dashboard.names import next_free
from dashboard.record.owner import GONE, is_elsewhere, is_gone, this_process
from dashboard.record.printed import TRACEBACK
from dashboard.record.schema import ENTER_RUN, OWNER, RATES, THREADS, RecordError

Taken = Literal["refuse", "number", "resume"]
"""What is done where a run of that name is recorded already: nothing but a sentence, a new run is
called NAME-2, or that run goes on."""
SILENT_S = 60.0
"""A run of another machine that has written nothing for so long may be gone on with."""
COLUMNS = "id, config, state, started_s IS NOT NULL, attempt, heartbeat_s"
LAST_STEPS = (
    "SELECT series.name, max(step) FROM point JOIN series ON point.series = series.id"
    " WHERE series.run = ? GROUP BY series.name"
)


class Begun(NamedTuple):
    """name: the run's, which may be another than was asked for. attempt: how many came before.

    last_steps: of each series that an earlier attempt recorded and that stays.
    """

    run_id: int
    name: str
    attempt: int
    last_steps: dict[str, int]


class _Row(NamedTuple):
    id: int
    config: str
    state: str
    has_begun: int
    attempt: int
    heartbeat_s: float | None


def begin(
    db: sqlite3.Connection,
    name: str,
    config: dict[str, Any],
    keep_to: int,
    *,
    if_taken: Taken,
    own_loop: bool,
    experiment: str,
) -> Begun:
    """Enter the run, or take up what there is of it; within a transaction.

    keep_to: what an earlier attempt recorded after this step is taken back. own_loop: this process
    is the run's owner. Raises RecordError where the run may not be begun.
    """
    row = _row(db, name)
    if row is None:
        row = _enter(db, name, config)
    elif row.state != "queued":
        trouble = _why_not(db, row) if if_taken == "resume" else ""
        if if_taken == "refuse" or trouble:
            raise RecordError(_refusal(db, row, name, experiment, trouble))
        if if_taken == "number":
            name = next_free(name, lambda other: _row(db, other) is not None)
            row = _enter(db, name, config)
        else:
            settings = json.dumps({**json.loads(row.config), **config})
            db.execute("UPDATE run SET config = ? WHERE id = ?", (settings, row.id))
            # Why an earlier attempt ended says nothing of this one.
            db.execute("DELETE FROM media WHERE run = ? AND name = ?", (row.id, TRACEBACK))
    attempt = row.attempt + 1 if row.has_begun else row.attempt
    if row.has_begun:
        _take_back(db, row.id, keep_to)
    now = time.time()
    db.execute(
        "UPDATE run SET state = 'running', error = '', ended_s = NULL, attempt = ?,"
        " started_s = coalesce(started_s, ?), heartbeat_s = ? WHERE id = ?",
        (attempt, now, now, row.id),
    )
    _own(db, row.id, own_loop)
    return Begun(row.id, name, attempt, dict(db.execute(LAST_STEPS, (row.id,)).fetchall()))


def _row(db: sqlite3.Connection, name: str) -> _Row | None:
    row = db.execute(f"SELECT {COLUMNS} FROM run WHERE name = ?", (name,)).fetchone()
    return _Row(*row) if row else None


def _enter(db: sqlite3.Connection, name: str, config: dict[str, Any]) -> _Row:
    values = (name, json.dumps(config), time.time())
    return _Row(*db.execute(f"{ENTER_RUN} RETURNING {COLUMNS}", values).fetchone())


def _why_not(db: sqlite3.Connection, row: _Row) -> str:
    """Why nobody may go on with the run now; empty where this process may."""
    owner = _owner(db, row.id)
    if owner is None:
        return "the launcher trains it, so its own command resume goes on with it"
    if row.state != "running" or is_gone(owner) or owner == this_process():
        return ""
    silent_s = time.time() - (row.heartbeat_s or 0.0)
    return "" if is_elsewhere(owner) and silent_s > SILENT_S else "another process records it now"


def _refusal(db: sqlite3.Connection, row: _Row, name: str, experiment: str, trouble: str) -> str:
    subject = f"run {name!r} of experiment {experiment!r}"
    if trouble:
        return f"{subject} cannot be resumed: {trouble}"
    is_orphan = row.state == "running" and is_gone(_owner(db, row.id))
    free = next_free(name, lambda other: _row(db, other) is not None)
    return (
        f"{subject} is recorded already ({f'stopped: {GONE}' if is_orphan else row.state}); give "
        f"the new run another name: {free!r} is free"
    )


def _owner(db: sqlite3.Connection, run_id: int) -> str | None:
    statement = f"SELECT value FROM experiment WHERE key = {OWNER} ?"
    row = db.execute(statement, (run_id,)).fetchone()
    return row[0] if row else None


def _own(db: sqlite3.Connection, run_id: int, own_loop: bool) -> None:
    """Say whose the run is now: this process's, or a launcher's worker's."""
    db.execute(f"DELETE FROM experiment WHERE key = {OWNER} ?", (run_id,))
    if own_loop:
        db.execute(f"INSERT INTO experiment VALUES ({OWNER} ?, ?)", (run_id, this_process()))


def _take_back(db: sqlite3.Connection, run_id: int, keep_to: int) -> None:
    db.execute(
        "DELETE FROM point WHERE step > ? AND series IN (SELECT id FROM series WHERE run = ?)",
        (keep_to, run_id),
    )
    db.execute(
        "DELETE FROM media WHERE step > ? AND run = ? AND name NOT IN (?, ?)",
        (keep_to, run_id, RATES, THREADS),
    )
