"""Decides what becomes of a run that a pool could not train: again, failed, or left in the queue.

The pool tells of failures; what they mean is brought about by `dashboard.cli.control`.
"""

from __future__ import annotations

from dashboard.cli.control import Control, Failure


class Failures:
    """Looks after the failures of a pool. retries: how often a run may begin again."""

    def __init__(self, control: Control, retries: int) -> None:
        self._control, self._retries = control, retries
        self._retry_counts: dict[str, int] = {}

    def look(self) -> None:
        """Hear of new failures; called a few times a second and never waits."""
        for failure in self._control.pool.watch():
            self._take(failure)
        self._control.look()

    def _take(self, failure: Failure) -> None:
        run, record = failure.run, self._control.record
        end = self._control.wanted(run)
        if end:  # it was lost on its way to that end
            record.end_run(run, *end)
        elif failure.retryable and self._retry_counts.get(run, 0) < self._retries:
            self._retry_counts[run] = self._retry_counts.get(run, 0) + 1
            self._control.again(run)
            print(f"{run}: {failure.reason}; it begins again at its last checkpoint", flush=True)
        elif not failure.retryable and record.state(run) == "queued":
            self._control.hold(failure.reason)  # its beginning could not be written
        else:
            record.end_run(run, "failed", failure.reason)
