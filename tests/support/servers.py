"""A Visdom server of our own, as the launcher starts it, for as long as a test or a module needs
it."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from dashboard.server.process import Server
from tests.support.launching import until

MakeServer = Callable[..., Server]
"""The fixture `make_server` of tests/dashboard/server: makes servers that end with the test."""


@contextmanager
def serving(port: int, log: Path, **options: Any) -> Iterator[Server]:
    """A server on loopback that answers, at `port` or the next free one; ended with the block."""
    with Server("127.0.0.1", port, named_port=False, log_path=log, **options) as server:
        server.wait_ready(timeout_s=60)
        yield server


def ask(server: Server, path: str, body: object = None) -> str:
    """What the server answers at the path; a body is posted as JSON."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(server.url + path, data, server.headers), timeout=5) as answer:
        return str(answer.read().decode())


def kill(server: Server) -> None:
    """Kill its process and wait until it is gone."""
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: not server.alive())
