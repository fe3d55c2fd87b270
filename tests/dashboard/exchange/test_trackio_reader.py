"""dashboard.exchange.trackio_reader: a database as Trackio 0.43 makes it, and an older one's."""

import json
import math
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dashboard.errors import UserError
from dashboard.exchange import trackio_reader
from dashboard.exchange.sources import import_runs
from tests.support.reading import read

WITH_ID = """
CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,
  timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL,
  log_id TEXT, space_id TEXT);
CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,
  run_name TEXT NOT NULL, config TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE(run_id));
"""
WITHOUT = WITH_ID.replace("run_id TEXT NOT NULL,", "").replace("UNIQUE(run_id)", "UNIQUE(run_name)")
TIME = "2026-11-28T11:09:{:02}.5+00:00"


def a_project(file: Path, rows: list[tuple[str, str, int, dict[str, Any]]], ids: bool) -> Path:
    """Write rows of (id, run, step, metrics); the file."""
    with closing(sqlite3.connect(file)) as db, db:
        db.executescript(WITH_ID if ids else WITHOUT)
        more, place = ("run_id, ", "?, ") if ids else ("", "")
        for run_id, name, step, metrics in rows:
            values = [*([run_id] if ids else []), TIME.format(step), name, step]
            db.execute(
                f"INSERT INTO metrics ({more}timestamp, run_name, step, metrics)"
                f" VALUES ({place}?, ?, ?, ?)",
                [*values, json.dumps(metrics).encode()],
            )
        for run_id, name in dict.fromkeys((row[0], row[1]) for row in rows):
            config = json.dumps({"lr": float(run_id), "_Username": "me", "_Group": None}).encode()
            values = [*([run_id] if ids else []), name, config, TIME.format(0)]
            db.execute(
                f"INSERT OR REPLACE INTO configs ({more}run_name, config, created_at)"
                f" VALUES ({place}?, ?, ?)",
                values,
            )
    return file


def test_numbers_texts_images_and_settings_are_read(tmp_path: Path) -> None:
    picture = tmp_path / "media" / "demo" / "a" / "1" / "x.png"
    picture.parent.mkdir(parents=True)
    Image.new("L", (4, 4)).save(picture)
    kept = {"_type": "trackio.image", "file_path": "demo/a/1/x.png", "caption": "c"}
    file = a_project(tmp_path / "demo.db", [
        ("0.1", "a", 0, {"loss": 1.0, "grad": {"layer1": 2.0}, "note": "hello"}),
        ("0.1", "a", 1, {"loss": "NaN", "top": "-Infinity", "x": kept, "t": {"_type": "x"}}),
    ], ids=True)  # fmt: skip
    result = import_runs(file, tmp_path / "runs", rename={"loss": "train_loss"})
    (view,) = read(tmp_path / "runs" / "demo").runs
    assert (view.name, view.config) == ("a", {"lr": 0.1})
    assert set(view.lines) == {"train_loss", "grad/layer1", "top"}
    assert math.isnan(view.lines["train_loss"].last_value)
    assert view.lines["top"].last_value == -math.inf
    assert view.record.body(view.media["note"].id) == b"hello"
    assert view.record.body(view.media["x"].id) == picture.read_bytes()
    assert view.lines["train_loss"].last_time_s == 1795864141.5
    assert result.left_out == {"values that are neither numbers, texts nor images": 1}


@pytest.mark.parametrize("ids", [True, False])
def test_runs_are_told_apart_by_their_ids_or_before_there_were_any_by_their_names(
    tmp_path: Path, ids: bool
) -> None:
    rows: list[tuple[str, str, int, dict[str, Any]]] = [
        ("0.1", "a", 0, {"loss": 1.0}), ("0.2", "a", 0, {"loss": 2.0}),
    ]  # fmt: skip
    import_runs(a_project(tmp_path / "demo.db", rows, ids), tmp_path / "runs")
    names = [view.name for view in read(tmp_path / "runs" / "demo").runs]
    assert names == (["a", "a-2"] if ids else ["a"])


def test_no_file_from_beyond_the_media_folder_is_read(tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "secret.png")
    kept = {"_type": "trackio.image", "file_path": "../secret.png"}
    file = a_project(tmp_path / "demo.db", [("1", "a", 0, {"x": kept, "loss": 1.0})], ids=True)
    (run,) = trackio_reader.read(file, {})
    assert not run.run().media
    assert run.left_out == {"images whose files are not there": 1}


def test_a_damaged_one_is_one_sentence_and_another_database_is_none(tmp_path: Path) -> None:
    file = a_project(tmp_path / "demo.db", [("1", "a", 0, {"loss": 1.0})], ids=True)
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE metrics SET metrics = 'no JSON'")
    with pytest.raises(UserError, match=r"demo\.db cannot be read: "):
        list(trackio_reader.read(file, {}))
    with closing(sqlite3.connect(tmp_path / "other.db")) as db, db:
        db.execute("CREATE TABLE metrics (run_name TEXT)")
    assert not trackio_reader.is_one(tmp_path / "other.db")


def test_what_trackio_itself_has_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is installed; the tables above are those it makes."""
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    trackio = pytest.importorskip("trackio", reason="pip install trackio to test it")
    trackio.init(project="demo", name="a", config={"lr": 0.1})
    trackio.log({"loss": 0.5, "nested": {"deep": 1}})
    trackio.finish()
    (run,) = trackio_reader.read(tmp_path / "trackio" / "demo.db", {})
    assert (run.name, run.config) == ("a", {"lr": 0.1})
    assert [(name, step, value) for name, step, _, value in run.run().points] == [
        ("loss", 0, 0.5), ("nested/deep", 0, 1.0),
    ]  # fmt: skip
