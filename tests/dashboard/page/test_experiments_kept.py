"""dashboard.page.experiments: what is kept between two questions, and what is read again."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from dashboard.page import experiments, results
from dashboard.page.experiments import Experiments
from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.record.schema import FILE_NAME
from tests.support.invented import accuracy, invent
from tests.support.listed import entries, execute, record


@pytest.fixture
def openings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the records that were opened."""
    names: list[str] = []
    really: Callable[[Path], Record] = experiments.open_to_read

    def noted(folder: Path) -> Record:
        names.append(folder.name)
        return really(folder)

    monkeypatch.setattr(experiments, "open_to_read", noted)
    return names


def test_what_has_not_changed_is_not_opened_again(tmp_path: Path, openings: list[str]) -> None:
    for name in ("a", "b"):
        record(tmp_path / name)
    (tmp_path / "b" / FILE_NAME).write_bytes(b"x" * 8192)
    listed = Experiments(tmp_path)
    first = listed.listing()
    assert sorted(openings) == ["a", "b"]
    assert listed.listing() == first
    assert sorted(openings) == ["a", "b"], "neither the good one nor the damaged one"
    record(tmp_path / "a", "another")
    listed.listing()
    assert openings[2:] == ["a"]


def test_a_record_that_grows_is_followed_and_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path / "exp")
    listed = Experiments(tmp_path)
    assert entries(listed.listing())["exp"]["best"]["value"] == 0.75
    read: list[int] = []
    really = results.Results._take

    def noted(self: results.Results, book: Record, after: int) -> None:
        read.append(after)
        really(self, book, after)

    monkeypatch.setattr(results.Results, "_take", noted)
    record(tmp_path / "exp", "second")
    with Recorder(tmp_path / "exp", "third", {}) as recorder:
        recorder.scalar("test_accuracy", 5, 0.9)
    entry = entries(listed.listing())["exp"]
    assert (entry["best"]["run"], entry["best"]["value"]) == ("third", 0.9)
    assert read == [2], "the first two points were read before"


def test_a_run_that_is_trained_again_forgets_what_it_had(tmp_path: Path) -> None:
    folder = record(tmp_path / "exp")
    listed = Experiments(tmp_path)
    listed.listing()
    execute(folder / FILE_NAME, "UPDATE run SET state = 'failed'")
    with closing(Record(folder)) as book:
        assert book.requeue(["only"]) == ["only"]
        book.changes()
    with Recorder(folder, "only") as recorder:
        recorder.scalar("test_accuracy", 1, 0.25)
    entry = entries(listed.listing())["exp"]
    assert (entry["best"]["value"], entry["sparkline"]) == (0.25, [0.25])


def test_another_experiment_of_the_same_name_inherits_nothing(tmp_path: Path) -> None:
    folder = record(tmp_path / "exp")
    listed = Experiments(tmp_path)
    listed.listing()
    folder.rename(tmp_path / "moved")
    with Recorder(folder, "only", {}) as recorder:
        recorder.scalar("test_accuracy", 1, 0.25)
    by_name = entries(listed.listing())
    assert by_name["exp"]["sparkline"] == [0.25]
    assert by_name["moved"]["sparkline"] == [0.5, 0.75]


def test_a_long_record_is_read_in_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invent(tmp_path / "exp")
    monkeypatch.setattr(results, "SLICE", 500)
    monkeypatch.setattr(experiments, "WITHIN_S", -1.0)  # one portion each time
    listed = Experiments(tmp_path)
    first = entries(listed.listing())["exp"]
    assert first["note"].startswith("a long record: 4")
    notes = [entries(listed.listing())["exp"]["note"] for _ in range(3)]
    assert notes[-1] == ""
    assert entries(listed.listing())["exp"]["best"]["value"] == accuracy(0, 300)
