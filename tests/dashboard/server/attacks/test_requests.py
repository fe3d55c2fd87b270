"""dashboard.server.app under attack: what may be asked. Names, bodies, messages and addresses."""

import json
import socket
import struct
from pathlib import Path
from urllib.parse import quote

import pytest

from dashboard.names import LONGEST_ENVIRONMENT
from dashboard.server.process import Server
from tests.support.attacks import (
    POSTS,
    ROOT_POSTS,
    answers_a_ping,
    ask,
    closes,
    connect,
    environments,
)

TOO_LONG = "a" * (LONGEST_ENVIRONMENT + 1)
BAD_NAMES = ("../victim", "..", ".hidden", "/a/b", "a\\b", "a\nb", "a'b", 'a"b', "<b>", "a&b", "",
             " a", TOO_LONG, "\u202eevil", "a\x00b", "a\u2028b", 7, ["a"], {"a": 1})  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES, ids=repr)
def test_a_bad_environment_name_is_refused_everywhere(
    server: Server, mount: str, name: object
) -> None:
    window = {"win": "w", "data": [{"type": "text", "content": "x"}]}
    before = environments(server)
    for path in ROOT_POSTS[:-2]:
        if path == "/save":
            assert ask(server, "POST", mount + path, {"data": [name]}).status == 400
            continue
        assert ask(server, "POST", mount + path, {"eid": name, **window}).status == 400, path
    assert ask(server, "POST", f"{mount}/fork_env", {"prev_eid": "main", "eid": name}).status == 400
    assert ask(server, "POST", f"{mount}/fork_env", {"prev_eid": name, "eid": "x"}).status == 400
    assert ask(server, "POST", f"{mount}/env/main", {"sid": "x", "eid": name}).status == 400
    if isinstance(name, str):
        for method in ("GET", "POST"):
            path = f"{mount}/env/" + quote(name, safe="")
            assert ask(server, method, path, {"sid": "x"}).status == 400
            path = f"{mount}/compare/main+" + quote(name, safe="")
            assert ask(server, method, path, {"sid": "x"}).status == 400
    assert environments(server) == before


@pytest.mark.parametrize(
    "name", ["mnist-mlp-1120-165500_compare", "a.b=0.1, c@2", "_x", "a" * 200, "实验: 一"]
)
def test_a_plain_environment_name_is_welcome(server: Server, name: str) -> None:
    window = {"win": "w", "data": [{"type": "text", "content": "x"}]}
    assert ask(server, "POST", "/events", {"eid": name, **window}).status == 200
    assert ask(server, "GET", "/env/" + quote(name)).status == 200
    assert name in environments(server)


@pytest.mark.parametrize("up", ["../", "../../", "..\\", "/"], ids=repr)
def test_no_file_of_the_user_can_be_deleted_or_written(
    server: Server, tmp_path: Path, mount: str, up: str
) -> None:
    """Visdom deletes and writes NAME.json below its folder, for any NAME it is given."""
    assert server._scratch
    victim = server._scratch.path.parent / f"victim-{server.port}.json"
    victim.write_text("{}")
    name = f"{up}{victim.stem}" if up != "/" else str(victim.with_suffix(""))
    try:
        for path in ("/delete_env", "/save", "/fork_env", "/env/main"):
            body = {"eid": name, "prev_eid": "main", "data": [name], "sid": "x"}
            assert ask(server, "POST", mount + path, body).status == 400
        for command in ("delete_env", "save"):
            with connect(server, f"{mount}/socket") as page:
                names = {"eid": name, "prev_eid": "main"}
                page.send(json.dumps({"cmd": command, **names, "data": {}}))
                assert closes(page) == 1007
        assert victim.read_text() == "{}"
    finally:
        victim.unlink()
    assert not list(server._scratch.path.parent.glob("victim-*"))


@pytest.mark.parametrize(
    "message",
    [
        "", "{", "[]", "7", "null", '{"cmd": NaN}', "x" * 100,
        *({"cmd": command, key: "a/b", "win": "w", "data": {}}
          for command in ("close", "save", "delete_env", "layout_item_update")
          for key in ("eid", "prev_eid")),
        {"cmd": "forward_to_vis", "data": {"eid": "a\\b", "target": "w"}},
        {"cmd": "pop_embeddings_pane", "data": {"eid": ["x"], "target": "w"}},
    ],
    ids=str,
)  # fmt: skip
def test_a_malformed_message_closes_only_its_own_socket(server: Server, message: object) -> None:
    with connect(server) as other, connect(server) as page:
        page.send(message if isinstance(message, str) else json.dumps(message))
        assert closes(page) == 1007
        assert answers_a_ping(other)


@pytest.mark.parametrize(
    "message",
    [
        {"cmd": "close", "eid": "nowhere", "data": "w"},
        {"cmd": "delete_env", "eid": "nowhere"},
        {"cmd": "save", "eid": "x", "prev_eid": "nowhere", "data": {}},
        {"cmd": "layout_item_update", "eid": "nowhere", "win": "w", "data": {}},
        {"cmd": "layout_item_update"},
        {"cmd": "forward_to_vis"},
        {"cmd": "unheard of"},
        {},
    ],
    ids=str,
)
def test_a_message_about_nothing_is_ignored(server: Server, message: object) -> None:
    with connect(server) as page:
        page.send(json.dumps(message))
        assert answers_a_ping(page)


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "not json", "null", "7", "[]", '"text"', "[" * 100_000, "\xff",
    ],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
def test_a_body_that_no_browser_could_read_is_refused(server: Server, body: str) -> None:
    for path in POSTS:
        assert ask(server, "POST", path, body).status == 400, path


def test_json_within_json_is_checked_too(server: Server) -> None:
    body = {"eid": "main", "win": None, "data": '{"w": NaN}'}
    assert ask(server, "POST", "/win_data", body).status == 400


def test_a_body_above_the_limit_is_refused_before_it_is_read(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        head = (
            f"POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {64 * 2**20 + 1}\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 4")
        assert server.pid


def test_a_message_above_the_limit_closes_its_socket(server: Server) -> None:
    with connect(server) as page:
        # Its head alone: a server that closes while more arrives may be heard as a reset.
        assert page.sock
        page.sock.sendall(struct.pack(">BBQ4s", 0x81, 0xFF, 4 * 2**20 + 1, b"mask"))
        assert closes(page) == 1009


@pytest.mark.parametrize(
    "path", ["/socket_wrap", "/vis_socket_wrap", "/error/x", "/upload_env", "/experiments/log",
             "/nothing", "/static/../index.html", "/static/%2e%2e/%2e%2e/__init__.py",
             "/static/..%5c..%5c__init__.py", "/compare/main", "/compare/main+main", "/visdomx",
             "/visdom/nothing", "/visdom/socket_wrap", "/visdom/static/js/main.js", "/visdom/login",
             "/trainboard/page/../__init__.py", "/trainboard/page/%2e%2e/__init__.py",
             "/trainboard/page/..%2f..%2fserver/app.py", "/trainboard/page/..%5c__init__.py",
             "/trainboard/page//etc/passwd", "/trainboard/page/js", "/trainboard/page/",
             "/trainboard/plotly.js/../../__init__.py", "/trainboard/api/experiments"],
)  # fmt: skip
def test_what_the_page_does_not_need_is_not_served(server: Server, path: str) -> None:
    assert ask(server, "GET", path).status in (403, 404)
    assert ask(server, "POST", path, {}).status in (400, 403, 404, 405) or "compare" in path
