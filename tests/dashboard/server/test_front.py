"""dashboard.server.front: what the running server decides from the headers of a request alone."""

import contextlib
import http.client
import json
import re
import socket
from collections.abc import Iterator

import psutil
import pytest
import requests
import websocket

from dashboard.server.process import Server
from tests.support.servers import MakeServer

BODY_BYTES = 64 * 2**20 - 1  # just allowed
POST_BODY = {"eid": "main", "win": "w", "data": [{"type": "text", "content": "x"}]}
FOREIGN = [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "http://["},
           {"Sec-Fetch-Site": "cross-site"}]  # fmt: skip


def dial(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def head(method: str, path: str, **headers: object) -> bytes:
    """A request's first line and headers; an underscore in a name stands for a hyphen."""
    named = {"Host": "127.0.0.1"} | {k.replace("_", "-"): v for k, v in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in named.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer(connection: socket.socket) -> tuple[int, str]:
    """Status and text of what comes until the server closes."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65536):
            received += chunk
    found = re.match(rb"HTTP/1\.1 (\d{3}) .*?\r\n\r\n(.*)", received, re.DOTALL)
    assert found, received
    return int(found[1]), found[2].decode()


def answer_to(server: Server, request: bytes) -> tuple[int, str]:
    with dial(server) as connection:
        connection.sendall(request)
        return answer(connection)


# Before the body


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("path", ["/events", "/nothing", "/login"])
def test_a_foreign_request_is_refused_before_its_body_is_sent(
    server: Server, headers: dict[str, str], path: str
) -> None:
    request = head("POST", path, Content_Length=BODY_BYTES, **headers)
    assert answer_to(server, request)[0] == 403


def test_without_a_login_a_request_is_refused_before_its_body_is_sent(locked: Server) -> None:
    for extra in ({"Content_Length": BODY_BYTES}, {"Transfer_Encoding": "chunked"}):
        status, text = answer_to(locked, head("POST", "/events", **extra))
        assert (status, text) == (401, "Log in first.")


@pytest.mark.parametrize(
    ("method", "path", "length", "status"),
    [
        ("POST", "/events", 64 * 2**20 + 1, 413),
        ("POST", "/events", "67108865, 67108865", 413),
        ("POST", "/events", "9" * 5000, 413),
        ("POST", "/login", 2**14 + 1, 413),
        ("GET", "/", 2**14 + 1, 413),
        ("POST", "/events", "-1", 400),
        ("POST", "/events", "\xb2", 400),
    ],
)
def test_a_body_that_is_announced_too_long_is_refused_before_it_is_sent(
    server: Server, method: str, path: str, length: object, status: int
) -> None:
    assert answer_to(server, head(method, path, Content_Length=length))[0] == status


def test_a_body_of_unknown_length_is_no_way_around_the_login_forms_limit(locked: Server) -> None:
    assert answer_to(locked, head("POST", "/login", Transfer_Encoding="chunked"))[0] == 411


def test_nobody_who_is_refused_is_told_to_go_on(server: Server) -> None:
    request = head(
        "POST", "/events", Origin="http://evil.example", Expect="100-continue", Content_Length=9
    )
    assert answer_to(server, request)[0] == 403


def test_a_refusal_carries_the_security_headers_and_says_that_it_closes(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", "/", headers={"Host": "evil.example"})
        headers = connection.getresponse().headers
    assert headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Connection"] == "close"
    assert "Server" not in headers


def test_foreign_bodies_take_no_memory(server: Server, locked: Server) -> None:
    for attacked, request in (
        (server, head("POST", "/events", Origin="http://evil.example", Content_Length=BODY_BYTES)),
        (locked, head("POST", "/events", Content_Length=BODY_BYTES)),
    ):
        host = psutil.Process(attacked.pid)
        before = host.memory_info().rss
        with contextlib.ExitStack() as open_ones:
            for _ in range(24):
                connection = open_ones.enter_context(dial(attacked))
                connection.sendall(request)
                with contextlib.suppress(ConnectionError):
                    for _ in range(63):
                        connection.sendall(b" " * 2**20)
            assert post(attacked, attacked.headers) == 200
            assert host.memory_info().rss - before < 100 * 2**20


def post(server: Server, headers: dict[str, str]) -> int:
    """The status of the answer to a window that is sent."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    with contextlib.closing(connection):
        connection.request("POST", "/events", json.dumps(POST_BODY), headers)
        return connection.getresponse().status


# Before the handler


@contextlib.contextmanager
def page(server: Server, path: str = "/socket") -> Iterator[websocket.WebSocket]:
    """A web socket as a page has it, after what it is sent at the beginning."""
    connection = websocket.create_connection(
        f"ws://127.0.0.1:{server.port}{path}",
        origin=server.url,
        header=server.headers,
        timeout=10,
    )
    try:
        if path == "/socket":
            messages(connection)
        yield connection
    finally:
        connection.close()


def messages(connection: websocket.WebSocket) -> list[str]:
    """All that the server has sent to a page so far."""
    connection.send('{"cmd": "trainboard_ping"}')
    received = []
    while "trainboard_pong" not in (message := str(connection.recv())):
        received.append(message)
    return received


UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": 13,
           "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip


@pytest.mark.parametrize("path", ["/socket", "/vis_socket"])
@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        *(("GET", {**UPGRADE, **foreign}, 403) for foreign in FOREIGN),
        ("GET", {}, 400),
        ("POST", {"Content_Length": 0}, 400),
        ("GET", {**UPGRADE, "Connection": "close"}, 400),
        ("GET", {key: UPGRADE[key] for key in UPGRADE if "Key" not in key}, 400),
        ("GET", {**UPGRADE, "Sec_WebSocket_Version": 12}, 426),
    ],
)
def test_a_refused_socket_request_reaches_no_page(
    server: Server, path: str, method: str, headers: dict[str, object], status: int
) -> None:
    with page(server) as open_one:
        open_one.send('{"cmd": "save_layouts", "data": "designed"}')
        assert len(messages(open_one)) == 1, "a page is sent what another saves"
        for _ in range(10):
            assert answer_to(server, head(method, path, **headers))[0] == status
        assert messages(open_one) == []


