"""Counts the CPU cores that training may use."""

from __future__ import annotations

import os


def cores() -> int:
    """The CPU cores that this process may use; where that cannot be asked (macOS), all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
