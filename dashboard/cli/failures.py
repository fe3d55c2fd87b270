"""Decides what becomes of a run that a pool could not train: again, failed, or left in the queue.

The pool tells of failures (`Pool`), the record is told of what they mean here.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, Self

from dashboard.record.patience import Patience
from dashboard.record.reader import Record


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

    waiting: what has not begun, in its order.
    """

    least_retries: int
    gave_up: str
    waiting: deque[Any]

    def __enter__(self) -> Self: ...
    def __exit__(self, *why: object) -> None: ...
    def busy(self) -> bool: ...
    def watch(self) -> Iterable[Failure]: ...
    def again(self, run: str) -> None: ...
    def stop(self, timeout_s: float) -> None: ...


class Failures:
    """Looks after the failures of a pool. retries: how often a run may begin again.

    held: why no further run begins; empty while they do.
    """

    def __init__(self, runs: Sequence[str], pool: Pool, record: Record, retries: int) -> None:
        self.held = ""
        self._pool, self._record = pool, record
        self._left = Counter(dict.fromkeys(runs, retries))
        self._again: list[str] = []
        self._patience = Patience()

    def busy(self) -> bool:
        """Whether anything is trained, or will be."""
        return self._pool.busy() or bool(self._again)

    def look(self) -> None:
        """Hear of new failures; called a few times a second and never waits."""
        for failure in self._pool.watch():
            self._take(failure)
        if not self._again:
            return
        # A run that begins before its new state is written would meet its old one.
        if not self._record.pending:
            self._patience.succeeded()
            while self._again:
                self._pool.again(self._again.pop(0))
        elif self._patience.failed():
            self._again.clear()
            self._hold(f"the record cannot be written: {self._record.pending.trouble}")

    def _take(self, failure: Failure) -> None:
        if failure.retryable and self._left[failure.run] > 0:
            self._left[failure.run] -= 1
            if self._record.requeue([failure.run]):
                sentence = (
                    f"{failure.run}: {failure.reason}; it begins again at its last checkpoint"
                )
                print(sentence, flush=True)
                self._again.append(failure.run)
        elif not failure.retryable and self._record.state(failure.run) == "queued":
            self._hold(failure.reason)  # it has not begun, for its beginning could not be written
        else:
            self._record.end_run(failure.run, "failed", failure.reason)

    def _hold(self, reason: str) -> None:
        self._pool.waiting.clear()
        if not self.held:
            self.held = (
                f"{reason}; runs that have not begun stay queued, and this trains them: "
                f"launch.py resume {self._record.folder.name}"
            )
            print(self.held, flush=True)
