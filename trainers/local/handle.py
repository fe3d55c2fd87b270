"""Holds what the pool knows of one worker process: its pipe, its runs, and how it ended.

It tells the worker things and hears what it says; which run comes next is the pool's.
"""

from __future__ import annotations

import contextlib
import signal
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from trainers.local.children import Child
from trainers.local.means import Setup
from trainers.local.orders import STOP, End, Job, Rate, Share


@dataclass(frozen=True)
class Failure:
    """A run that was not trained to its end, and why.

    retryable: its worker was lost from outside, so that another attempt may end well; False for a
    run that failed by itself or could not begin.
    """

    run: str
    reason: str
    retryable: bool


@dataclass
class WorkerHandle:
    """is_born: it has said who it is; has_hung_up: it will say nothing more; idle_s: since when it
    has had no run. jobs: those of the runs that it has, or had last. orders: what it was told about
    the runs that it has; threads: how many it was last told.
    """

    process: Child
    pipe: Connection
    setup: Setup
    runs: tuple[str, ...] = ()
    jobs: list[Job] = field(default_factory=list)
    orders: list[End | Rate] = field(default_factory=list)
    threads: int = 0
    idle_s: float = 0.0
    is_born: bool = False
    is_leaving: bool = False
    has_hung_up: bool = False

    def ended(self) -> bool:
        """Before it is born its pipe alone tells, afterwards only the process itself."""
        return self.process.ended() if self.is_born else self.has_hung_up

    def is_free(self) -> bool:
        return self.is_born and not self.runs and not self.is_leaving

    def tell(self, message: Any) -> None:
        with contextlib.suppress(OSError):  # it is gone already, which the pool's next look finds
            self.pipe.send(message)

    def give(self, jobs: list[Job]) -> None:
        """Have it train these next."""
        self.jobs, self.runs = jobs, tuple(job.name for job in jobs)
        self.orders.clear()
        self.threads = self.setup.threads
        self.tell(jobs)

    def order(self, order: End | Rate) -> None:
        """Tell it once: the pipe to one that hears nothing must not fill, or we would wait."""
        if order not in self.orders:
            self.orders.append(order)
            self.tell(order)

    def share(self, threads: int) -> None:
        """Let its run have so many threads."""
        if threads != self.threads:
            self.threads = threads
            self.tell(Share(self.runs[0], threads))

    def tell_to_stop(self) -> None:
        self.is_leaving = True
        self.tell(STOP)

    def hear(self) -> list[Failure]:
        """What it has said since last time: who it is first, then which of its runs failed."""
        failures = []
        try:
            while not self.has_hung_up and self.pipe.poll():
                message = self.pipe.recv()
                if self.is_born:
                    failures += [Failure(run, why, retryable=False) for run, why in message]
                    self.runs = ()
                else:
                    self.process.pid, self.is_born = message, True
                self.idle_s = time.monotonic()
        except (EOFError, OSError):
            self.has_hung_up = True
        return failures

    def runs_told_to_end(self) -> set[str]:
        """Of the runs that it has, those that were to end."""
        return {order.run for order in self.orders if isinstance(order, End)}


def reason_of(exit_code: int | None) -> str:
    """How a worker ended, in words: a negative exit code is the signal that killed it."""
    if exit_code is None:
        return "its worker ended"
    if exit_code < 0:
        return f"its worker was killed by {signal.Signals(-exit_code).name}"
    return f"its worker ended with exit code {exit_code}"
