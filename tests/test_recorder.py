"""dashboard.recorder: what a run writes, when it is committed, and how a run ends."""

import time
from pathlib import Path

import numpy as np
import pytest
import torch

from dashboard import Recorder
from dashboard.record import Record, Run
from dashboard.record_file import RecordError


def only_run(folder: Path) -> Run:
    return Record(folder).runs()[0]


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
    assert Record(tmp_path).changes().points[0].values.tolist() == [0.5]


def test_ctrl_c_in_the_loop_is_a_stop_and_no_failure(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Recorder(tmp_path, "r"):
        raise KeyboardInterrupt
    assert only_run(tmp_path).state == "stopped"


def test_points_are_committed_about_four_times_a_second(tmp_path: Path) -> None:
    reader = None
    with Recorder(tmp_path, "r") as run:
        reader = Record(tmp_path)
        commits = 0
        end_s = time.monotonic() + 1.0
        step = 0
        while time.monotonic() < end_s:
            step += 1
            run.scalar("train_loss", step, 1.0)
            if step % 50 == 0 and reader.changes().points:
                commits += 1
    assert 2 <= commits <= 6


def test_numbers_of_every_kind_are_taken(tmp_path: Path) -> None:
    given = [1, 2.5, np.float32(3.5), torch.tensor(4.5), np.array(5.5), True]
    with Recorder(tmp_path, "r") as run:
        for step, value in enumerate(given):
            run.scalar("s", step, value)
    assert Record(tmp_path).changes().points[0].values.tolist() == [1, 2.5, 3.5, 4.5, 5.5, 1]


def test_a_run_cannot_be_recorded_twice(tmp_path: Path) -> None:
    Recorder(tmp_path, "r").close()
    with pytest.raises(RecordError, match=r"run 'r' .* is recorded already \(done\)"):
        Recorder(tmp_path, "r")


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    run = Recorder(tmp_path, "r")
    run.close()
    run.close()
    assert only_run(tmp_path).state == "done"


def test_the_length_of_the_run_is_recorded(tmp_path: Path) -> None:
    with Recorder(tmp_path, "r") as run:
        run.expect(300, 100)
    assert (only_run(tmp_path).total_steps, only_run(tmp_path).steps_per_epoch) == (300, 100)


def test_a_failed_commit_keeps_the_points_for_the_next(tmp_path: Path) -> None:
    with Recorder(tmp_path, "r") as run:
        run.scalar("s", 1, 1.0)
        run.scalar("s", 2, "not a number")
        with pytest.raises(ValueError, match="could not convert"):
            run.flush()
        run._points.pop()
        run.scalar("s", 2, 2.0)
    assert Record(tmp_path).changes().points[0].values.tolist() == [1.0, 2.0]
