"""Asks Linux what a process decides about its parent and its orphans. Elsewhere nothing happens.

Used by the launcher, the fork server and the workers, so it must stay free of torch.
"""

from __future__ import annotations

import ctypes
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 1, 15, 36  # <linux/prctl.h>


def adopt_orphans() -> bool:
    """From now on a descendant whose parent ends becomes a child of this process."""
    return _prctl(PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1))


def die_with_parent() -> bool:
    """The kernel kills this process when its parent ends, even while it is stopped or in C code.

    The parent is the process that is it now. One that has ended before this call is not noticed.
    """
    return _prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))


def be_called(name: str) -> bool:
    """What `ps` and `top` call this process: at most 15 ASCII characters."""
    return _prctl(PR_SET_NAME, ctypes.c_char_p(name.encode()))


def _prctl(option: int, value: ctypes.c_ulong | ctypes.c_char_p) -> bool:
    if sys.platform != "linux":
        return False
    zero = ctypes.c_ulong(0)
    return bool(ctypes.CDLL(None).prctl(option, value, zero, zero, zero) == 0)
