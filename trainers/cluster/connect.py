"""Connects the launcher to a Ray cluster, or says in one sentence why that is not possible.

Ships our packages to the nodes. Starts no cluster and no task.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
from typing import Any

from dashboard.errors import UserError
from dashboard.program import ROOT

KNOCK_TIMEOUT_S = 5.0
NOT_SHIPPED = ["data", "screenshots", "__pycache__", "*.pyc"]


class RayError(UserError):
    """There is no cluster to use, or no Ray; the message is one sentence."""


def connect(address: str) -> Any:
    """Ray itself, connected. Raises RayError. Leaves the launcher's signal handlers as they are."""
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        import ray
    except ImportError:
        raise RayError("--engine ray needs Ray: pip install -r requirements-ray.txt") from None
    _knock(address)
    modules = [str(ROOT / room) for room in ("dashboard", "trainers")]
    try:
        ray.init(
            address=address,
            runtime_env={"py_modules": modules, "excludes": NOT_SHIPPED},
            logging_level=logging.ERROR,
            log_to_driver=False,
        )
    except (ConnectionError, RuntimeError, ValueError, ray.exceptions.RayError) as why:
        raise RayError(
            f"--ray-address {address}: no Ray cluster to use ({first_line(why)})"
        ) from None
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return ray


def _knock(address: str) -> None:
    """Raises RayError if nobody answers there: Ray itself would try for minutes."""
    if address == "auto":
        return
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal() or not 0 < int(port) < 65536:
        raise RayError(f"--ray-address {address!r} must be auto or HOST:PORT")
    try:
        socket.create_connection((host, int(port)), KNOCK_TIMEOUT_S).close()
    except (OSError, UnicodeError) as why:  # UnicodeError: no name of a host
        reason = getattr(why, "strerror", None) or why
        raise RayError(
            f"--ray-address {address}: no Ray cluster answers there ({reason})"
        ) from None


def first_line(why: BaseException) -> str:
    lines = str(why).strip().splitlines()
    return f"{type(why).__name__}: {lines[0]}" if lines else type(why).__name__
