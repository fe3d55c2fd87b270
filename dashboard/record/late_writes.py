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
from dashboard.record.states import FINAL, OPEN

RUN_NOW = "json_array(id, state, attempt)"
SAME_NOW = f"{RUN_NOW} IN (SELECT value FROM json_each(?))"
NO_RUNS = "[]"
NAMED = "name = ?"
IS_OPEN = f"state IN {OPEN}"
END = f"UPDATE run SET state = ?, error = ?, ended_s = ? WHERE {SAME_NOW}"
AGAIN = f"UPDATE run SET state = ?, error = '', ended_s = NULL WHERE {SAME_NOW}"


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

    def add_end(self, run: str | None, state: str, error: str = "") -> None:
        """Write the end of `run`, or with None of every run, which is open at this moment."""
        one = [] if run is None else [run]
        runs_now = self._runs_now(f"{IS_OPEN} AND {NAMED}" if one else IS_OPEN, *one)
        self._add(EndOfRun(END, (state, error, time.time(), runs_now), run, state, error))

    def add_again(self, run: str, state: str = "queued") -> bool:
        """Write that a run is queued again, or paused; False where it is final and stays that."""
        runs_now = self._runs_now(f"state NOT IN {FINAL} AND {NAMED}", run)
        if runs_now == NO_RUNS:
            return False
        self.add(AGAIN, state, runs_now)
        return True

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

    def _runs_now(self, where: str, *values: str) -> str:
        """The runs as they are now, for SAME_NOW. What is written later, when the disk has room
        again, is meant for these attempts and not for those of a launcher that came after us.
        """
        try:
            query = f"SELECT json_group_array({RUN_NOW}) FROM run WHERE {where}"
            return str(self._db.execute(query, values).fetchone()[0])
        except sqlite3.Error:
            return NO_RUNS
