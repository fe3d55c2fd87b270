"""Reads a project of Trackio: the SQLite file PROJECT.db that it keeps in its folder.

As Trackio 0.43 writes it, and older ones since each project has a file of its own: numbers, texts,
images and settings. Tables, traces, sounds and the machine's own numbers are left out.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from dashboard.errors import UserError
from dashboard.exchange.collected import Collected, run_name

HEAD = b"SQLite format 3\x00"
COLUMNS = {"run_name", "timestamp", "step", "metrics"}
IMAGE = "trackio.image"
NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""How Trackio writes numbers that JSON does not have."""


def is_one(path: Path) -> bool:
    """Whether it is a database with Trackio's table of metrics."""
    try:
        with path.open("rb") as file:
            if file.read(len(HEAD)) != HEAD:
                return False
        with closing(_connect(path)) as db:
            return _columns(db, "metrics") >= COLUMNS
    except (OSError, sqlite3.Error):
        return False


def read(path: Path, rename: Mapping[str, str]) -> Iterator[Collected]:
    """The runs in the order of their first rows. Raises UserError where the file is damaged."""
    try:
        with closing(_connect(path)) as db:
            yield from _runs(db, path, rename)
    except (OSError, sqlite3.Error, ValueError, TypeError) as why:
        raise UserError(f"{path} cannot be read: {why}") from why


def _runs(db: sqlite3.Connection, path: Path, rename: Mapping[str, str]) -> Iterator[Collected]:
    # Runs have had an id of their own since two may have one name.
    key = "run_id" if "run_id" in _columns(db, "metrics") else "run_name"
    settings = _settings(db, key) if _columns(db, "configs") else {}
    heads = db.execute(f"SELECT {key}, min(run_name) FROM metrics GROUP BY {key} ORDER BY min(id)")
    run_names: list[str] = []
    for run_id, name in heads.fetchall():
        run = Collected(run_name(str(name), run_names), rename)
        run_names.append(run.name)
        run.config = settings.get(run_id, {})
        rows = db.execute(
            f"SELECT step, timestamp, metrics FROM metrics WHERE {key} = ? ORDER BY id", (run_id,)
        )
        for step, timestamp, metrics in rows:
            time_s = datetime.fromisoformat(str(timestamp)).timestamp()
            for series, value in json.loads(metrics).items():
                _take(run, series, int(step), time_s, value, path.parent / "media")
        yield run


def _connect(path: Path) -> sqlite3.Connection:
    """The file, only to be read; nothing that somebody has put into it runs."""
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    db.execute("PRAGMA trusted_schema=OFF")
    return db


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in db.execute(f"PRAGMA table_info({table})")}


def _settings(db: sqlite3.Connection, key: str) -> dict[str, dict[str, Any]]:
    """Each run's settings, without those that Trackio adds, which begin with _."""
    rows = db.execute(f"SELECT {key}, config FROM configs").fetchall()
    return {
        run: {name: value for name, value in json.loads(config).items() if name[:1] != "_"}
        for run, config in rows
    }


def _take(run: Collected, name: str, step: int, time_s: float, value: Any, media: Path) -> None:
    """Take in a value by its kind; what is nested gets names with a slash."""
    value = NUMBERS.get(value, value) if isinstance(value, str) else value
    if isinstance(value, bool | int | float):
        run.scalar(name, step, time_s, float(value))
    elif isinstance(value, str):
        run.text(name, step, time_s, value)
    elif isinstance(value, dict) and value.get("_type") == IMAGE:
        file = (media / str(value.get("file_path"))).resolve()
        if file.is_relative_to(media.resolve()) and file.is_file():
            run.images(name, step, time_s, [file.read_bytes()])
        else:
            run.left_out["images whose files are not there"] += 1
    elif isinstance(value, dict) and "_type" not in value:
        for inner, part in value.items():
            _take(run, f"{name}/{inner}", step, time_s, part, media)
    elif value is not None:
        run.left_out["values that are neither numbers, texts nor images"] += 1
