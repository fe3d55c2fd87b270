"""Keeps what the launcher has to write into a record and cannot write now.

States of runs only; numbers of a run that wait are `dashboard.record.backlog`. Nothing is ever
dropped: it is tried again whenever somebody looks at the record.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from dashboard.record.schema import UnwritableError


@dataclass(frozen=True)
class Write:
    """A statement that is to be executed, with its values."""

    statement: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class EndOfRun(Write):
    """A statement that writes how a run ends. run: None for every run that is open."""

    run: str | None
    state: str
    error: str

    def sentence(self, trouble: str) -> str:
        return (
            f"{self.run or 'every open run'}: {self.state} ({self.error or 'no reason'}), which "
            f"the record cannot take now ({trouble})"
        )


class LateWrites:
    """Statements in the order in which they are to be executed on `db`.

    trouble: why the last one could not be.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._writes: list[Write] = []
        self.trouble = ""

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._writes)

    def add(self, statement: str, *values: Any) -> None:
        """Write now, or as soon as the record takes it."""
        self._add(Write(statement, values))

    def add_end(
        self, statement: str, *values: Any, run: str | None, state: str, error: str
    ) -> None:
        """The same for the end of `run`, or with None of every open run, as of this moment.

        Of the statement's values the first three are the state, the error and the time.
        """
        values = (state, error, time.time(), *values)
        self._add(EndOfRun(statement, values, run, state, error))

    def write(self) -> None:
        """Write as much as the record takes now."""
        try:
            while self._writes:
                self._db.execute(self._writes[0].statement, self._writes[0].values)
                self._writes.pop(0)
        except sqlite3.Error as why:
            self.trouble = str(why)

    def demand(self) -> None:
        """Raises UnwritableError while something still waits."""
        self.write()
        if self:
            raise UnwritableError(f"the record cannot be written now: {self.trouble}")

    def ends(self) -> list[str]:
        """A sentence for each end of a run that still waits."""
        return [w.sentence(self.trouble) for w in self._writes if isinstance(w, EndOfRun)]

    def _add(self, write: Write) -> None:
        self._writes.append(write)
        self.write()
