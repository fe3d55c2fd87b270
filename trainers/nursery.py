"""Where worker processes are born: a fork server that has imported torch once.

Importing torch takes seconds and forking takes milliseconds, so a worker starts at once, and so
does the one that replaces a killed worker. This module itself must stay free of torch: the launcher
calls `warm` before it imports anything heavy, and both imports then run side by side.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import signal
import sys
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def context() -> Any:
    """The way to start processes here: the fork server, or spawn where forking is not safe."""
    return multiprocessing.get_context("spawn" if sys.platform == "darwin" else "forkserver")


def warm() -> None:
    """Start the fork server and let it load what workers need; returns at once, ends with us."""
    if sys.platform == "darwin":
        return
    # The server imports our packages by itself, wherever launch.py was called from.
    path = os.environ.get("PYTHONPATH", "")
    if str(ROOT) not in path.split(os.pathsep):
        os.environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{path}" if path else str(ROOT)
    context().set_forkserver_preload(["__main__", "trainers.preload"])
    forkserver.ensure_running()
    atexit.register(close)


def close() -> None:
    """End the fork server at once; left alone, it would first finish loading torch."""
    server: Any = forkserver._forkserver
    pid = server._forkserver_pid
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        server._stop()
