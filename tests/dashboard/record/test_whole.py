"""dashboard.record.whole: runs of other programs, written whole or not at all."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.record.schema import RecordError, is_recorded
from dashboard.record.whole import WholeRun, write_whole
from tests.support.reading import read

RUN = WholeRun(
    "a", {"lr": 0.1},
    [("loss", 1, 100.0, 0.5), ("loss", 2, 101.0, None), ("acc", 2, 103.0, 0.7)],
    [("note", "text", 2, 99.0, b"hello", "{}")],
)  # fmt: skip


def test_a_run_is_read_as_it_was_with_its_own_times(tmp_path: Path) -> None:
    write_whole(tmp_path / "old", {"imported": True}, [RUN, WholeRun("b")])
    experiment = read(tmp_path / "old")
    view, empty = experiment.runs
    assert (view.name, view.state, view.config) == ("a", "done", {"lr": 0.1})
    assert (view.started_s, view.ended_s) == (99.0, 103.0)
    assert view.lines["acc"].last_value == 0.7
    assert math.isnan(view.lines["loss"].last_value)
    assert view.record.body(view.media["note"].id) == b"hello"
    assert experiment.own_loop
    assert (empty.step, empty.state) == (0, "done")


def test_where_it_breaks_off_nothing_is_left(tmp_path: Path) -> None:
    def breaking() -> Iterator[WholeRun]:
        yield RUN
        raise ValueError("no further")

    with pytest.raises(ValueError, match="no further"):
        write_whole(tmp_path / "old", {}, breaking())
    assert not (tmp_path / "old").exists()


def test_two_runs_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="same name"):
        write_whole(tmp_path / "old", {}, [RUN, RUN])
    assert not is_recorded(tmp_path / "old")


def test_an_experiment_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    write_whole(tmp_path / "old", {}, [RUN])
    with pytest.raises(RecordError, match="give --experiment old-2"):
        write_whole(tmp_path / "old", {}, [WholeRun("b")])
    assert [view.name for view in read(tmp_path / "old").runs] == ["a"]
