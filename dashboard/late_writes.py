"""What the launcher has to write into a record and what of it cannot be written now.

States of runs only; numbers of a run that wait are `dashboard.backlog`. Nothing is ever dropped: it
is tried again whenever somebody looks at the record.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from dashboard.record_file import UnwritableError


class LateWrites:
    """Statements in the order in which they are to be executed on `db`.

    trouble: why the last one could not be.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._statements: list[tuple[str, tuple[Any, ...]]] = []
        self.trouble = ""

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._statements)

    def add(self, statement: str, *values: Any) -> None:
        """Write now, or as soon as the record takes it."""
        self._statements.append((statement, values))
        self.write()

    def write(self) -> None:
        """Write as much as the record takes now."""
        try:
            while self._statements:
                self._db.execute(*self._statements[0])
                self._statements.pop(0)
        except sqlite3.Error as why:
            self.trouble = str(why)

    def demand(self) -> None:
        """Raises UnwritableError while something still waits."""
        self.write()
        if self:
            raise UnwritableError(f"the record cannot be written now: {self.trouble}")

    def ends(self) -> list[str]:
        """A sentence for each end of a run that still waits."""
        return [
            f"{values[-1] or 'every open run'}: {values[0]} ({values[1] or 'no reason'}), which "
            f"the record cannot take now ({self.trouble})"
            for statement, values in self._statements
            if "ended_s = ?" in statement
        ]
