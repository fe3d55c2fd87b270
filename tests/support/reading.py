"""Records as tests read them: closed at once, or with the test that opened them.

Python 3.13 warns of every SQLite connection that is thrown away open, and a warning fails a test;
before 3.13 `complain_of_unclosed_databases` sees to the same.
"""

import functools
import sqlite3
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from dashboard.record.reader import Record, create
from dashboard.record.recorder import Recorder
from dashboard.record.rows import Points, Run
from dashboard.runs.experiment import Experiment
from dashboard.runs.opening import open_experiment

until_the_test_ends = ExitStack()
"""What is put here is closed when the present test has ended (`tests/conftest.py`)."""


def read_runs(folder: Path) -> list[Run]:
    """The runs as they are recorded now."""
    with closing(Record(folder)) as record:
        return record.runs()


def read_points(folder: Path) -> list[Points]:
    """Every point that is recorded now."""
    with closing(Record(folder)) as record:
        return record.changes().points


def new_record(folder: Path, settings: dict[str, Any] | None = None) -> Record:
    """A new record of which the test is the launcher; closed when the test ends."""
    return until_the_test_ends.enter_context(closing(create(folder, settings)))


def add_runs(book: Record, named_configs: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Enter runs as queued into a record that is there; a launcher does when it makes one."""
    book.add_runs(named_configs)
    book.pending.demand()


def left_open(folder: Path, run: str) -> Recorder:
    """A run that has begun and is recorded until the test ends, not until it is forgotten."""
    recorder = Recorder(folder, run)
    until_the_test_ends.callback(recorder.close)
    recorder.flush()
    return recorder


def open_record(folder: Path) -> Record:
    """The record, to be read until the test ends."""
    return until_the_test_ends.enter_context(closing(Record(folder)))


def open_damaged(folder: Path) -> tuple[Experiment, str]:
    """`open_experiment`, for as long as the test lasts."""
    experiment, damage = open_experiment(folder)
    until_the_test_ends.enter_context(closing(experiment.record))
    return experiment, damage


def read(folder: Path) -> Experiment:
    """The experiment as it is recorded now; it can be read further until the test ends."""
    experiment = Experiment(open_record(folder))
    experiment.poll()
    return experiment


def _test_on_stack() -> str:
    """The line of a test, or of a fixture, that is being run."""
    frame = sys._getframe()
    while frame.f_back and not Path(frame.f_code.co_filename).name.startswith("test_"):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


class _Connection(sqlite3.Connection):
    """Warns when it is thrown away open, as those of Python 3.13 do by themselves."""

    _is_open = False

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self._is_open, self._opened_by = True, _test_on_stack()

    def close(self) -> None:
        super().close()
        self._is_open = False

    def __del__(self) -> None:
        if self._is_open:
            sentence = f"unclosed database, opened by {self._opened_by}"
            warnings.warn(sentence, ResourceWarning, 2, source=self)


@contextmanager
def complain_of_unclosed_databases() -> Iterator[None]:
    """Every connection made meanwhile warns when nobody closes it."""
    connect = sqlite3.connect
    sqlite3.connect = functools.partial(connect, factory=_Connection)  # type: ignore[assignment]
    try:
        yield
    finally:
        sqlite3.connect = connect