def test_without_a_login_a_socket_request_reaches_no_page(locked: Server) -> None:
    with page(locked) as open_one:
        for path in ("/socket", "/vis_socket"):
            assert answer_to(locked, head("GET", path, **UPGRADE))[0] == 401
        assert messages(open_one) == []


def test_a_page_that_opens_or_closes_is_not_told_to_the_others(server: Server) -> None:
    with page(server) as open_one:
        for path in ("/socket", "/vis_socket"):
            with page(server, path):
                pass
        assert messages(open_one) == []


def test_more_pages_than_the_bound_are_refused_and_reach_nobody(server: Server) -> None:
    with contextlib.ExitStack() as open_ones:
        first = open_ones.enter_context(page(server))
        for _ in range(127):
            open_ones.enter_context(page(server))
        status, text = answer_to(server, head("GET", "/socket", **UPGRADE))
        assert (status, text) == (503, "Too many pages are open.")
        assert messages(first) == []


AROUND = "http://localhost:8888"
FRAMED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}


def test_a_frame_of_another_site_gets_our_page_alone_where_one_was_named(
    make_server: MakeServer,
) -> None:
    server = make_server(embed=[AROUND])
    server.start()
    server.wait_ready()
    for path in ("/", "/env/main"):
        answer = requests.get(server.url + path, headers=FRAMED, timeout=10)
        assert answer.status_code == 200
        assert answer.headers["Content-Security-Policy"].endswith(f"frame-ancestors {AROUND}")
    for path in ("/visdom/", "/login", "/trainboard/alive", "/trainboard/plotly.js"):
        assert requests.get(server.url + path, headers=FRAMED, timeout=10).status_code == 403
        own = requests.get(server.url + path, timeout=10)
        assert "frame-ancestors 'none'" in own.headers["Content-Security-Policy"]
    assert requests.post(server.url + "/events", headers=FRAMED, timeout=10).status_code == 403
    assert requests.get(server.url, headers={"Origin": AROUND}, timeout=10).status_code == 403
