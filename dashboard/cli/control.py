"""Changes what is trained while it is trained: adds runs, ends and pauses them, lets them go on.

Whoever decides that (a policy, a command) asks here; each act is written into the record as a
decision, with its reason. What may be decided, and when, is not known here; what becomes of runs
that could not be trained is `dashboard.cli.failures`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, Self

from dashboard.program import PROGRAM
from dashboard.record.patience import Patience
from dashboard.record.reader import Record
from dashboard.runs.experiment import Experiment

ADDED, WENT_ON = "added", "went on"
"""What a decision is called that lets a run train; one that ends a run is called as its state."""


class Job(Protocol):
    """A run to be trained, as the pool wants it."""

    @property
    def name(self) -> str: ...
    @property
    def settings(self) -> dict[str, Any]: ...


class Failure(Protocol):
    """A run that was not trained to its end. retryable: it may begin again."""

    @property
    def run(self) -> str: ...
    @property
    def retryable(self) -> bool: ...
    @property
    def reason(self) -> str: ...


class Pool(Protocol):
    """What trains the runs. `watch` returns the failures since the last call and never waits.

    rest: waits for that long at most, less where there is something to `watch`.
    queue: what has not begun, in its order. size, batch: how many workers take how many runs at a
    time. `end` is False for a run that is not being trained. restarts: after `stop` it can be
    entered again. sets_rates: `set_rate` reaches a run; telling it the same key again is harmless.
    """

    least_retries: int
    gave_up: str
    queue: deque[Any]
    restarts: bool
    size: int
    batch: int

    @property
    def sets_rates(self) -> bool: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *why: object) -> None: ...
    def busy(self) -> bool: ...
    def watch(self) -> Iterable[Failure]: ...
    def rest(self, timeout_s: float) -> None: ...
    def add(self, jobs: Sequence[Any]) -> None: ...
    def end(self, run: str, state: str, reason: str = "") -> bool: ...
    def set_rate(self, run: str, lr: float, key: str) -> None: ...
    def again(self, run: str) -> None: ...
    def stop(self, timeout_s: float) -> None: ...


class Steering(Protocol):
    """Decides what is trained, while it is trained: a policy, or a person's commands.

    `look` is called a few times a second and never waits; the experiment is as it was just read.
    busy: whether it may still want something trained when nothing is.
    """

    def look(self, experiment: Experiment, control: Control) -> None: ...
    def busy(self) -> bool: ...


class Unsteered:
    """What was planned is trained, and nothing else."""

    def look(self, experiment: Experiment, control: Control) -> None:
        pass

    def busy(self) -> bool:
        return False


class Control:
    """The pool and the record of an experiment, kept in step.

    hold_reason: why no further run begins; empty while they do.
    """

    def __init__(self, pool: Pool, record: Record) -> None:
        self.pool, self.record = pool, record
        self.hold_reason = ""
        self._next_jobs: list[Job] = []
        self._again: list[str] = []
        self._ends: dict[str, tuple[str, str]] = {}  # how runs were asked to end
        self._written_ends: set[str] = set()  # those of them whose end was the record's to write
        self._patience = Patience()

    @property
    def has_room(self) -> bool:
        """Whether nothing waits, so that what is added now is trained next."""
        return not (self.pool.queue or self._next_jobs or self._again)

    def busy(self) -> bool:
        """Whether anything is trained, or will be."""
        return self.pool.busy() or bool(self._next_jobs or self._again)

    def add(self, jobs: Sequence[Job], reason: str = "") -> None:
        """Train runs that the record does not have yet."""
        self.record.add_runs([(job.name, job.settings) for job in jobs])
        for job in jobs:
            self.record.note(job.name, ADDED, reason)
        self.begin(jobs)

    def begin(self, jobs: Sequence[Job]) -> None:
        """Train runs that the record has as queued."""
        self._next_jobs += jobs

    def go_on(self, job: Job, reason: str = "") -> None:
        """Train a run that is recorded further: one that paused, was stopped, pruned or failed."""
        if self.record.requeue([job.name]):
            self.record.note(job.name, WENT_ON, reason)
            self._ends.pop(job.name, None)
            self._written_ends.discard(job.name)
            self._next_jobs.append(job)

    def again(self, run: str) -> None:
        """Train a run whose worker was lost once more, before those that wait."""
        if self.record.requeue([run]):
            self._again.append(run)

    def end(self, run: str, state: str, reason: str = "") -> None:
        """End a run, or pause it, wherever it is by now: in training or waiting.

        A run that comes to an end of its own before it hears of it keeps that one; asking again is
        harmless.
        """
        if run in self._written_ends:
            return
        if run not in self._ends:
            self.record.note(run, state, reason)
        self._ends[run] = state, reason
        self._next_jobs = [job for job in self._next_jobs if job.name != run]
        if not self.pool.end(run, state, reason):
            self._written_ends.add(run)
            self.record.end_run(run, state, reason)

    def wanted(self, run: str) -> tuple[str, str] | None:
        """The (state, reason) in which a run that is being trained was asked to end."""
        return self._ends.get(run)

    def look(self) -> None:
        """Hand over what waits for its new state to be written; never waits."""
        if not (self._next_jobs or self._again):
            return
        # A run that begins before its new state is written would meet its old one.
        if not self.record.pending:
            self._patience.succeeded()
            jobs, self._next_jobs = self._next_jobs, []
            again, self._again = self._again, []
            if jobs:
                self.pool.add(jobs)
            for run in again:
                self.pool.again(run)
        elif self._patience.failed():
            self._next_jobs.clear()
            self._again.clear()
            self.hold(f"the record cannot be written: {self.record.pending.trouble}")

    def hold(self, reason: str) -> None:
        """Begin no further run."""
        self.pool.queue.clear()
        if not self.hold_reason:
            self.hold_reason = (
                f"{reason}; runs that have not begun stay queued, and this trains them: "
                f"{PROGRAM} resume {self.record.folder.name}"
            )
            print(self.hold_reason, flush=True)
