"""dashboard.runs.experiment: what is known of the runs, kept up to date from the record."""

import math
import threading
from pathlib import Path

import pytest

from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.record.schema import RecordError
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import ACCURACY
from tests.support.reading import add_runs, left_open, new_record


@pytest.fixture
def record(tmp_path: Path) -> Record:
    record = new_record(tmp_path / "exp")
    add_runs(
        record,
        [
            ("relu", {"activation": "relu", "lr": 0.1, "batch_size": 10}),
            ("tanh", {"activation": "tanh", "lr": 0.1, "batch_size": 10}),
        ],
    )
    return record


def test_only_the_settings_that_differ_are_varied(experiment: Experiment) -> None:
    assert experiment.varied() == ["activation"]
    assert experiment.shared() == {"lr": 0.1, "batch_size": 10}


def test_a_record_is_closed_only_when_nobody_reads_it(experiment: Experiment) -> None:
    closing = threading.Thread(target=experiment.close)
    with experiment.lock:
        closing.start()
        closing.join(0.2)
        assert experiment.record.query("SELECT 1") == [(1,)]
    closing.join()
    with pytest.raises(RecordError, match="closed"):
        experiment.record.query("SELECT 1")


def test_a_poll_without_news_changes_nothing(experiment: Experiment) -> None:
    assert not experiment.poll()
    stamps = [dict(view.stamps) for view in experiment.runs]
    experiment.poll()
    assert stamps == [dict(view.stamps) for view in experiment.runs]


def asked(record: Record, experiment: Experiment) -> list[str]:
    """The statements that a poll has the record execute."""
    statements: list[str] = []
    record._db.set_trace_callback(statements.append)
    experiment.poll()
    record._db.set_trace_callback(None)
    return statements


def test_a_poll_reads_no_rows_where_nothing_was_written(
    record: Record, experiment: Experiment
) -> None:
    assert asked(record, experiment) == ["PRAGMA data_version"]
    for write in (
        lambda: record.end_run("relu", "failed", "by us"),
        lambda: Recorder(record.folder, "tanh").close(),  # by another connection
        lambda: record.ask("pause", ["tanh"], origin="test"),
    ):
        write()
        assert len(asked(record, experiment)) > 1
        assert asked(record, experiment) == ["PRAGMA data_version"]
    assert [view.state for view in experiment.runs] == ["failed", "done"]


