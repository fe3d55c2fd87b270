"""Opens an experiment to show it: a short record is read at once, a long one after a first look.

Decides in what order a record is read, and says how far that is; how it is read is in
`dashboard.record.reader`, `dashboard.record.first_look` and, for a damaged one,
`dashboard.record.recovery`.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from dashboard.record.first_look import first_look, span
from dashboard.record.read_only import open_to_read
from dashboard.record.reader import Record
from dashboard.record.recovery import recover
from dashboard.record.rows import Changes
from dashboard.record.schema import RecordError
from dashboard.runs.experiment import Experiment

LONG = 1_000_000  # points, some seconds of reading
LOOK_WITHIN_S = 1.5
REST_S = 0.05
STOP_TRIES = 10
SAY_EVERY_S = 5.0


def open_experiment(folder: Path) -> tuple[Experiment, str]:
    """The experiment, read; and a sentence about what is damaged, empty when nothing is.

    Raises RecordError when there is no experiment or nothing of it can be read.
    """
    with ExitStack() as stack:
        try:
            record = open_to_read(folder)
            stack.callback(record.close)
            record.check()
            experiment = Experiment(record)
            experiment.poll()
        except RecordError as why:
            return recovered(folder, why)
        stack.pop_all()
        return experiment, ""


def recovered(folder: Path, why: RecordError) -> tuple[Experiment, str]:
    """The experiment as far as its damaged record can be read; see `recover`."""
    record, damage = recover(folder, why)
    experiment = Experiment(record)
    experiment.poll()
    return experiment, damage


class Opening:
    """The experiment in `folder`, of which a long record is read while it is shown.

    Of such a record only the runs are known at first; `look` adds a first look, and each call of
    `read_on` reads a portion behind it. All of them raise RecordError when there is nothing that
    can be read. damage: a sentence about what is damaged, else empty.
    """

    def __init__(self, folder: Path, report: Callable[[str], object]) -> None:
        self._folder, self._report = folder, report
        self._rest: Experiment | None = None
        self._check: Check | None = None
        self.points = 0
        long = self._long_record()
        if long is None:
            self.experiment, damage = open_experiment(folder)
            if damage:
                report(damage)
            return
        self._rest, self.experiment = Experiment(long), Experiment(long)
        self.experiment.reading = 0.0
        self._or_recover(lambda: self.experiment.show(Changes(long.runs())))

    @property
    def reading(self) -> bool:
        """Whether there is more to read than what is shown."""
        return self._rest is not None

    def look(self) -> None:
        """Show what can be found within a second or two."""
        if self._rest:
            record = self._rest.record
            self._or_recover(lambda: self.experiment.show(first_look(record, LOOK_WITHIN_S)))
        if self._rest:
            self._check = Check(self._folder)

    def read_on(self) -> None:
        """Read a portion, some 50 ms; with the last one everything is shown."""
        if self._rest:
            self._or_recover(self._read_portion)

    def close(self) -> None:
        if self._check:
            self._check.stop()
        self.experiment.close()

    def _long_record(self) -> Record | None:
        """The record if it can be opened and is a long one."""
        try:
            record = open_to_read(self._folder)
        except RecordError:
            return None  # what there is to say of it is said where it is opened again
        try:
            first, last = span(record)
        except RecordError:
            first, last = 1, 0
        self.points = last - first + 1
        if self.points > LONG:
            return record
        record.close()
        return None

    def _read_portion(self) -> None:
        assert self._rest
        more = self._rest.read_on()
        first, last = span(self._rest.record)
        share = (self._rest.record.read_to - first + 1) / (last - first + 1)
        self.experiment.reading = min(max(share, 0.0), 1.0)
        if more:
            return
        if self._check and self._check.running():
            time.sleep(REST_S)
            return
        if self._check and self._check.error:
            raise self._check.error
        self._end(self._rest)

    def _or_recover(self, step: Callable[[], None]) -> None:
        try:
            step()
        except RecordError as why:
            experiment, damage = recovered(self._folder, why)
            self._report(damage)
            self.experiment.close()
            self._end(experiment)

    def _end(self, experiment: Experiment) -> None:
        if self._check:
            self._check.stop()
        self._rest = self._check = None
        self.experiment.become(experiment)


class Check:
    """Looks at every page of a record in a thread of its own, which takes a second a GB or so.

    error: why it is damaged, once `running` is False; None when it is not.
    """

    def __init__(self, folder: Path) -> None:
        self.error: RecordError | None = None
        self._record = open_to_read(folder)
        self._thread = threading.Thread(target=self._run, name="check", daemon=True)
        self._thread.start()

    def running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """End it; one that does not hear, on a disk that does not answer, is left to itself."""
        for _ in range(STOP_TRIES):  # an interrupt before its first statement would be lost
            if not self._thread.is_alive():
                self._record.close()
                return
            self._record.interrupt()
            self._thread.join(REST_S)

    def _run(self) -> None:
        try:
            self._record.check()
        except RecordError as why:
            self.error = why


class Progress:
    """Says how far a long record is read: in one line of a terminal, else every few seconds."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._terminal = sys.stdout.isatty()
        self._due_s = 0.0

    def update(self) -> None:
        """Called while there is more to read, and once when there is not."""
        share, now_s = self._opening.experiment.reading, time.monotonic()
        if share is not None and now_s >= self._due_s:
            self._due_s = now_s + (REST_S if self._terminal else SAY_EVERY_S)
            self._say(f"reading the record: {share:.0%} of {self._opening.points:,} points")
        elif share is None:
            self._say(f"the record is read: {self._opening.points:,} points\n")

    def _say(self, text: str) -> None:
        if self._terminal:
            print(f"\r\x1b[K{text}", end="", flush=True)
        else:
            print(text.rstrip(), flush=True)
