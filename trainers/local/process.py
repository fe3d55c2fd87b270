"""Sets a training process up before its first run: threads and memory. Trains nothing."""

from __future__ import annotations

import ctypes
import sys

import torch

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # <malloc.h>
KEPT_BYTES = 32 * 2**20  # the most that glibc takes for its mmap threshold


def settle(threads: int) -> None:
    """Use this many CPU threads, and keep freed memory instead of giving it back every step.

    glibc returns blocks above 128 KiB to the system as soon as they are free; a training step frees
    and takes several of them, and each return costs fresh page faults.
    """
    torch.set_num_threads(threads)
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)
            mallopt(M_TRIM_THRESHOLD, 16 * KEPT_BYTES)
