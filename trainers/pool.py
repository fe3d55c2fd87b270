"""The pool: starts the worker processes, gives each the next run when it is free, notices deaths.

Where the processes come from is `trainers.nursery`. The pool trains nothing and writes nothing to
the record.
"""

from __future__ import annotations

import contextlib
import math
import signal
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from trainers.nursery import context, warm
from trainers.stacking import stacks
from trainers.worker import STOP, Setup, work


@dataclass(frozen=True)
class Job:
    """A run to be trained: its name in the record and its settings."""

    name: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class Death:
    """A worker ended while it held a run; or a run failed and its worker lives (killed: False)."""

    run: str
    reason: str
    killed: bool = True


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    setup: Setup
    runs: tuple[str, ...] = ()
    leaving: bool = False


class Pool:
    """Trains the jobs in order, on each setup one at a time, or one stack if the setup stacks."""

    least_retries = 0

    def __init__(self, jobs: Sequence[Job], setups: Sequence[Setup]) -> None:
        stacked = any(setup.stack for setup in setups)
        share = math.ceil(len(jobs) / max(1, len(setups)))
        self.waiting = deque(stacks(jobs, share) if stacked else [[job] for job in jobs])
        self._jobs = {job.name: job for job in jobs}
        self._free = list(setups)  # each has no worker at the moment
        self._workers: list[_Worker] = []
        warm()
        self._context = context()

    def __enter__(self) -> Pool:
        self.start()
        return self

    def __exit__(self, *why: object) -> None:
        self.stop(timeout_s=0.0)

    def start(self) -> None:
        """Start the workers and give each its first run."""
        self._hire_for(len(self.waiting))
        self.watch()

    def watch(self) -> list[Death]:
        """Hand out runs, collect finished ones; never waits. Returns the deaths since last time."""
        deaths = []
        for worker in list(self._workers):
            try:
                while worker.pipe.poll():
                    deaths += [Death(run, why, killed=False) for run, why in worker.pipe.recv()]
                    worker.runs = ()
                if not worker.runs and not worker.leaving and worker.process.is_alive():
                    self._next_run(worker)
            except (EOFError, OSError):
                pass
            if not worker.process.is_alive():
                deaths += self._bury(worker)
        self._hire_for(len(self.waiting))
        return deaths

    def again(self, run: str) -> None:
        """Train the run of a dead worker once more, before those that wait."""
        self.waiting.appendleft([self._jobs[run]])
        self._hire_for(1)

    def busy(self) -> bool:
        """Whether a run is being trained or still waits."""
        return bool(self.waiting) or any(worker.runs for worker in self._workers)

    def pids(self) -> list[int]:
        return [worker.process.pid for worker in self._workers if worker.process.pid]

    def stop(self, timeout_s: float = 3.0) -> None:
        """Ask all workers to end at their next look, wait, and kill the ones that do not."""
        self.waiting.clear()
        for worker in self._workers:
            self._tell_to_stop(worker)
        deadline_s = time.monotonic() + timeout_s
        for worker in self._workers:
            worker.process.join(max(0.0, deadline_s - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()
        self._workers.clear()

    def _hire_for(self, tasks: int) -> None:
        while tasks > 0 and self._free:
            self._workers.append(self._hire(self._free.pop(0)))
            tasks -= 1

    def _hire(self, setup: Setup) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._started(theirs, setup)
        theirs.close()
        return _Worker(process, ours, setup)

    def _started(self, pipe: Connection, setup: Setup, tries: int = 3) -> BaseProcess:
        process: BaseProcess = self._context.Process(target=work, args=(pipe, setup), daemon=True)
        try:
            process.start()
        except (EOFError, OSError):
            if tries == 1:
                raise
            time.sleep(0.1)  # the fork server was killed; once it is gone, a start makes another
            return self._started(pipe, setup, tries - 1)
        return process

    def _next_run(self, worker: _Worker) -> None:
        if self.waiting:
            jobs = self.waiting.popleft()
            worker.runs = tuple(job.name for job in jobs)
            worker.pipe.send([(job.name, job.settings) for job in jobs])
        else:
            self._tell_to_stop(worker)

    @staticmethod
    def _tell_to_stop(worker: _Worker) -> None:
        worker.leaving = True
        with contextlib.suppress(OSError):  # it may be gone already
            worker.pipe.send(STOP)

    def _bury(self, worker: _Worker) -> list[Death]:
        """Remove a dead worker; its setup is free for another."""
        self._workers.remove(worker)
        worker.pipe.close()
        self._free.append(worker.setup)
        return [Death(run, reason_of(worker.process.exitcode)) for run in worker.runs]


def reason_of(exit_code: int | None) -> str:
    """How a worker ended, in words: a negative exit code is the signal that killed it."""
    if exit_code is not None and exit_code < 0:
        return f"its worker was killed by {signal.Signals(-exit_code).name}"
    return f"its worker ended with exit code {exit_code}"
