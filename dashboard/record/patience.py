"""Decides how long to wait for a record that cannot be written: its disk is full, or it is locked.

A run neither begins nor ends meanwhile; training itself never waits (`dashboard.record.backlog`).
Who waits looks at other things in between, so nothing sleeps here. TRAINBOARD_PATIENCE_S in the
environment says how long, in seconds.
"""

from __future__ import annotations

import os
import time

from dashboard.errors import UserError

VARIABLE = "TRAINBOARD_PATIENCE_S"
DEFAULT_S = 300.0


class Patience:
    """Runs out `limit_s` seconds after the first failure; each success fills it again."""

    def __init__(self, limit_s: float | None = None) -> None:
        self.limit_s = limit() if limit_s is None else limit_s
        self._since_s: float | None = None

    @property
    def fresh(self) -> bool:
        """Whether nothing has failed since the last success."""
        return self._since_s is None

    def failed(self) -> bool:
        """Something could not be written; True when patience has run out."""
        now = time.monotonic()
        self._since_s = now if self._since_s is None else self._since_s
        return now - self._since_s >= self.limit_s

    def succeeded(self) -> None:
        self._since_s = None


def limit() -> float:
    """Seconds, from the environment if it says so. Raises UserError for what is no such time."""
    text = os.environ.get(VARIABLE) or str(DEFAULT_S)
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise UserError(f"{VARIABLE}={text!r} is not allowed: it must be a number of seconds >= 0")
    return seconds
