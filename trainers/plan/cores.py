"""Counts the CPU cores that training may use, and shares them out: threads for each worker.

All runs of an experiment are computed with the same number of threads, from the first step to the
last, so that the same command gives the same numbers. Giving a run the cores of one that has ended
would make its numbers depend on which ends first, so it is only done where it is asked for (FREE).
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.names import quoted
from trainers.threads import MOST_THREADS

FREE = "free"
"""What --threads says beside a number: cores that nobody uses any more go to those that train."""


def cores() -> int:
    """The CPU cores that this process may use; where that cannot be asked (macOS), all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_flag(text: str) -> int | str:
    """The value of --threads. Raises argparse.ArgumentTypeError."""
    if text == FREE:
        return FREE
    if not (text.isdecimal() and len(text) < 9 and 1 <= int(text) <= MOST_THREADS):
        raise argparse.ArgumentTypeError(
            f"{quoted(text)} is not allowed: it must be a number in 1 .. {MOST_THREADS}, or {FREE}"
        )
    return int(text)


def each_of(devices: Sequence[str]) -> int:
    """The threads of each worker where nobody says: the cores shared evenly, of a GPU's one."""
    return max(1, cores() // len(devices)) if set(devices) == {"cpu"} else 1


def before(settings: Mapping[str, Any]) -> dict[str, Any]:
    """{each, free} of an experiment, as its record keeps it; one each where it is older than that.

    A record may come from anywhere: what cannot be is one too.
    """
    shares = settings.get("threads")
    each = shares.get("each") if isinstance(shares, dict) else 1
    sensible = isinstance(each, int) and 1 <= each <= MOST_THREADS
    free = isinstance(shares, dict) and shares.get(FREE) is True
    return {"each": each if sensible else 1, FREE: free}
