"""Defines what the launcher sends a worker over its pipe, and reads it: runs, ends, rates, shares
of the cores, a stop.

A worker that trains looks into the pipe about ten times a second. An `End` names its run, so that
one which comes too late, when the run has ended by itself, is about nobody. Trains nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from dashboard.record.schema import FORK

STOP = "stop"


@dataclass(frozen=True)
class Job:
    """A run to be trained: its name in the record and its settings.

    until_epoch: it pauses at the end of that epoch, its checkpoint kept; 0: it is trained through.
    A later job of the same run goes on from there.
    """

    name: str
    settings: dict[str, Any]
    until_epoch: int = 0

    @property
    def is_fork(self) -> bool:
        """Whether it begins at a checkpoint that was made of another run's."""
        return FORK in self.settings


@dataclass(frozen=True)
class End:
    """The launcher wants a run to end. state: "stopped", "pruned" or "paused"."""

    run: str
    state: str
    reason: str = ""


@dataclass(frozen=True)
class Rate:
    """The launcher wants a run to learn at another rate. key: the same when it is said again."""

    run: str
    lr: float
    key: str


@dataclass(frozen=True)
class Share:
    """The launcher lets a run have so many CPU threads, from its next epoch on."""

    run: str
    threads: int


class Orders:
    """A worker's end of the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._ends: dict[str, End] = {}
        self._rates: dict[str, Rate] = {}
        self._shares: dict[str, Share] = {}
        self._stop = False

    def next(self) -> Sequence[Job] | None:
        """Wait for the next runs; None when there are none any more. Raises EOFError."""
        self._ends.clear()
        self._rates.clear()
        self._shares.clear()
        while not self._stop:
            message = self._pipe.recv()
            if message == STOP:
                return None
            if not isinstance(message, End | Rate | Share):
                return list(message)
        return None

    def should_stop(self) -> bool:
        """True when the launcher has said so or is gone; never waits."""
        self._look()
        return self._stop

    def end_of(self, run: str) -> End | None:
        """How the launcher wants the run to end now, if it does."""
        self._look()
        return self._ends.get(run)

    def rate_of(self, run: str) -> Rate | None:
        """The rate that the launcher last wanted for the run, if it did."""
        self._look()
        return self._rates.get(run)

    def threads_for(self, run: str) -> int:
        """How many threads the launcher last let the run have; 0 where it has not said so."""
        self._look()
        return self._shares[run].threads if run in self._shares else 0

    def _look(self) -> None:
        try:
            while not self._stop and self._pipe.poll():
                message = self._pipe.recv()
                self._stop = message == STOP
                if isinstance(message, End):
                    self._ends[message.run] = message
                elif isinstance(message, Rate):
                    self._rates[message.run] = message
                elif isinstance(message, Share):
                    self._shares[message.run] = message
        except (EOFError, ConnectionResetError):
            self._stop = True
