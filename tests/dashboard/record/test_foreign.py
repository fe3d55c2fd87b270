"""dashboard.record.foreign: a record that somebody gave me runs nothing, hangs nothing and is
shown."""

import sqlite3
import time
from pathlib import Path

import pytest

from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.record.schema import FILE_NAME, RecordError, connect
from dashboard.runs.opening import open_experiment
from tests.support.exporting import export
from tests.support.reading import open_damaged
from tests.support.refusing import refused

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT"
MOVED = "ALTER TABLE run RENAME TO other;"
# Without them the statements would change the other objects of ours along with the table.
LEGACY = "PRAGMA legacy_alter_table=ON; PRAGMA foreign_keys=OFF;"
RUN = "id, name, config, state, error, created_s, started_s, ended_s, heartbeat_s, total_steps"
HOSTILE = {
    "a view that never ends": (
        f"{MOVED} CREATE VIEW run AS {ENDLESS} {RUN.replace('id', 'i AS id')},"
        " steps_per_epoch, attempt FROM n, other;",
        "has a view 'run'",
    ),
    "a trigger that takes the points back": (
        "CREATE TRIGGER t AFTER UPDATE ON run BEGIN DELETE FROM point; END;",
        "has a trigger 't'",
    ),
    "a trigger on an insertion": (
        "CREATE TRIGGER t AFTER INSERT ON point BEGIN DELETE FROM media; END;",
        "has a trigger 't'",
    ),
    "a virtual table": (
        f"{MOVED} CREATE VIRTUAL TABLE run USING fts5({RUN}, steps_per_epoch, attempt);",
        "has a table 'run'",
    ),
    "an index that works something out": (
        "CREATE INDEX i ON point (hex(zeroblob(100000 + step)));",
        "has an index 'i'",
    ),
    "a condition that is slow to check": (
        "CREATE TABLE more (a CHECK (length(hex(zeroblob(400000000))) > 0));",
        "has a table 'more'",
    ),
}


def record(folder: Path) -> Path:
    with Recorder(folder, "relu", {"lr": 0.1}) as run:
        run.scalars("train_loss", 1, [1.0, 0.5])
    return folder


def change(folder: Path, statements: str) -> None:
    db = sqlite3.connect(folder / FILE_NAME)
    db.executescript(LEGACY + statements)
    db.close()


@pytest.mark.parametrize("what", HOSTILE)
def test_what_could_run_in_a_record_is_refused_in_one_sentence_at_once(
    what: str, tmp_path: Path
) -> None:
    statements, sentence = HOSTILE[what]
    folder = record(tmp_path / "exp")
    change(folder, statements)
    started_s = time.monotonic()
    for use in (open_experiment, Record, lambda folder: Recorder(folder, "tanh")):
        with pytest.raises(RecordError) as error:
            use(folder)
        assert f"{sentence} that Trainboard did not make, so it is not opened" in str(error.value)
        assert "\n" not in str(error.value)
    assert time.monotonic() - started_s < 5


@pytest.mark.usefixtures("main_here")
def test_a_hostile_record_ends_every_command_with_exit_code_2(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    change(record(tmp_path / "runs" / "exp"), HOSTILE["a view that never ends"][0])
    for command in (["view", "exp"], ["export", "exp", "--to", "out"], ["resume", "exp"]):
        assert "has a view 'run' that Trainboard did not make" in refused(command, capfd)


@pytest.mark.parametrize(
    "column",
    [
        "name TEXT NOT NULL UNIQUE CHECK (length(hex(zeroblob(400000000))) > 0)",
        "name TEXT NOT NULL UNIQUE, slow TEXT AS (hex(zeroblob(400000000)))",
    ],
)
def test_a_table_of_ours_that_works_something_out_is_read_as_if_it_did_not(
    tmp_path: Path, column: str
) -> None:
    folder = record(tmp_path / "exp")
    change(
        folder,
        "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = "
        f"replace(sql, 'name TEXT NOT NULL UNIQUE', '{column}') WHERE name = 'run';",
    )
    with pytest.raises(RecordError, match="its table run is not as Trainboard makes it"):
        Recorder(folder, "tanh")
    started_s = time.monotonic()
    experiment, damage = open_damaged(folder)
    assert "its table run is not as Trainboard makes it" in damage
    assert [view.name for view in experiment.runs] == ["relu"]
    assert experiment.runs[0].lines["train_loss"].count == 2
    assert time.monotonic() - started_s < 5
    experiment.record.close()


def test_what_a_person_adds_for_their_own_use_does_no_harm(tmp_path: Path) -> None:
    folder = record(tmp_path / "exp")
    change(
        folder,
        "CREATE TABLE notes (run TEXT, text TEXT DEFAULT 'none');"
        "CREATE VIEW last AS SELECT max(step) FROM point; ANALYZE; VACUUM;",
    )
    experiment, damage = open_damaged(folder)
    assert damage == ""
    assert [view.name for view in experiment.runs] == ["relu"]
    export(experiment, tmp_path / "files")
    experiment.record.close()


def test_a_record_that_was_dumped_and_read_back_is_ours(tmp_path: Path) -> None:
    folder = record(tmp_path / "exp")
    source = sqlite3.connect(folder / FILE_NAME)
    (tmp_path / "copy").mkdir()
    copy = sqlite3.connect(tmp_path / "copy" / FILE_NAME)
    copy.executescript("\n".join(source.iterdump()).replace("\n  ", " "))
    source.close()
    copy.close()
    experiment, damage = open_damaged(tmp_path / "copy")
    assert damage == ""
    assert experiment.runs[0].lines["train_loss"].count == 2
    experiment.record.close()


def test_a_connection_trusts_nothing_in_the_file(tmp_path: Path) -> None:
    db = connect(record(tmp_path / "exp"))
    assert db.execute("PRAGMA trusted_schema").fetchone() == (0,)
    db.close()
