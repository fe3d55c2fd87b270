"""dashboard.record.first_look: what a long record shows before it is read."""

import math
from pathlib import Path

import numpy as np
import pytest

from dashboard.record import first_look
from dashboard.record.first_look import span
from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.record.rows import Changes
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import ACCURACY
from tests.support.reading import add_runs, new_record, open_record

POINTS, EVERY = 20_000, 100
AMPLE_S = 60.0


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """Two runs with a long series and a short one each; the second one diverges half way."""
    for name, small in {"STRETCHES": 20, "STRETCH": 10, "SHORT": 1000, "SLICE": 700}.items():
        monkeypatch.setattr(first_look, name, small)
    record = new_record(tmp_path / "exp")
    add_runs(record, [("a", {}), ("b", {})])
    with Recorder(record.folder, "a") as one, Recorder(record.folder, "b") as two:
        for start in range(0, POINTS, EVERY):
            losses = [1.0 / (1 + step) for step in range(start, start + EVERY)]
            one.scalars("train_loss", start, losses)
            one.scalar("test_accuracy", start, 0.9 if start == 700 else 0.1 + start / POINTS / 2)
            two.scalars("train_loss", start, [*losses[1:], math.inf] if start == 900 else losses)
            if start % 500 == 0:
                one.flush()
                two.flush()
    return record


def looked(record: Record, within_s: float = AMPLE_S) -> Changes:
    return first_look.first_look(record, within_s)


def test_it_reads_few_of_the_points_from_the_whole_length_of_every_line(record: Record) -> None:
    changes = looked(record)
    assert sum(len(points.steps) for points in changes.points) <= 20 * 10 + 2 * 1000
    for run in record.runs():
        (line,) = (p for p in changes.points if (p.run_id, p.series) == (run.id, "train_loss"))
        assert np.all(np.diff(line.steps) > 0)
        assert line.steps[0] < POINTS * 0.2
        assert line.steps[-1] > POINTS * 0.8


def test_the_last_point_of_the_record_is_among_them(record: Record) -> None:
    last = record.query("SELECT run, step FROM point JOIN series ON series = series.id"
                      " ORDER BY point.id DESC LIMIT 1")[0]  # fmt: skip
    assert last in {(p.run_id, int(p.steps[-1])) for p in looked(record).points}


def test_evaluations_are_read_whole_so_that_the_results_are_the_right_ones(record: Record) -> None:
    experiment = Experiment(record)
    experiment.show(looked(record))
    first, _ = experiment.runs
    assert first.lines["test_accuracy"].count == POINTS // EVERY
    assert first.best(ACCURACY) == (0.9, 700)
    assert first.state == "done"


def test_a_loss_that_is_not_finite_is_never_missed(record: Record) -> None:
    experiment = Experiment(record)
    experiment.show(looked(record))
    assert experiment.runs[1].lines["train_loss"].bad == [(999, math.inf)]


@pytest.mark.alone
def test_the_speed_is_that_of_all_points(record: Record) -> None:
    experiment, whole = Experiment(record), Experiment(open_record(record.folder))
    experiment.show(looked(record))
    whole.poll()
    for one, other in zip(experiment.runs, whole.runs, strict=True):
        assert one.steps_per_s() == pytest.approx(other.steps_per_s(), rel=0.2)
    whole.record.close()


def test_what_is_read_afterwards_is_everything(record: Record) -> None:
    looked(record)
    assert record.read_to == 0
    whole = Experiment(record)
    whole.poll()
    assert whole.runs[0].lines["train_loss"].count == POINTS


def test_without_time_it_still_shows_every_line(record: Record) -> None:
    changes = looked(record, within_s=-1.0)
    assert sum(len(points.steps) for points in changes.points) <= 20 * 10
    assert {p.run_id for p in changes.points} == {run.id for run in record.runs()}


def test_the_newest_image_of_each_name_is_there(record: Record) -> None:
    with Recorder(record.folder, "c") as run:
        for step in (1, 2):
            run.text("note", step, "hello")
            run.data("guesses", step, {})
    assert [(item.name, item.step) for item in looked(record).media] == [
        ("note", 2),
        ("guesses", 2),
    ]


def test_a_record_without_points_has_no_span(tmp_path: Path) -> None:
    empty = new_record(tmp_path / "empty")
    assert span(empty) == (1, 0)
    assert looked(empty).points == []
