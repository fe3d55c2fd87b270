"""A Visdom server of our own, as the launcher starts it, for as long as a test or a module needs
it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dashboard.server.process import Server

MakeServer = Callable[..., Server]
"""The fixture `make_server` of tests/dashboard/server: makes servers that end with the test."""


@contextmanager
def serving(port: int, log: Path, **options: Any) -> Iterator[Server]:
    """A server on loopback that answers, at `port` or the next free one; ended with the block."""
    with Server("127.0.0.1", port, named_port=False, log_path=log, **options) as server:
        server.wait_ready(timeout_s=60)
        yield server
