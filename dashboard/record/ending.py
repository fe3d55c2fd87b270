"""Ends a run's record: which state it is left in, and the last tries to write that.

How a run begins is `dashboard.record.beginning`; what waits to be written, and when it is given
up, is `dashboard.record.uncommitted`'s.
"""

from __future__ import annotations

import time

from dashboard.record.committer import COMMIT_EVERY_S
from dashboard.record.uncommitted import Uncommitted

LAST_TRIES_S = 2.0
STOPS = (KeyboardInterrupt, SystemExit)


def state_and_error(error: BaseException) -> tuple[str, str]:
    """The state of a run that `error` ended, and what the record says of it."""
    if isinstance(error, STOPS):
        return "stopped", ""
    return "failed", f"{type(error).__name__}: {error}"


def write_end(uncommitted: Uncommitted, state: str, error: str) -> tuple[str, BaseException | None]:
    """Commit what is left and the run's end, trying for LAST_TRIES_S.

    Returns why it is not written, or an empty text, and the Ctrl-C that came meanwhile, for the
    caller to raise; a second one is raised at once.
    """
    give_up_s = time.monotonic() + LAST_TRIES_S
    trouble = ""
    interrupt: BaseException | None = None
    while True:
        try:
            if uncommitted.end(state, error):
                break
            if time.monotonic() >= give_up_s:
                trouble = uncommitted.trouble
                uncommitted.give_up()
                break
            time.sleep(COMMIT_EVERY_S)
        except STOPS as why:
            if interrupt:
                raise
            interrupt = why
    return trouble, interrupt
