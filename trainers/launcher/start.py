"""The command `trainboard` of an installed Trainboard, and what `launch.py` shares with it.

It imports nothing that takes time before signals are heard and workers are being got ready.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence


def end_at_once() -> None:
    """Until `Stop` takes over there is nothing to end in order: a signal ends us, without a word.

    Python's own way, an exception, would surface in the middle of whatever is being imported.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: os._exit(128 + number))


def begin(argv: Sequence[str]) -> None:
    """What cannot wait for our imports: signals are heard, and what workers need begins to load."""
    end_at_once()
    from trainers.launcher.ready import get_ready, trains

    if trains(argv):
        get_ready(argv)


def run(argv: Sequence[str]) -> int:
    """Run a command as a program of its own; the exit code."""
    from dashboard.output import protect
    from trainers.launcher.main import main

    protect()
    return main(list(argv))


def command() -> int:
    """What `trainboard` in a terminal calls."""
    begin(sys.argv[1:])
    return run(sys.argv[1:])
