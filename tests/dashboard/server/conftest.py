"""Servers of a test's own, which end with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.server.process import Server
from tests.support.servers import MakeServer


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[MakeServer]:
    """Makes servers that are stopped at the end, however the test ends."""
    servers: list[Server] = []

    def make(host: str = "127.0.0.1", port: int = 8450, **options: object) -> Server:
        options = {"named_port": False, "log_path": tmp_path / "logs" / "server.log", **options}
        servers.append(Server(host, port, **options))  # type: ignore[arg-type]
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def running(make_server: MakeServer) -> Server:
    server = make_server()
    server.start()
    server.wait_ready()
    return server
