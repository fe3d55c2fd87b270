"""The results of an experiment's runs: the newest of each, and its way there in short.

Points are read once each, in the order they were written, and only this series is taken out of a
record; a run that is trained again takes its points back, so everything is then read anew.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Sequence

import numpy as np

from dashboard.record.first_look import SLICE, span
from dashboard.record.reader import Record
from dashboard.record.rows import Run
from dashboard.runs.epoch_mean import OF_STEPS, EpochMean

LONGEST = 40  # numbers of a sparkline
OF_METRIC = "series IN (SELECT id FROM series WHERE name = ?)"


class Results:
    """newest: by run id, as `RunView.result` has it. share: how much of the record is read, in
    [0, 1].
    """

    def __init__(self) -> None:
        self._series = ""
        self._forget()

    def _forget(self) -> None:
        self.newest: dict[int, float] = {}
        self.share = 0.0
        self._lines: dict[int, Sparkline] = {}
        self._means: dict[int, EpochMean] = {}
        self._read_to = 0
        self._attempts: dict[int, int] = {}

    def read(self, record: Record, runs: Sequence[Run], series: str, until_s: float) -> None:
        """Take in what is new of the metric's series, at least one portion, until `until_s`.

        Raises RecordError.
        """
        attempts = {run.id: run.attempt for run in runs}
        if series != self._series or any(
            attempts.get(run, -1) != old for run, old in self._attempts.items()
        ):
            self._forget()
        self._attempts, self._series = attempts, series
        self._per_epoch = {run.id: run.steps_per_epoch for run in runs}
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
        run_of: dict[int, int] = dict(record.query("SELECT id, run FROM series"))
        rows = record.query(
            "SELECT series, step, value FROM point WHERE id > ? AND id <= ? "
            f"AND {OF_METRIC} ORDER BY id",
            after, after + SLICE, self._series,
        )  # fmt: skip
        for one, step, value in rows:
            if isinstance(value, float) and math.isfinite(value):
                run = run_of[one]
                self.newest[run] = self._mean(run, step, value)
                self._lines.setdefault(run, Sparkline()).add(value)

    def _mean(self, run: int, step: int, value: float) -> float:
        """The value; of a series with a point a step the mean of an epoch."""
        if self._series not in OF_STEPS:
            return value
        mean = self._means.setdefault(run, EpochMean())
        mean.add(np.array([step]), np.array([value]), self._per_epoch.get(run, 0))
        return value if mean.value is None else mean.value

    def sparkline(self, run: int) -> list[float]:
        """The run's values in order, at most LONGEST of them, the newest among them."""
        return [float(f"{value:.5g}") for value in self._lines[run].values]


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
