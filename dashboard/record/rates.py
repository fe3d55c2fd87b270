"""Reads the changes of a run's learning rate from its record, for whoever trains it again."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

from dashboard.record.schema import RATES, connect

NEWEST = (
    "SELECT body FROM media JOIN run ON media.run = run.id WHERE run.name = ? AND media.name = ?"
    " AND kind = 'json' ORDER BY media.id DESC LIMIT 1"
)


def rates_of(folder: Path, run: str) -> list[dict[str, Any]]:
    """The changes in their order, each {step, lr, key}; none where there were none.

    Raises RecordError, or sqlite3.Error where nothing can be read at the moment.
    """
    with closing(connect(folder)) as db:
        row = db.execute(NEWEST, (run, RATES)).fetchone()
    changes = json.loads(row[0]) if row else []
    return [each for each in changes if {"step", "lr", "key"} <= each.keys()]
