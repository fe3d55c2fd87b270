"""dashboard.record.reader: what is written is read back, and a mistake is one sentence."""

import math
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from dashboard.record import reader
from dashboard.record.reader import Record, create
from dashboard.record.recorder import Recorder
from dashboard.record.schema import FILE_NAME, RecordError, discard, newest


def test_runs_come_back_in_the_order_they_were_entered(record: Record) -> None:
    runs = record.runs()
    assert [(run.name, run.config, run.state) for run in runs] == [
        ("a", {"lr": 0.1}, "queued"),
        ("b", {"lr": 0.2}, "queued"),
    ]
    assert record.settings["note"] == "hello"


def test_every_point_comes_back_once_and_in_order(record: Record) -> None:
    with Recorder(record.folder, "a") as run:
        run.scalars("train_loss", 1, [3.0, 2.0])
        run.flush()
        first = record.changes()
        run.scalar("train_loss", 3, 1.0)
    second = record.changes()
    assert first.points[0].steps.tolist() == [1, 2]
    assert first.points[0].values.tolist() == [3.0, 2.0]
    assert second.points[0].steps.tolist() == [3]
    assert record.changes().points == []


def test_nan_and_infinities_survive_as_themselves(record: Record) -> None:
    with Recorder(record.folder, "a") as run:
        run.scalars("train_loss", 1, [math.nan, math.inf, -math.inf, 1e38])
    values = record.changes().points[0].values
    assert np.isnan(values[0])
    assert values[1:].tolist() == [math.inf, -math.inf, 1e38]


def test_more_points_than_one_reading_takes_all_arrive(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "READ_LIMIT", 10)
    with Recorder(record.folder, "a") as run:
        run.scalars("train_loss", 1, [float(i) for i in range(25)])
    steps: list[int] = []
    more = True
    while more:
        changes = record.changes()
        steps += [s for points in changes.points for s in points.steps.tolist()]
        more = changes.more
    assert steps == list(range(1, 26))


def test_two_workers_write_at_once_and_nothing_is_lost(record: Record) -> None:
    with Recorder(record.folder, "a") as one, Recorder(record.folder, "b") as two:
        for step in range(1, 200):
            one.scalar("train_loss", step, step)
            two.scalar("train_loss", step, -step)
            if step % 7 == 0:
                one.flush()
            if step % 5 == 0:
                two.flush()
    values = {points.run_id: points.values.tolist() for points in record.changes().points}
    assert values[1] == list(range(1, 200))
    assert values[2] == [-v for v in range(1, 200)]


def test_an_image_and_its_details_come_back(record: Record) -> None:
    with Recorder(record.folder, "a") as run:
        run.images("x", 5, np.zeros((2, 4, 4), np.uint8), [1, 2], [1, 3], ["0", "1", "2", "3"])
        run.text("note", 6, "hello <b>")
    image, text = record.changes().media
    assert (image.name, image.kind, image.step) == ("x", "png", 5)
    assert image.details["predictions"] == [1, 3]
    assert record.body(image.id).startswith(b"\x89PNG")
    assert record.body(text.id) == b"hello <b>"
    assert record.body(10_000) == b""


def test_an_end_from_outside_does_not_overwrite_the_runs_own(record: Record) -> None:
    Recorder(record.folder, "a").close()
    record.end_run("a", "failed", "killed")
    record.end_run("b", "failed", "killed")
    assert [(run.state, run.error) for run in record.runs()] == [("done", ""), ("failed", "killed")]


def test_all_that_have_not_ended_can_be_ended_at_once(record: Record) -> None:
    Recorder(record.folder, "a").close()
    record.end_all("stopped")
    assert [run.state for run in record.runs()] == ["done", "stopped"]


def test_anyone_can_read_the_record_with_sqlite(record: Record) -> None:
    with Recorder(record.folder, "a") as run:
        run.scalar("train_loss", 1, 0.5)
    with sqlite3.connect(record.folder / FILE_NAME) as db:
        rows = db.execute("SELECT run, series, step, value FROM curve").fetchall()
    db.close()
    assert rows == [("a", "train_loss", 1, 0.5)]


def test_an_existing_experiment_is_not_overwritten(record: Record) -> None:
    with pytest.raises(RecordError, match=r"experiment 'exp' exists already.*--experiment exp-2,"):
        create(record.folder)
    create(record.folder.with_name("exp-2")).close()
    with pytest.raises(RecordError, match=r"'exp' .*--experiment exp-3, which is free"):
        create(record.folder)


def test_two_runs_of_one_name_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="same name"):
        create(tmp_path / "new", {}, [("c", {}), ("c", {})])
    assert list(tmp_path.iterdir()) == []


def test_a_missing_experiment_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no experiment 'nothing'"):
        Record(tmp_path / "nothing")


def test_a_file_that_is_no_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp" / FILE_NAME).write_bytes(b"this is not a database, not at all" * 100)
    with pytest.raises(RecordError, match=FILE_NAME):
        Record(tmp_path / "exp")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordError, match="cannot be written"):
        create(tmp_path / "file" / "exp")


def test_the_newest_experiment_is_found(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no recorded experiment"):
        newest(tmp_path)
    create(tmp_path / "one").close()
    assert newest(tmp_path) == "one"


def test_a_record_can_be_taken_back(tmp_path: Path) -> None:
    create(tmp_path / "exp").close()
    discard(tmp_path / "exp")
    assert not (tmp_path / "exp").exists()


def test_only_one_launcher_holds_an_experiment(record: Record) -> None:
    other = Record(record.folder)
    with pytest.raises(RecordError, match="another launcher trains it"):
        other.hold()
    record.release()
    other.hold()
    other.close()


def test_a_run_that_begins_again_keeps_what_it_had_up_to_its_checkpoint(record: Record) -> None:
    with Recorder(record.folder, "a") as run:
        run.scalars("train_loss", 1, [3.0, 2.0, 1.0])
        run.text("note", 3, "taken back")
        run.state = "stopped"
    record.requeue(["a"])
    assert record.runs()[0].state == "queued"
    with Recorder(record.folder, "a", keep_to=2) as again:
        assert again.attempt == 1
        again.scalars("train_loss", 3, [0.5])
    with closing(Record(record.folder)) as other:
        changes = other.changes()
    assert changes.points[0].values.tolist() == [3.0, 2.0, 0.5]
    assert changes.media == []
    assert [(run.state, run.attempt) for run in changes.runs] == [("done", 1), ("queued", 0)]
