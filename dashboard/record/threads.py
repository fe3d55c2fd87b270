"""Reads with how many CPU threads runs were trained, for whoever trains them again.

A run keeps a list of {step, threads}: from the step after `step` on it was computed by so many. On
one machine the same number of threads gives the same numbers, another may round differently.
"""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from dashboard.record.schema import THREADS, connect

Changes = list[dict[str, int]]
NEWEST = (
    "SELECT run.name, body FROM media JOIN run ON media.run = run.id WHERE media.id IN"
    " (SELECT max(id) FROM media WHERE name = ? AND kind = 'json' GROUP BY run)"
)


def threads_of(folder: Path, run: str) -> Changes:
    """Of one run; none where it has not begun, or was trained before this was recorded."""
    return all_threads(folder).get(run, [])


def all_threads(folder: Path) -> dict[str, Changes]:
    """Of every run that has begun.

    Raises RecordError, or sqlite3.Error where nothing can be read at the moment.
    """
    with closing(connect(folder)) as db:
        rows = db.execute(NEWEST, (THREADS,)).fetchall()
    return {run: checked(json.loads(body)) for run, body in rows}


def checked(changes: object) -> Changes:
    """What of a recorded value is such a list: a record may come from anywhere."""
    entries = changes if isinstance(changes, list) else []
    return [
        each
        for each in entries
        if isinstance(each, dict)
        and all(isinstance(each.get(key), int) for key in ("step", "threads"))
    ]
