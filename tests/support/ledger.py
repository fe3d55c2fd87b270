"""A pool that trains nothing and keeps what it was asked: for tests of what is decided."""

from collections import deque
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Self

from dashboard.cli.control import Failure

LOST = "its worker was killed by SIGKILL"


class Ledger:
    """A pool that trains nothing and keeps what it was asked. training: runs that have a worker.

    jobs: those that were added, by name."""

    least_retries, gave_up = 0, ""
    restarts = sets_rates = True
    size, batch = 2, 1

    def __init__(self, *training: str) -> None:
        self.training = set(training)
        self.queue: deque[Any] = deque()
        self.asked: list[tuple[str, ...]] = []
        self.jobs: dict[str, Any] = {}
        self.failures: list[Failure] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        pass

    def busy(self) -> bool:
        return bool(self.training)

    def watch(self) -> list[Failure]:
        failures, self.failures = self.failures, []
        return failures

    def rest(self, timeout_s: float) -> None:
        pass

    def add(self, jobs: Sequence[Any]) -> None:
        self.asked += [("add", job.name) for job in jobs]
        self.jobs |= {job.name: job for job in jobs}

    def again(self, run: str) -> None:
        self.asked.append(("again", run))

    def end(self, run: str, state: str, reason: str = "") -> bool:
        self.asked.append(("end", run, state))
        return run in self.training

    def set_rate(self, run: str, lr: float, key: str) -> None:
        self.asked.append(("rate", run, f"{lr:g}", key))

    def stop(self, timeout_s: float) -> None:
        pass

    def lose(self, run: str, retryable: bool = True) -> None:
        self.failures.append(SimpleNamespace(run=run, reason=LOST, retryable=retryable))


def job(name: str) -> Any:
    return SimpleNamespace(name=name, settings={"seed": 1})