def test_the_rows_of_running_runs_are_read_again_and_again_for_their_process_may_be_gone(
    record: Record, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_open(record.folder, "relu")
    experiment.poll()
    assert experiment.runs[0].state == "running"
    monkeypatch.setattr("dashboard.record.reader.is_gone", lambda owner: owner is not None)
    experiment.poll()
    assert experiment.runs[0].state != "running"


def test_new_points_stamp_only_their_own_topic(record: Record, experiment: Experiment) -> None:
    with Recorder(record.folder, "relu") as run:
        run.scalar("test_loss", 0, 2.3)
        run.flush()
        experiment.poll()
        before = dict(experiment.runs[0].stamps)
        run.scalar("train_loss", 1, 2.0)
        run.flush()
        assert experiment.poll()
        after = experiment.runs[0].stamps
    assert after["train_loss"] == before.get("train_loss", 0) + 1
    assert after["test_loss"] == before["test_loss"]
    assert not experiment.runs[1].stamps["train_loss"]


def test_milestones_and_the_best_accuracy_are_noted(record: Record, experiment: Experiment) -> None:
    with Recorder(record.folder, "relu") as run:
        for step, accuracy in ((0, 0.1), (100, 0.91), (200, 0.96), (300, 0.94)):
            run.scalar("test_accuracy", step, accuracy)
    experiment.poll()
    view = experiment.runs[0]
    reached = {mark: view.reached(ACCURACY, mark) for mark in experiment.milestones}
    assert [hit and hit[0] for hit in reached.values()] == [100, 200]
    assert list(reached) == [0.90, 0.95]
    assert view.best(ACCURACY) == (0.96, 200)
    assert view.latest("test_accuracy") == 0.94


def test_progress_and_eta_follow_the_steps(record: Record, experiment: Experiment) -> None:
    with Recorder(record.folder, "relu") as run:
        run.expect(100, 50)
        for step in range(1, 26):
            run.scalar("train_loss", step, 1.0)
        run.flush()
        experiment.poll()
        view = experiment.runs[0]
        assert view.progress == 0.25
        assert view.epoch == 0.5
        assert experiment.progress() == 0.125
    experiment.poll()
    assert view.ended
    assert view.eta_s() is None
    assert experiment.progress() == 0.5


def test_a_running_run_without_a_sign_of_life_is_silent(
    record: Record, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Recorder(record.folder, "relu")
    experiment.poll()
    view = experiment.runs[0]
    real = view.alive_s
    view.alive_s = real - 12.0
    assert 12.0 <= view.silent_s() < 30.0
    run.scalar("train_loss", 1, 1.0)
    run.flush()
    experiment.poll()
    assert view.silent_s() < 5.0
    run.close()
    experiment.poll()
    assert view.silent_s() == 0.0


def test_a_diverged_loss_is_known_as_such(record: Record, experiment: Experiment) -> None:
    with Recorder(record.folder, "relu") as run:
        run.scalars("train_loss", 1, [1.0, 2.0, math.nan])
        run.state, run.error = "diverged", "the loss became nan at step 3"
    experiment.poll()
    view = experiment.runs[0]
    assert view.state == "diverged"
    assert view.lines["train_loss"].bad[0][0] == 3
    assert view.lines["train_loss"].last_finite() == (2, 2.0)


def test_runs_that_join_later_appear(
    tmp_path: Path, experiment: Experiment, record: Record
) -> None:
    Recorder(record.folder, "late", {"activation": "selu"}).close()
    assert experiment.poll()
    assert [view.name for view in experiment.runs] == ["relu", "tanh", "late"]


def test_a_run_that_began_again_has_every_point_once_and_its_older_images(tmp_path: Path) -> None:
    record = new_record(tmp_path / "exp")
    add_runs(record, [("r", {})])
    experiment = Experiment(record)
    with Recorder(record.folder, "r") as run:
        run.scalars("train_loss", 1, [3.0, 2.0, 1.0])
        run.text("note", 1, "kept")
        run.text("note", 3, "taken back")
        run.state = "stopped"
    experiment.poll()
    record.requeue(["r"])
    with Recorder(record.folder, "r", keep_to=2) as run:
        run.scalars("train_loss", 3, [0.5, 0.25])
    assert experiment.poll()
    (view,) = experiment.runs
    assert view.lines["train_loss"].count == 4
    assert view.lines["train_loss"].drawn()[1].tolist() == [3.0, 2.0, 0.5, 0.25]
    assert record.body(view.media["note"].id) == b"kept"
    assert view.attempt == 1
    record.close()


def test_a_loss_that_is_recorded_every_tenth_step_has_the_speed_of_all_steps(
    record: Record, experiment: Experiment
) -> None:
    with Recorder(record.folder, "relu") as run:
        for step in (10, 20, 30):
            run.scalar("train_loss", step, 1.0)
            run.flush()
    experiment.poll()
    view = experiment.runs[0]
    line = view.lines["train_loss"]
    assert view.ended
    assert view.steps_per_s() == pytest.approx(20 / (line.last_time_s - line.first_time_s))


def test_an_experiment_read_anew_is_taken_over_and_drawn_anew(
    record: Record, experiment: Experiment
) -> None:
    with Recorder(record.folder, "relu") as run:
        run.scalar("train_loss", 1, 3.0)
    experiment.poll()
    before = [dict(view.stamps) for view in experiment.runs]
    other = Experiment(record)
    other.record._last_point = 0
    other.poll()
    experiment.become(other)
    assert experiment.runs[0].lines["train_loss"].count == 1
    for old, view in zip(before, experiment.runs, strict=True):
        assert all(view.stamps[topic] > stamp for topic, stamp in old.items())
        assert view.stamps["state"] > old.get("state", 0)
    assert not experiment.poll()


def test_a_run_of_an_older_version_is_as_if_it_knew_the_newer_settings(tmp_path: Path) -> None:
    record = new_record(tmp_path / "e", {"defaults": {"lr": 0.01, "norm": "none"}})
    add_runs(record, [("old", {"lr": 0.1}), ("new", {"lr": 0.1, "norm": "none"})])
    add_runs(record, [("batch", {"lr": 0.1, "norm": "batch"})])
    experiment = Experiment(record)
    experiment.poll()
    assert experiment.varied() == ["norm"]
    assert [view.config["norm"] for view in experiment.runs] == ["none", "none", "batch"]
