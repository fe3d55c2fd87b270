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


OPENMP = {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "0"}
"""How long a thread of OpenMP waits for the others at work before it sleeps: GNU's in rounds, which
PyTorch has on Linux, LLVM's in milliseconds, as on macOS. Left to themselves they wait for so long
that two runs beside each other take several times as long. Figures: tests/benchmarks/README.md."""


def wait_briefly() -> None:
    """Say so to the OpenMP that comes with PyTorch, which asks when it is loaded, here and in each
    process that we start; a person's own words win.
    """
    if not {"OMP_WAIT_POLICY", *OPENMP} & os.environ.keys():
        os.environ.update(OPENMP)


def begin(argv: Sequence[str]) -> None:
    """What cannot wait for our imports: signals are heard, and what workers need begins to load."""
    end_at_once()
    wait_briefly()
    from dashboard.output import protect
    from trainers.launcher.ready import get_ready, trains

    protect()  # before anything else is opened: it would get the number of a stream that is closed
    if trains(argv):
        get_ready(argv)


def run(argv: Sequence[str]) -> int:
    """Run a command as a program of its own, which has begun; the exit code."""
    from trainers.launcher.main import main

    return main(list(argv))


def command() -> int:
    """What `trainboard` in a terminal calls."""
    begin(sys.argv[1:])
    return run(sys.argv[1:])
