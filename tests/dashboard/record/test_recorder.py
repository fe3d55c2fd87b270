"""dashboard.record.recorder: what a run writes, when it is committed, and how a run ends."""

import contextlib
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from dashboard import Recorder
from dashboard.record.reader import Record
from dashboard.record.rows import Run
from dashboard.record.sink import Batch, FileSink
from tests.support.launching import ROOT
from tests.support.reading import read_points, read_runs, until_the_test_ends


def only_run(folder: Path) -> Run:
    return read_runs(folder)[0]


def test_a_new_run_makes_the_record_and_is_done_at_the_end(tmp_path: Path) -> None:
    with Recorder(tmp_path / "mine", "adam", {"lr": 3e-4}) as run:
        assert only_run(tmp_path / "mine").state == "running"
        run.scalar("train_loss", 1, 0.5)
    ended = only_run(tmp_path / "mine")
    assert (ended.name, ended.state, ended.config) == ("adam", "done", {"lr": 3e-4})
    assert ended.started_s is not None
    assert ended.ended_s is not None
    assert ended.started_s <= ended.ended_s


def test_an_error_in_the_loop_is_recorded_with_everything_before_it(tmp_path: Path) -> None:
    def training() -> None:
        with Recorder(tmp_path, "r") as run:
            run.scalar("train_loss", 1, 0.5)
            raise RuntimeError("out of luck")

    with pytest.raises(RuntimeError, match="out of luck"):
        training()
    ended = only_run(tmp_path)
    assert (ended.state, ended.error) == ("failed", "RuntimeError: out of luck")
    assert read_points(tmp_path)[0].values.tolist() == [0.5]


def test_ctrl_c_in_the_loop_is_a_stop_and_no_failure(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Recorder(tmp_path, "r"):
        raise KeyboardInterrupt
    assert only_run(tmp_path).state == "stopped"


@pytest.mark.alone
def test_points_are_committed_about_four_times_a_second(tmp_path: Path) -> None:
    reader = None
    with Recorder(tmp_path, "r") as run:
        reader = until_the_test_ends.enter_context(contextlib.closing(Record(tmp_path)))
        commits = 0
        end_s = time.monotonic() + 1.0
        step = 0
        while time.monotonic() < end_s:
            step += 1
            run.scalar("train_loss", step, 1.0)
            time.sleep(0.001)
            if step % 50 == 0 and reader.changes().points:
                commits += 1
    assert 2 <= commits <= 6


def test_numbers_of_every_kind_are_taken(tmp_path: Path) -> None:
    numbers = [1, 2.5, np.float32(3.5), torch.tensor(4.5), np.array(5.5), True]
    with Recorder(tmp_path, "r") as run:
        for step, value in enumerate(numbers):
            run.scalar("s", step, value)
    assert read_points(tmp_path)[0].values.tolist() == [1, 2.5, 3.5, 4.5, 5.5, 1]


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    run = Recorder(tmp_path, "r")
    run.close()
    run.close()
    assert only_run(tmp_path).state == "done"


def test_the_length_of_the_run_is_recorded(tmp_path: Path) -> None:
    with Recorder(tmp_path, "r") as run:
        run.expect(300, 100)
    assert (only_run(tmp_path).total_steps, only_run(tmp_path).steps_per_epoch) == (300, 100)


class Refusing(FileSink):
    """A sink whose first batches are refused, as by a locked or full disk."""

    refusals = 0

    def write(self, batch: Batch) -> None:
        if self.refusals:
            self.refusals -= 1
            raise sqlite3.OperationalError("database is locked")
        super().write(batch)


def test_a_failed_commit_keeps_the_points_for_the_next(tmp_path: Path) -> None:
    sink = Refusing(tmp_path)
    with Recorder(tmp_path, "r", sink=sink) as run:
        run.flush()
        run.scalar("s", 1, 1.0)
        sink.refusals = 1
        assert not run.flush()
        assert sink.refusals == 0
        run.scalar("s", 2, 2.0)
    assert read_points(tmp_path)[0].values.tolist() == [1.0, 2.0]


def test_a_number_that_is_changed_in_place_later_is_recorded_as_it_was(tmp_path: Path) -> None:
    total = torch.zeros(())
    with Recorder(tmp_path, "r") as run:
        for step in range(3):
            total += 1
            run.scalar("s", step, total)
    assert read_points(tmp_path)[0].values.tolist() == [1.0, 2.0, 3.0]


def test_a_run_that_nobody_closes_is_stopped_with_all_its_points(tmp_path: Path) -> None:
    code = (
        "import sys; from dashboard import Recorder; run = Recorder(sys.argv[1], 'r')\n"
        "for step in range(5): run.scalar('s', step, step)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True)
    ended = only_run(tmp_path)
    assert (ended.state, ended.error) == ("stopped", "its process ended without closing the run")
    assert len(read_points(tmp_path)[0].values) == 5


def test_batches_go_to_the_sink_that_is_given_and_nothing_to_the_folder(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "there")
    with Recorder(tmp_path / "here", "r", sink=sink) as run:
        run.scalar("s", 1, 1.0)
    assert only_run(tmp_path / "there").state == "done"
    assert not (tmp_path / "here").exists()
