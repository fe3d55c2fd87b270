"""Servers of a module: an open one and one with a login; and those of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.server.process import Server
from tests.support.servers import MakeServer, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("open") / "server.log"
    with serving(8470, log) as server:
        yield server


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that demands a login."""
    log = tmp_path_factory.mktemp("locked") / "server.log"
    with serving(8470, log, username="ada", password="lovelace") as server:
        yield server


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
