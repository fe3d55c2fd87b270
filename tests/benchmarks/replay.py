"""A pool whose workers copy runs from a full record instead of training them, in steps of time.

The policy, the control and the record are the real ones; what a run records, and when, is as the
full record has it. So a policy is tried on many grids that were trained once.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from dashboard.cli.control import Control, Failure, Steering
from dashboard.record.reader import Record, create
from dashboard.record.recorder import Recorder
from dashboard.record.rows import Run
from dashboard.runs.experiment import Experiment
from trainers.local.orders import Job

TICK_STEPS = 25  # that a worker takes between two looks of the launcher, at 250 a second
NEEDED = ("train_loss", "test_accuracy", "signal/trial", "signal/constant", "signal/early")
"""Beginnings of the series that a policy goes by."""

Series = dict[str, tuple[np.ndarray, np.ndarray]]


@dataclass
class Recorded:
    """A run of the full record: its row, and (steps, values) by series."""

    row: Run
    series: Series = field(default_factory=dict)


def full_runs(folder: Path) -> dict[str, Recorded]:
    """The runs of a full record, by name."""
    with closing(Record(folder)) as record:
        changes = record.changes(10**9)
    runs = {run.id: Recorded(run) for run in changes.runs}
    for points in changes.points:
        if points.series.startswith(NEEDED):
            runs[points.run_id].series[points.series] = (points.steps, points.values)
    return {run.row.name: run for run in runs.values()}


@dataclass
class _Worker:
    job: Job
    recorder: Recorder
    step: int
    last: int
    end: tuple[str, str] | None = None


class ReplayPool:
    """Two workers. step: how far each run has come; trained: steps of all of them."""

    least_retries, gave_up, size, batch = 0, "", 2, 1
    restarts = sets_rates = False

    def __init__(self, jobs: Sequence[Job], full: dict[str, Recorded], folder: Path) -> None:
        self.queue: deque[Any] = deque(jobs)
        self.step = dict.fromkeys(full, -1)
        self._full, self._folder = full, folder
        self._workers: list[_Worker] = []

    @property
    def trained(self) -> int:
        return sum(max(0, step) for step in self.step.values())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        self.stop(0.0)

    def busy(self) -> bool:
        return bool(self.queue or self._workers)

    def rest(self, timeout_s: float) -> None:
        pass

    def add(self, jobs: Sequence[Any]) -> None:
        self.queue.extend(jobs)

    def set_rate(self, run: str, lr: float, key: str) -> None:
        raise AssertionError("no rate is ever changed")

    def again(self, run: str) -> None:
        raise AssertionError("no worker is ever lost")

    def end(self, run: str, state: str, reason: str = "") -> bool:
        for worker in self._workers:
            if worker.job.name == run:
                worker.end = state, reason
                return True
        self.queue = deque(job for job in self.queue if job.name != run)
        return False

    def stop(self, timeout_s: float) -> None:
        for worker in self._workers:
            worker.recorder.close()

    def watch(self) -> list[Failure]:
        """Everybody trains for a tick."""
        while self.queue and len(self._workers) < self.size:
            self._workers.append(self._begin(self.queue.popleft()))
        for worker in list(self._workers):
            self._train(worker)
        return []

    def _begin(self, job: Job) -> _Worker:
        row, step = self._full[job.name].row, self.step[job.name]
        recorder = Recorder(self._folder, job.name, keep_to=step)
        recorder.expect(row.total_steps, row.steps_per_epoch)
        last = job.until_epoch * row.steps_per_epoch or row.total_steps
        return _Worker(job, recorder, step, last)

    def _train(self, worker: _Worker) -> None:
        full, name = self._full[worker.job.name], worker.job.name
        to = min(worker.last, max(0, worker.step) + TICK_STEPS)
        for series, (steps, values) in full.series.items():
            here = (steps > worker.step) & (steps <= to)
            for step, value in zip(steps[here].tolist(), values[here].tolist(), strict=True):
                worker.recorder.scalar(series, step, value)
        worker.recorder.flush()
        worker.step = self.step[name] = to
        if worker.end:
            self._leave(worker, *worker.end)
        elif full.row.state == "diverged" and to >= len(full.series["train_loss"][0]):
            self._leave(worker, "diverged", full.row.error)
        elif to == worker.last:
            self._leave(worker, "paused" if to < full.row.total_steps else "running", "")

    def _leave(self, worker: _Worker, state: str, reason: str) -> None:
        worker.recorder.state, worker.recorder.error = state, reason
        worker.recorder.close()
        self._workers.remove(worker)


def replay(folder: Path, policy: Any) -> tuple[Experiment, int]:
    """What a policy makes of a grid that was trained in full: the experiment, the steps trained."""
    full = full_runs(folder)
    jobs = [Job(name, run.row.config) for name, run in full.items()]
    with (
        tempfile.TemporaryDirectory(prefix="trainboard-replay-") as scratch,
        closing(
            create(Path(scratch) / "e", runs=[(job.name, job.settings) for job in jobs])
        ) as record,
    ):
        pool = ReplayPool(policy.first(jobs), full, record.folder)
        _run(pool, policy, record)
        experiment = Experiment(record)
        with closing(Record(record.folder)) as again:
            experiment = Experiment(again)
            experiment.poll()
    return experiment, pool.trained


def _run(pool: ReplayPool, policy: Steering, record: Record) -> None:
    control, experiment = Control(pool, record), Experiment(record)
    with pool:
        while control.busy() or policy.busy():
            pool.watch()
            control.look()
            experiment.poll()
            policy.look(experiment, control)
