"""A Visdom server of our own, as the launcher starts it, for as long as a test or a module needs
it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dashboard.server.process import Server


@contextmanager
def serving(port: int, log: Path, **options: Any) -> Iterator[Server]:
    """A server on loopback that answers, at `port` or the next free one; ended with the block."""
    with Server("127.0.0.1", port, named_port=False, log_path=log, **options) as server:
        server.wait_ready()
        yield server
