"""dashboard.record.beginning: a run whose name is taken, again or gone on with."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard import Recorder
from dashboard.record import beginning
from dashboard.record.rows import Run
from dashboard.record.schema import RecordError
from dashboard.record.sink import FileSink
from tests.support.launching import ROOT
from tests.support.reading import add_runs, left_open, new_record, read, read_points, read_runs


def record(folder: Path, last_step: int, **how: bool | int) -> Recorder:
    """A run `r` that has recorded every step up to the last one, from that after its newest."""
    with Recorder(folder, "r", {"lr": 0.1}, **how) as run:  # type: ignore[arg-type]
        for step in range(run.step + 1, last_step + 1):
            run.scalar("train_loss", step, 1 / step)
    return run


def only_run(folder: Path) -> Run:
    (run,) = read_runs(folder)
    return run


def test_a_taken_name_gets_a_number_and_the_first_run_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "dashboard"):
        assert [record(tmp_path, 3).name for _ in range(3)] == ["r", "r-2", "r-3"]
    assert [message.getMessage() for message in caplog.records] == [
        f"Trainboard: run 'r' is recorded already, so this one is called {name!r}; resume=True "
        "would go on with the other"
        for name in ("r-2", "r-3")
    ]
    assert [points.steps.tolist() for points in read_points(tmp_path)] == [[1, 2, 3]] * 3


def test_two_runs_of_a_name_at_the_same_time_are_two(tmp_path: Path) -> None:
    left_open(tmp_path, "r")
    assert record(tmp_path, 1).name == "r-2"
    assert [run.state for run in read_runs(tmp_path)] == ["running", "done"]


def test_resume_goes_on_behind_the_last_step(tmp_path: Path) -> None:
    record(tmp_path, 3)
    again = record(tmp_path, 5, resume=True)
    assert (again.name, again.attempt) == ("r", 1)
    assert only_run(tmp_path).state == "done"
    assert read_points(tmp_path)[0].steps.tolist() == [1, 2, 3, 4, 5]


def test_resume_begins_a_run_that_is_not_there(tmp_path: Path) -> None:
    assert record(tmp_path, 2, resume=True).attempt == 0
    assert read_points(tmp_path)[0].steps.tolist() == [1, 2]


def test_resume_takes_back_what_came_after_a_checkpoint(tmp_path: Path) -> None:
    record(tmp_path, 9)
    with Recorder(tmp_path, "r", resume=True, keep_to=4) as run:
        assert run.step == 4
        run.scalar("train_loss", 5, 7.0)
    assert read_points(tmp_path)[0].steps.tolist() == [1, 2, 3, 4, 5]


def test_a_step_before_the_resumed_ones_goes_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(tmp_path, 3)
    with Recorder(tmp_path, "r", resume=True) as run:
        run.scalar("train_loss", 1, 1.0)
    assert "step 1 of 'train_loss' comes after step 3" in caplog.text
    assert len(read_points(tmp_path)[0].steps) == 3


def test_a_failed_run_that_goes_on_does_not_keep_its_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="bad"), Recorder(tmp_path, "r"):
        raise ValueError("bad")
    with Recorder(tmp_path, "r", resume=True) as run:
        run.flush()
        (view,) = read(tmp_path).runs
        assert (view.state, view.error, "traceback" in view.media) == ("running", "", False)
    assert only_run(tmp_path).state == "done"


def test_resume_adds_to_the_settings(tmp_path: Path) -> None:
    Recorder(tmp_path, "r", {"lr": 0.1, "epochs": 2}).close()
    Recorder(tmp_path, "r", {"epochs": 4, "seed": 1}, resume=True).close()
    assert only_run(tmp_path).config == {"lr": 0.1, "epochs": 4, "seed": 1}


def test_a_run_that_another_process_records_is_not_resumed(tmp_path: Path) -> None:
    code = (
        "import sys; from dashboard import Recorder\n"
        "run = Recorder(sys.argv[1], 'r'); print('open', flush=True); sys.stdin.read()"
    )
    command, pipe = [sys.executable, "-c", code, str(tmp_path)], subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe) as other:
        assert other.stdout
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(RecordError, match="cannot be resumed: another process records it now"):
            Recorder(tmp_path, "r", resume=True)
        other.communicate()
    assert record(tmp_path, 1, resume=True).name == "r"


def test_a_notebooks_cell_that_is_run_again_takes_its_own_run_over(tmp_path: Path) -> None:
    first = left_open(tmp_path, "r")
    with Recorder(tmp_path, "r", resume=True) as second:
        second.scalar("train_loss", 1, 1.0)
        first.flush()
        assert first.superseded
    assert only_run(tmp_path).state == "done"


@pytest.mark.parametrize(("silent_s", "may"), [(0.0, False), (2 * beginning.SILENT_S, True)])
def test_a_run_of_another_machine_is_resumed_once_it_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent_s: float, may: bool
) -> None:
    monkeypatch.setattr(beginning, "this_process", lambda: json.dumps(["elsewhere", 1, "1"]))
    left_open(tmp_path, "r")
    monkeypatch.undo()
    monkeypatch.setattr(beginning, "SILENT_S", -1.0 if silent_s else beginning.SILENT_S)
    if may:
        assert record(tmp_path, 1, resume=True).name == "r"
    else:
        with pytest.raises(RecordError, match="another process records it now"):
            Recorder(tmp_path, "r", resume=True)


def test_what_the_launcher_trained_is_not_resumed_by_a_loop(tmp_path: Path) -> None:
    add_runs(new_record(tmp_path / "grid"), [("r", {})])
    sink = FileSink(tmp_path / "grid", must_exist=True)
    Recorder(tmp_path / "grid", "r", sink=sink).close()
    with pytest.raises(RecordError, match="the launcher trains it"):
        Recorder(tmp_path / "grid", "r", resume=True)
    assert record(tmp_path / "grid", 1).name == "r-2"


def test_a_worker_never_begins_another_run_than_the_one_it_was_given(tmp_path: Path) -> None:
    record(tmp_path, 1)
    sink = FileSink(tmp_path, must_exist=True)
    with pytest.raises(RecordError, match=r"recorded already \(done\).*'r-2' is free"):
        Recorder(tmp_path, "r", sink=sink)


def test_settings_that_are_said_later_are_those_of_the_run(tmp_path: Path) -> None:
    with Recorder(tmp_path, "r", {"lr": 0.1}) as run:
        run.flush()
        experiment = read(tmp_path)
        with Recorder(tmp_path, "other", {"lr": 0.1, "depth": 3}):
            assert experiment.poll()
            assert experiment.varied() == ["depth"]
            run.configure({"lr": 0.2, "depth": 3})
            run.flush()
            assert experiment.poll()
            assert experiment.varied() == ["lr"]
            assert experiment.runs[0].config == {"lr": 0.2, "depth": 3}


def test_settings_that_are_none_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Recorder(tmp_path, "r", {"lr": 0.1}) as run:
        run.configure(["lr", 0.2])  # type: ignore[arg-type]
    assert "config must be a dict of settings" in caplog.text
    assert only_run(tmp_path).config == {"lr": 0.1}


def test_a_script_that_dies_of_an_error_leaves_a_failed_run_with_its_traceback(
    tmp_path: Path,
) -> None:
    code = (
        "import sys; from dashboard import Recorder; run = Recorder(sys.argv[1], 'r')\n"
        "run.scalar('s', 1, 1.0)\nraise LookupError('no such batch')"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 1
    (view,) = read(tmp_path).runs
    assert (view.state, view.error) == ("failed", "LookupError: no such batch")
    assert b"no such batch" in view.record.body(view.media["traceback"].id)
