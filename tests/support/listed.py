"""Recorded experiments for the list of all, and what that says of them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from dashboard.record.recorder import Recorder


def entries(listing: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By name; all of it is JSON that a browser can read."""
    json.dumps(listing, allow_nan=False)
    return {entry["name"]: entry for entry in listing["experiments"]}


def record(folder: Path, run: str = "only", **config: Any) -> Path:
    """A finished run whose accuracy is 0.5, then 0.75."""
    with Recorder(folder, run, config) as recorder:
        recorder.scalars("test_accuracy", 1, [0.5, 0.75])
    return folder


def execute(file: Path, statement: str, *values: object) -> None:
    """Change a record as nothing of ours does."""
    with closing(sqlite3.connect(file)) as db, db:
        db.execute(statement, values)
