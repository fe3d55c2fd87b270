"""Writes runs that were trained and recorded elsewhere into a new record, with their own times.

The record appears whole or not at all. What other programs' files hold is read in
`dashboard.exchange`; a run that trains now is recorded by `dashboard.record.recorder`.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dashboard.record.schema import OWN_LOOP, check_free, make
from dashboard.record.sink import INSERT_ONE, MediaRow, Point

ENTER = (
    "INSERT INTO run (name, config, state, created_s, started_s, ended_s, heartbeat_s)"
    " VALUES (?, ?, 'done', ?, ?, ?, ?) RETURNING id"
)
ENTER_MEDIA = (
    "INSERT INTO media (run, name, kind, step, time_s, body, details) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


@dataclass
class WholeRun:
    """A run from its first point to its last; of each series the steps do not go back.

    config: JSON values. Times of points and media are seconds since 1970.
    """

    name: str
    config: dict[str, Any] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    media: list[MediaRow] = field(default_factory=list)

    def times_s(self) -> tuple[float, float]:
        """When it began and ended; now, where nothing says it."""
        times_s = [point[2] for point in self.points] + [row[3] for row in self.media]
        return (min(times_s), max(times_s)) if times_s else (time.time(), time.time())


def write_whole(folder: Path, settings: dict[str, Any], runs: Iterable[WholeRun]) -> None:
    """Make the record in `folder` with these runs, which are taken one after the other.

    settings: of the experiment, beside where it comes from. Raises RecordError where there is a
    record already, where the folder cannot be written or two runs have one name; and what `runs`
    raises.
    """
    check_free(folder)

    def fill(db: sqlite3.Connection) -> None:
        db.execute("BEGIN")
        for run in runs:
            _enter(db, run)
        db.execute("COMMIT")

    if not make(folder, {"origin": OWN_LOOP, **settings}, fill=fill):
        check_free(folder)  # another process was quicker


def _enter(db: sqlite3.Connection, run: WholeRun) -> None:
    began_s, ended_s = run.times_s()
    times_s = (began_s, began_s, ended_s, ended_s)
    (run_id,) = db.execute(ENTER, (run.name, json.dumps(run.config), *times_s)).fetchone()
    ids: dict[str, int] = {}
    for name in dict.fromkeys(point[0] for point in run.points):
        cursor = db.execute("INSERT INTO series (run, name) VALUES (?, ?)", (run_id, name))
        ids[name] = int(cursor.lastrowid or 0)
    db.executemany(INSERT_ONE, [(ids[name], *rest) for name, *rest in run.points])
    db.executemany(ENTER_MEDIA, [(run_id, *row) for row in run.media])
