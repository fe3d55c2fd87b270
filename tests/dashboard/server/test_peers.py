"""dashboard.server.peers: who is at the other end, and what other users of this machine get:
nothing."""

import json
import os
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import websocket

from dashboard.server import peers
from dashboard.server.address import choose_entry
from dashboard.server.process import Server
from tests.support import other_user
from tests.support.other_user import NOBODY, needs_root
from tests.support.scripts import Script
from tests.support.servers import serving

Pair = tuple[socket.socket, socket.socket]
linux = pytest.mark.skipif(not peers.owners_known(), reason="the kernel tells no owners here")
pytestmark = linux


@pytest.fixture
def connect() -> Iterator[Callable[[str, str], Pair]]:
    """Both ends of a connection: the accepted one and the client's."""
    opened: list[socket.socket] = []

    def make(listen_on: str, to: str) -> Pair:
        family = socket.AF_INET6 if ":" in listen_on else socket.AF_INET
        listener = socket.create_server((listen_on, 0), family=family)
        opened.append(listener)
        client = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET)
        opened.append(client)
        client.connect((to, listener.getsockname()[1]))
        accepted, _ = listener.accept()
        opened.append(accepted)
        return accepted, client

    yield make
    for each in opened:
        each.close()


@pytest.fixture(params=["sock_diag", "/proc/net/tcp"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of asking the kernel; the second is for kernels that lack the first."""
    if request.param == "/proc/net/tcp":
        monkeypatch.setattr(peers, "NETLINK_SOCK_DIAG", 10_000)  # no such kind of netlink


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize(
    ("listen_on", "to"),
    [("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "::ffff:127.0.0.1"), ("::1", "::1")],
)
def test_a_connection_of_our_own_is_known_as_ours(
    connect: Callable[[str, str], Pair], listen_on: str, to: str
) -> None:
    try:
        accepted, _client = connect(listen_on, to)
    except OSError:
        if ":" in listen_on + to:
            pytest.skip("no IPv6 on this machine")
        raise
    assert peers.owner(accepted) == os.geteuid()


@needs_root
@pytest.mark.usefixtures("_way")
def test_a_connection_of_another_user_is_known_as_theirs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code = "s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); s.recv(1)"
        with other_user.start(code, listener.getsockname()[1]):
            accepted, _ = listener.accept()
            with accepted:
                assert peers.owner(accepted) == NOBODY
                assert not peers.is_ours(accepted)


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_nobody_owns_a_connection_that_its_process_has_closed(
    connect: Callable[[str, str], Pair], reset: bool
) -> None:
    """The kernel gives an orphan's user as 0: a root's server would take anybody for root."""
    accepted, client = connect("127.0.0.1", "127.0.0.1")
    client.send(b"GET / HTTP/1.1\r\n\r\n")
    if reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    assert peers.owner(accepted) is None
    assert not peers.is_ours(accepted)


REQUESTS = """
for method, path in json.loads(sys.argv[2]):
    body = json.dumps({"eid": "planted", "win": "w", "data": [{"type": "text", "content": "x"}]})
    answer = ask(sys.argv[1], method, path, body if method == "POST" else None)
    print(answer.status, answer.read().decode())
"""
SOCKETS = """
for path in ("/socket", "/vis_socket"):
    try:
        websocket.create_connection(f"ws://127.0.0.1:{sys.argv[1]}{path}", timeout=10)
        print("opened")
    except websocket.WebSocketBadStatusException as refused:
        print(refused.status_code)
"""


@needs_root
def test_another_user_of_this_machine_reads_and_writes_nothing(server: Server) -> None:
    asked = [("GET", path) for path in ("/", "/env/main", "/trainboard/alive", "/user/style.css")]
    asked += [("POST", path) for path in ("/events", "/env_state", "/win_data", "/delete_env")]
    lines = other_user.run(REQUESTS, server.port, json.dumps(asked)).splitlines()
    assert lines == ["403 " + peers.SENTENCE.decode()] * len(asked)
    answer = requests.post(f"{server.url}/env_state", json={}, timeout=5)
    assert "planted" not in answer.json()


@needs_root
def test_another_user_of_this_machine_opens_no_socket(server: Server) -> None:
    assert other_user.run(SOCKETS, server.port).split() == ["403", "403"]


@needs_root
def test_another_user_does_not_get_in_by_closing_before_anybody_looks(server: Server) -> None:
    code = """
body = b'{"eid": "too fast", "win": "w", "data": [{"type": "text", "content": "x"}]}'
head = b"POST /events HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body)
for _ in range(200):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as s:
        s.sendall(head + body)
"""
    other_user.run(code, server.port)
    answer = requests.post(f"{server.url}/env_state", json={}, timeout=5)
    assert "too fast" not in answer.json()


@needs_root
def test_connections_of_another_user_are_closed_even_when_they_say_nothing(server: Server) -> None:
    code = """
idle = [socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10) for _ in range(100)]
closed = 0
for connection in idle:
    try:
        while connection.recv(1000): pass
    except ConnectionResetError: pass
    closed += 1
print(closed)
"""
    assert other_user.run(code, server.port) == "100\n"


NOTES = """
import json, sys
from visdom import Visdom
viz = Visdom(port=int(sys.argv[1]), raise_exceptions=True)
viz.line([0.0], [0.0], win="train_loss", env="notes", opts=dict(title="train loss"))
viz.line([1.0], [1.0], win="train_loss", env="notes", update="append")
viz.text("7 2 1 0", win="pred", env="notes", opts=dict(title="pred"))
window = json.loads(viz.get_window_data("train_loss", env="notes"))
assert window["content"]["data"][0]["y"] == [0.0, 1.0], window
viz.close("pred", env="notes")
assert not viz.win_exists("pred", env="notes")
"""


def test_the_notes_script_with_the_stock_client_works_unchanged(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "notes.py"
    file.write_text(NOTES)
    script = Script(file, str(server.port), folder=tmp_path).ends()
    assert script.returncode == 0, script.stderr


def test_a_page_of_the_same_user_opens_its_socket(server: Server) -> None:
    page = websocket.create_connection(f"ws://127.0.0.1:{server.port}/socket", origin=server.url)
    assert page.recv()
    page.close()


@needs_root
def test_with_a_login_another_user_may_log_in(tmp_path: Path) -> None:
    code = """
form = urllib.parse.urlencode({"username": "ada", "password": "lovelace"})
kind = {"Content-Type": "application/x-www-form-urlencoded"}
answer = ask(sys.argv[1], "POST", "/login", form, kind)
session = {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}
print(ask(sys.argv[1], "GET", "/trainboard/alive").status)
print(ask(sys.argv[1], "GET", "/trainboard/alive", headers=session).status)
"""
    log = tmp_path / "log"
    with serving(8520, log, username="ada", password="lovelace") as locked:
        assert other_user.run(code, locked.port).split() == ["401", "200"]


def test_where_the_kernel_tells_nothing_nobody_is_taken_for_ours(
    connect: Callable[[str, str], Pair], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delattr(socket, "AF_NETLINK")  # as on macOS
    monkeypatch.setattr(peers, "TABLES", tmp_path)
    accepted, _client = connect("127.0.0.1", "127.0.0.1")
    assert peers.owner(accepted) is None
    assert not peers.is_ours(accepted)
    assert not peers.owners_known()


def test_a_machine_whose_kernel_does_not_tell_owners_gets_a_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert choose_entry(None) == "owner"
    assert choose_entry("ada") == "login"
    monkeypatch.setattr(peers, "owner", lambda connection: None)
    assert not peers.owners_known()
    assert choose_entry(None) == "token"
    assert choose_entry(None, no_token=True) == "anybody"
    assert choose_entry("ada", no_token=True) == "login"
