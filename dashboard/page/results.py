"""The test accuracies of an experiment's runs: the newest of each, and its way there in short.

Points are read once each, in the order they were written, and only this series is taken out of a
record; a run that is trained again takes its points back, so everything is then read anew.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Sequence

from dashboard.record.first_look import SLICE, span
from dashboard.record.reader import Record
from dashboard.record.rows import Run
from dashboard.windows.page_model import METRIC

LONGEST = 40  # numbers of a sparkline
OF_METRIC = f"series IN (SELECT id FROM series WHERE name = '{METRIC['name']}')"


class Results:
    """newest: by run id. share: how much of the record is read, in [0, 1]."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.newest: dict[int, float] = {}
        self.share = 0.0
        self._lines: dict[int, Sparkline] = {}
        self._read_to = 0
        self._attempts: dict[int, int] = {}

    def read(self, record: Record, runs: Sequence[Run], until_s: float) -> None:
        """Take in what is new, at least one portion, until the clock says `until_s`.

        Raises RecordError.
        """
        attempts = {run.id: run.attempt for run in runs}
        if any(attempts.get(run, -1) != old for run, old in self._attempts.items()):
            self._forget()
        self._attempts = attempts
        first, last = span(record)
        at = max(self._read_to, first - 1)
        while at < last:
            self._take(record, at)
            at = self._read_to = min(at + SLICE, last)
            if time.monotonic() > until_s:
                break
        self.share = 1.0 if at >= last else (at - first + 1) / (last - first + 1)

    def _take(self, record: Record, after: int) -> None:
        """One portion: the metric's points among SLICE points."""
        series: dict[int, int] = dict(record.query("SELECT id, run FROM series"))
        rows = record.query(
            f"SELECT series, value FROM point WHERE id > ? AND id <= ? AND {OF_METRIC} ORDER BY id",
            after, after + SLICE,
        )  # fmt: skip
        for one, value in rows:
            if isinstance(value, float) and math.isfinite(value):
                run = series[one]
                self.newest[run] = value
                self._lines.setdefault(run, Sparkline()).add(value)

    def sparkline(self, run: int) -> list[float]:
        """The run's values in order, at most LONGEST of them, the newest among them."""
        return [round(value, 4) for value in self._lines[run].values]


class Sparkline:
    """Every nth value and the newest; n doubles as they become many."""

    def __init__(self) -> None:
        self.values = array("d")
        self._every = 1
        self._since = 0

    def add(self, value: float) -> None:
        if self.values and self._since < self._every - 1:
            self.values[-1] = value
            self._since += 1
            return
        self.values.append(value)
        self._since = 0
        if len(self.values) > LONGEST:
            del self.values[-2::-2]
            self._every *= 2
