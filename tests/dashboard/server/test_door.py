"""dashboard.server.door: crowds, slow and large senders, and the few that must get through."""

import contextlib
import http.client
import json
import resource
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import websocket

from dashboard.program import ROOT
from dashboard.server.process import Server
from tests.support.launching import until
from tests.support.servers import serving
from tests.support.tight_host import TIGHT

pytestmark = pytest.mark.processes

CROWD = 1100
WINDOW = {"eid": "main", "win": "w", "data": [{"type": "text", "content": "x"}]}
THEIRS = {**WINDOW, "win": "theirs"}  # what the board wrote, only the board may change

# A crowd before the running server

CROWD_CODE = """
import resource, socket, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
port, count = int(sys.argv[1]), int(sys.argv[2])
crowd = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
print("here", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def crowd(server: Server, count: int) -> Iterator[None]:
    """So many connections that say nothing, held by another process."""
    command = [sys.executable, "-c", CROWD_CODE, str(server.port), str(count)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            assert process.stdout.readline() == "here\n"
            yield
        finally:
            process.stdin.close()


@pytest.fixture
def few_files() -> Iterator[None]:
    """The limit of open files that most systems set for a process and its children."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 1024), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def server(tmp_path: Path, few_files: None) -> Iterator[Server]:
    log = tmp_path / "server.log"
    with serving(8560, log) as server:
        yield server


def post(connection: http.client.HTTPConnection, headers: dict[str, str]) -> int:
    """The status of the answer to a window that is sent."""
    connection.request("POST", "/events", json.dumps(WINDOW if headers else THEIRS), headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def dial(server: Server) -> contextlib.closing[http.client.HTTPConnection]:
    return contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10))


def test_a_crowd_that_says_nothing_keeps_neither_the_board_nor_a_page_out(server: Server) -> None:
    host = psutil.Process(server.pid)
    url = f"ws://127.0.0.1:{server.port}/socket"
    page = websocket.create_connection(url, origin=server.url, timeout=10)
    with contextlib.closing(page), dial(server) as board, dial(server) as person:
        assert post(board, server.headers) == 200
        assert post(person, {}) == 200
        old_ones = board.sock, person.sock
        with crowd(server, CROWD):
            assert post(board, server.headers) == 200
            assert post(person, {}) == 200
            assert (board.sock, person.sock) == old_ones, "neither had to come anew"
            while "x" not in json.loads(str(page.recv())).get("content", ""):
                pass  # what the page was sent at its beginning
            with dial(server) as newcomer:
                newcomer.request("GET", "/")
                assert b'<main id="main"' in newcomer.getresponse().read()
            assert host.num_fds() < 600
            assert host.cpu_percent(0.5) < 50, "it does not spin"
    assert server.log_path.stat().st_size < 2**14


LAUNCHER = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
from dashboard.server.process import Server
with Server("127.0.0.1", 0, named_port=False, log_path=Path(sys.argv[1])) as server:
    server.wait_ready()
    print(server.port, server.pid, flush=True)
    sys.stdin.read()
"""


def test_a_limit_of_a_hundred_open_files_is_enough(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    command = [sys.executable, "-c", LAUNCHER, str(log)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as launcher:
        assert launcher.stdin
        assert launcher.stdout
        port, pid = map(int, launcher.stdout.readline().split())
        with contextlib.ExitStack() as crowd:
            for _ in range(200):
                crowd.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            answer = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            with contextlib.closing(answer):
                assert post(answer, {}) == 200
            assert psutil.Process(pid).num_fds() < 100
        launcher.stdin.close()
    assert log.stat().st_size < 2**14


# Slow and large senders, before a server with small bounds


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the bounds of `tests.support.tight_host`."""
    folder = tmp_path_factory.mktemp("tight")
    starter = folder / "python"
    starter.write_text(
        f'#!/bin/sh\nshift 2\nexec "{sys.executable}" -m tests.support.tight_host "$@"\n'
    )
    starter.chmod(0o755)
    server = Server("127.0.0.1", 8580, named_port=False, log_path=folder / "server.log")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboard.server.process.sys.executable", str(starter))
        server.start()
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()


def closes(connection: socket.socket) -> bool:
    """Whether the server closes the connection within ten seconds, without an answer."""
    connection.settimeout(10)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


HEAD = b"POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.mark.parametrize(
    "begun",
    [b"", b"G", HEAD + b"X: ", HEAD + b"Content-Length: 100\r\n\r\n{",
     HEAD + b"Transfer-Encoding: chunked\r\n\r\n64\r\n{"],
    ids=["nothing", "a letter", "headers", "a body", "a chunk"],
)  # fmt: skip
def test_a_sender_that_stops_is_closed(tight: Server, begun: bytes) -> None:
    with socket.create_connection(("127.0.0.1", tight.port), timeout=10) as slow:
        slow.sendall(begun)
        assert closes(slow)


def test_a_sender_of_one_letter_at_a_time_is_closed(tight: Server) -> None:
    with socket.create_connection(("127.0.0.1", tight.port), timeout=10) as slow:
        slow.settimeout(0.05)

        def refused() -> bool:
            try:
                slow.sendall(b"x")
                return slow.recv(1) == b""
            except TimeoutError:
                return False
            except ConnectionError:
                return True

        until(refused, 10, "the end of a connection that is never done with its headers")


def test_a_connection_without_another_request_is_closed(tight: Server) -> None:
    with dial(tight) as connection:
        assert post(connection, {}) == 200
        assert closes(connection.sock)


def test_a_page_that_says_nothing_stays_open(tight: Server) -> None:
    url = f"ws://127.0.0.1:{tight.port}/socket"
    page = websocket.create_connection(url, origin=tight.url, timeout=10)
    with contextlib.closing(page), contextlib.ExitStack() as crowd:
        strangers = []
        for _ in range(3 * TIGHT.connections):
            stranger = socket.create_connection(("127.0.0.1", tight.port), timeout=10)
            strangers.append(crowd.enter_context(stranger))
        assert all(closes(stranger) for stranger in strangers)
        page.send('{"cmd": "trainboard_ping"}')
        while "trainboard_pong" not in str(page.recv()):
            pass


def test_bodies_beyond_the_bound_are_turned_away_and_the_board_is_not(tight: Server) -> None:
    with contextlib.ExitStack() as open_ones:
        senders = [
            open_ones.enter_context(socket.create_connection(("127.0.0.1", tight.port), timeout=10))
            for _ in range(2)
        ]
        for sender in senders:
            sender.sendall(HEAD + b"Content-Length: 999999\r\n\r\n" + b" " * 600_000)
        refused = select.select(senders, [], [], 10)[0][0]
        received = refused.recv(65536)
        assert received.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nRetry-After: " in received
        with dial(tight) as board:
            board.request("POST", "/events", json.dumps(WINDOW) + " " * 2**20, tight.headers)
            assert board.getresponse().status == 200
    with dial(tight) as person:
        until(lambda: post(person, {}) == 200, what="room for a body again")
    with dial(tight) as person:
        person.request("POST", "/events", json.dumps(THEIRS) + " " * 1_000_000)
        assert person.getresponse().status == 200, "what was held has been given back"
