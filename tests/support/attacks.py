"""What attacks on a server of ours share: its addresses, requests and sockets made by hand."""

import contextlib
import http.client
import json
from collections.abc import Iterator

import websocket

from dashboard.server.process import Server

ROOT_POSTS = ("/events", "/update", "/close", "/save", "/win_exists", "/win_data", "/delete_env",
              "/win_hash", "/env_state", "/fork_env", "/env/main",
              "/compare/main+main")  # fmt: skip
OUR_PAGES = ("/", "/env/main", "/env/not-there-yet")
VISDOM_PAGES = ("/visdom/", "/visdom/env/main")
FILES = ("/static/js/main.js", "/user/style.css", "/trainboard/plotly.js",
         "/trainboard/page/js/main.js", "/trainboard/page/css/page.css")  # fmt: skip
GETS = (*OUR_PAGES, *VISDOM_PAGES, "/visdom", *FILES, "/trainboard/alive", "/login")
# Visdom stands twice: at the root for stock clients, and below /visdom with its own page.
MOUNTS = ("", "/visdom")
POSTS = tuple(mount + path for mount in MOUNTS for path in ROOT_POSTS)
SOCKETS = tuple(mount + path for mount in MOUNTS for path in ("/socket", "/vis_socket"))


class Answer:
    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status, self.headers = answer.status, answer.headers
        self.text = answer.read().decode(errors="replace")


def ask(
    server: Server,
    method: str,
    path: str,
    body: object = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """One request; `body` is sent as it is when it is text, else as JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        connection.request(method, path, text, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


@contextlib.contextmanager
def connect(server: Server, path: str = "/socket", **headers: str) -> Iterator[websocket.WebSocket]:
    origin = headers.pop("Origin", None)
    connection = websocket.create_connection(
        f"ws://127.0.0.1:{server.port}{path}",
        header=headers,
        origin=origin,
        suppress_origin=origin is None,
        host=headers.pop("Host", None),
        timeout=10,
    )
    try:
        yield connection
    finally:
        connection.close()


def environments(server: Server) -> list[str]:
    return list(json.loads(ask(server, "POST", "/env_state", {}, server.headers).text))


def closes(connection: websocket.WebSocket) -> int:
    """Read until the server closes; its code."""
    while True:
        frame = connection.recv_frame()
        if frame.opcode == websocket.ABNF.OPCODE_CLOSE:
            return int.from_bytes(frame.data[:2], "big")


def answers_a_ping(page: websocket.WebSocket) -> bool:
    page.send('{"cmd": "trainboard_ping"}')
    while "trainboard_pong" not in page.recv():
        pass
    return True
