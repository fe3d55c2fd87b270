"""Tells the person in the terminal what the board cannot do: which window cannot be shown, and that
the server does not answer. Each thing is said once; nothing is decided here, and nothing is mended.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

PATIENCE_S = 10.0  # a server that is started or started again needs some seconds
MOST_WINDOWS = 10  # that are named; with more something else is wrong
LONGEST = 300


class Trouble:
    """Gives `report` a sentence for each new trouble; it must not raise for long texts."""

    def __init__(self, report: Callable[[str], object]) -> None:
        self._report = report
        self._windows: set[tuple[str, str]] = set()
        self._since_s: float | None = None
        self._sentences: set[str] = set()
        self._server_reported = False

    def of_window(self, where: str, name: str, why: object) -> None:
        """One window cannot be drawn or sent; the others can."""
        if (where, name) in self._windows or len(self._windows) > MOST_WINDOWS:
            return
        self._windows.add((where, name))
        if len(self._windows) > MOST_WINDOWS:
            self._say("dashboard: more windows cannot be shown; they are not named any more")
        else:
            self._say(f"dashboard: the window {name!r} of {where} cannot be shown: {why}")

    def of_server(self, why: object) -> None:
        """No frame could be sent just now."""
        now_s = time.monotonic()
        self._since_s = now_s if self._since_s is None else self._since_s
        if not self._server_reported and now_s - self._since_s >= PATIENCE_S:
            self._server_reported = True
            self._say(f"dashboard: nothing can be shown at the moment: {why}; it is tried again")

    def of_ours(self, why: Exception) -> None:
        """Drawing failed in a way that nobody thought of."""
        sentence = f"dashboard: nothing can be drawn: {type(why).__name__}: {why}"
        if sentence not in self._sentences and len(self._sentences) < MOST_WINDOWS:
            self._sentences.add(sentence)
            self._say(f"{sentence}; it is tried again")

    def over(self) -> None:
        """A whole frame was sent."""
        if self._server_reported:
            self._say("dashboard: it is shown again")
        self._since_s, self._server_reported = None, False

    def _say(self, sentence: str) -> None:
        line = "".join(c if c.isprintable() else " " for c in sentence)
        with contextlib.suppress(OSError, ValueError):  # a closed terminal ends no board
            self._report(line if len(line) <= LONGEST else f"{line[:LONGEST]}…")
