"""Which process writes a run: a run whose process is gone must not be taken for one that trains.

A process is told by its number, by when it began, because numbers are given again, and by the
machine and container that gave it. Of another machine's processes nothing can be known here. The
launcher looks after its own workers, so only runs of a person's own loop have an owner in the
record. Reads and writes no record.
"""

from __future__ import annotations

import json
import os
import platform
from functools import cache
from pathlib import Path

GONE = "its process is gone and did not record the run's end"
PROC = Path("/proc")


def this_process() -> str:
    """What the record keeps of the process that asks."""
    return json.dumps([_place(), os.getpid(), _began(os.getpid())])


def is_gone(owner: str | None) -> bool:
    """Whether that process has ended; False where it cannot be known."""
    try:
        place, pid, began = json.loads(owner or "null")
        if place != _place() or not isinstance(pid, int) or pid <= 0:
            return False
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (ValueError, TypeError, OverflowError, RecursionError):  # noise in a foreign record
        return False
    except PermissionError:
        pass  # somebody else's process
    return _began(pid) not in (began, "")


def is_elsewhere(owner: str) -> bool:
    """Whether it is a process of another machine, or of this one before it was started anew."""
    try:
        place, _, _ = json.loads(owner)
    except (ValueError, TypeError, RecursionError):
        return False
    return bool(place != _place())


@cache
def _place() -> str:
    """The machine since it was started, and the container on it."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink(PROC / 'self/ns/pid')}"
    except OSError:  # not Linux
        return platform.node()


def _began(pid: int) -> str:
    """When the process began, in the kernel's ticks; "ended" when it only waits to be collected,
    empty where the kernel does not say.
    """
    try:
        state, *rest = (PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    except (OSError, ValueError):
        return ""
    return "ended" if state in (b"Z", b"X") else rest[18].decode()
