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
from tests.support.reading import add_runs, new_record, open_record

POINTS, EVERY = 20_000, 100
AMPLE_S = 60.0


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """Two runs with a long series and a short one each; the second one diverges half way."""
    for name, small in {"STRETCHES": 20, "STRETCH": 10, "SHORT": 1000, "SLICE": 700}.items():
        monkeypatch.setattr(first_look, name, small)
    made = new_record(tmp_path / "exp")
    add_runs(made, [("a", {}), ("b", {})])
    with Recorder(made.folder, "a") as one, Recorder(made.folder, "b") as two:
        for start in range(0, POINTS, EVERY):
            losses = [1.0 / (1 + step) for step in range(start, start + EVERY)]
            one.scalars("train_loss", start, losses)
            one.scalar("test_accuracy", start, 0.9 if start == 700 else 0.1 + start / POINTS / 2)
            two.scalars("train_loss", start, [*losses[1:], math.inf] if start == 900 else losses)
            if start % 500 == 0:
                one.flush()
                two.flush()
    return made


def looked(book: Record, within_s: float = AMPLE_S) -> Changes:
    return first_look.first_look(book, within_s)


def test_it_reads_few_of_the_points_from_the_whole_length_of_every_line(book: Record) -> None:
    found = looked(book)
    assert sum(len(points.steps) for points in found.points) <= 20 * 10 + 2 * 1000
    for run in book.runs():
        (line,) = (p for p in found.points if (p.run_id, p.series) == (run.id, "train_loss"))
        assert np.all(np.diff(line.steps) > 0)
        assert line.steps[0] < POINTS * 0.2
        assert line.steps[-1] > POINTS * 0.8


def test_the_last_point_of_the_record_is_among_them(book: Record) -> None:
    last = book.query("SELECT run, step FROM point JOIN series ON series = series.id"
                      " ORDER BY point.id DESC LIMIT 1")[0]  # fmt: skip
    assert last in {(p.run_id, int(p.steps[-1])) for p in looked(book).points}


def test_evaluations_are_read_whole_so_that_the_results_are_the_right_ones(book: Record) -> None:
    shown = Experiment(book)
    shown.show(looked(book))
    first, _ = shown.runs
    assert first.lines["test_accuracy"].count == POINTS // EVERY
    assert first.best == (0.9, 700)
    assert first.run.state == "done"


def test_a_loss_that_is_not_finite_is_never_missed(book: Record) -> None:
    shown = Experiment(book)
    shown.show(looked(book))
    assert shown.runs[1].lines["train_loss"].bad == [(999, math.inf)]


@pytest.mark.alone
def test_the_speed_is_that_of_all_points(book: Record) -> None:
    shown, whole = Experiment(book), Experiment(open_record(book.folder))
    shown.show(looked(book))
    whole.poll()
    for one, other in zip(shown.runs, whole.runs, strict=True):
        assert one.steps_per_s() == pytest.approx(other.steps_per_s(), rel=0.2)
    whole.record.close()


def test_what_is_read_afterwards_is_everything(book: Record) -> None:
    looked(book)
    assert book.read_to == 0
    whole = Experiment(book)
    whole.poll()
    assert whole.runs[0].lines["train_loss"].count == POINTS


def test_without_time_it_still_shows_every_line(book: Record) -> None:
    found = looked(book, within_s=-1.0)
    assert sum(len(points.steps) for points in found.points) <= 20 * 10
    assert {p.run_id for p in found.points} == {run.id for run in book.runs()}


def test_the_newest_image_of_each_name_is_there(book: Record) -> None:
    with Recorder(book.folder, "c") as run:
        for step in (1, 2):
            run.text("note", step, "hello")
            run.data("guesses", step, {})
    assert [(item.name, item.step) for item in looked(book).media] == [("note", 2), ("guesses", 2)]


def test_a_record_without_points_has_no_span(tmp_path: Path) -> None:
    empty = new_record(tmp_path / "empty")
    assert span(empty) == (1, 0)
    assert looked(empty).points == []
