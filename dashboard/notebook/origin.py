"""Finds out in whose pages a notebook's own output stands: the origin of the Jupyter server that
started this kernel, as it says itself in its file of running servers. Asks nobody else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from dashboard.errors import UserError
from dashboard.server.address import is_loopback
from dashboard.server.offered import check_origins

PARENT = "JPY_PARENT_PID"
"""With it a Jupyter server says to its kernels which process it is."""
LOOPBACK = ("localhost", "127.0.0.1")


def origins(origin: str | Sequence[str] | None) -> tuple[str, ...]:
    """Those of `origin`, else the Jupyter server's own. Raises UserError where neither is known.

    A person opens a server of this machine by any of its names, so each of them is one.
    """
    if origin:
        return check_origins([origin] if isinstance(origin, str) else origin)
    address = _jupyter()
    if not address:
        raise UserError(
            "the page around this notebook is not known: give show the origin that stands in its "
            'address bar, as origin="http://localhost:8888", or static=True'
        )
    parts = urlsplit(address)
    port = f":{parts.port}" if parts.port else ""
    hosts = LOOPBACK if is_loopback(parts.hostname or "") else (parts.hostname,)
    return check_origins([f"{parts.scheme}://{host}{port}" for host in hosts])


def _jupyter() -> str:
    """The address of the Jupyter server that started us; empty where none did."""
    try:
        from jupyter_core.paths import jupyter_runtime_dir
    except ImportError:
        return ""
    for kind in ("jpserver", "nbserver"):
        file = Path(jupyter_runtime_dir(), f"{kind}-{os.environ.get(PARENT)}.json")
        try:
            return str(json.loads(file.read_text(encoding="utf-8"))["url"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return ""
