"""dashboard.server.app under attack: each attack is tried against the running server."""

import contextlib
import http.client
import json
import re
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil
import pytest
import websocket

from dashboard.names import LONGEST_ENVIRONMENT
from dashboard.server.process import Server
from tests.support.servers import serving

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
TOO_LONG = "a" * (LONGEST_ENVIRONMENT + 1)
BAD_NAMES = ("../victim", "..", ".hidden", "a/b", "a\\b", "a\nb", "a'b", 'a"b', "<b>", "a&b", "",
             " a", TOO_LONG, "\u202eevil", "a\x00b", "é", 7, ["a"], {"a": 1})  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("open") / "server.log"
    with serving(8470, log) as server:
        yield server


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that demands a login."""
    log = tmp_path_factory.mktemp("locked") / "server.log"
    options = {"username": "ada", "password": "lovelace"}
    with serving(8470, log, **options) as server:
        yield server


@pytest.fixture(params=MOUNTS, ids=["at the root", "below /visdom"])
def mount(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def needed_files(request: pytest.FixtureRequest) -> None:
    """Only what shows Visdom's own page needs its browser files, and skips without them."""
    parameters = getattr(request.node, "callspec", None)
    if parameters and parameters.params.get("path") in VISDOM_PAGES:
        request.getfixturevalue("page_files")


@pytest.fixture(autouse=True)
def server_survives(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did, its servers still live and answer afterwards."""
    yield
    for name in {"server", "locked"} & set(request.fixturenames):
        attacked: Server = request.getfixturevalue(name)
        assert attacked.generation == 1
        assert ask(attacked, "GET", "/trainboard/alive", headers=attacked.headers).status == 200


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


# Who may ask


@pytest.mark.parametrize("path", GETS)
def test_a_page_is_refused_under_a_foreign_host_name(server: Server, path: str) -> None:
    assert ask(server, "GET", path).status in (200, 302)
    for host in ("evil.example", "evil.example:8470", "127.0.0.1.evil.example", "", "localhost@x"):
        answer = ask(server, "GET", path, headers={"Host": host})
        assert answer.status in (400, 403), host


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example", "Content-Type": "text/plain"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_a_foreign_sites_post_is_refused(server: Server, headers: dict[str, str]) -> None:
    body = {"eid": "planted", "win": "w", "data": [{"type": "text", "content": "x"}]}
    for path in POSTS:
        assert ask(server, "POST", path, body, headers).status == 403, path
    assert "planted" not in environments(server)


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_a_foreign_sites_socket_is_refused(
    server: Server, path: str, headers: dict[str, str]
) -> None:
    with (
        pytest.raises(websocket.WebSocketBadStatusException) as refused,
        connect(server, path, **headers),
    ):
        pass
    assert refused.value.status_code == 403
    with connect(server, path, Origin=server.url) as own:
        assert own.recv()


def test_another_sites_link_opens_a_page_but_cannot_load_anything(server: Server) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert (
        ask(server, "GET", "/env/main", headers={**link, "Sec-Fetch-Dest": "document"}).status
        == 200
    )
    for use in ("iframe", "script", "image", "empty"):
        assert (
            ask(server, "GET", "/env/main", headers={**link, "Sec-Fetch-Dest": use}).status == 403
        )


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "[::1]:8470"])
def test_a_tunnel_may_change_the_port(server: Server, host: str) -> None:
    assert ask(server, "GET", "/", headers={"Host": host, "Origin": f"http://{host}"}).status == 200


# What may be asked


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


@pytest.mark.parametrize("name", ["mnist-mlp-1120-165500_compare", "a.b=0.1, c@2", "_x", "a" * 200])
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


def closes(connection: websocket.WebSocket) -> int:
    """Read until the server closes; its code."""
    while True:
        frame = connection.recv_frame()
        if frame.opcode == websocket.ABNF.OPCODE_CLOSE:
            return int.from_bytes(frame.data[:2], "big")


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


def answers_a_ping(page: websocket.WebSocket) -> bool:
    page.send('{"cmd": "trainboard_ping"}')
    while "trainboard_pong" not in page.recv():
        pass
    return True


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
        '{"data": NaN}', '{"data": [Infinity]}', '{"data": -Infinity}', '{"data": 1e999}',
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


# What goes out


def test_every_answer_carries_the_security_headers(server: Server) -> None:
    for method, path in [("GET", path) for path in (*GETS, "/nothing")] + [("POST", "/events")]:
        headers = ask(server, method, path).headers
        assert headers["X-Frame-Options"] == "DENY", path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "unsafe-inline" not in policy.split("style-src")[0]
        assert "Server" not in headers


@pytest.mark.parametrize("path", OUR_PAGES)
def test_our_page_runs_no_scripts_but_our_files(server: Server, path: str) -> None:
    answer = ask(server, "GET", path)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    for tag in re.findall(r"<script[^>]*>", answer.text):
        assert 'src="/trainboard/' in tag
    assert "<style" not in answer.text


@pytest.mark.parametrize("path", VISDOM_PAGES)
def test_visdoms_page_marks_its_scripts_with_a_nonce_of_its_own(server: Server, path: str) -> None:
    pages = [ask(server, "GET", path) for _ in range(2)]
    nonces = [
        re.search(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"]) for page in pages
    ]
    assert nonces[0]
    assert nonces[1]
    assert nonces[0][1] != nonces[1][1]
    scripts = re.findall(r"<script[^>]*>", pages[0].text)
    assert len(scripts) > 10
    assert all(f'nonce="{nonces[0][1]}"' in script for script in scripts)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/update", {"eid": "nowhere", "win": "w", "data": []}),
        ("/events", {"eid": "main", "data": []}),
        ("/events", {"eid": "main", "data": "x"}),
        ("/fork_env", {"prev_eid": "nowhere", "eid": "x"}),
        ("/delete_env", {"eid": "nowhere"}),
        ("/win_data", {"eid": "nowhere", "win": "w"}),
        ("/env/main", {"sid": ["x"]}),
        ("/", {"username": "a", "password": "b"}),
        ("/nothing/at/all", {}),
    ],
    ids=str,
)
def test_an_error_page_shows_no_trace_and_no_path(
    server: Server, path: str, body: dict[str, object]
) -> None:
    answer = ask(server, "POST", path, body)  # which of them are errors depends on the version
    assert len(answer.text) < 200
    for leak in ("Traceback", ".py", "site-packages", "/home", "/root", "/tmp", "File "):
        assert leak not in answer.text


def test_a_subscriber_that_never_reads_is_dropped_and_memory_stays_bounded(
    server: Server,
) -> None:
    host = psutil.Process(server.pid)
    window = {"eid": "main", "win": "big", "data": [{"type": "text", "content": "x" * 2**20}]}
    ask(server, "POST", "/events", window)
    before = host.memory_info().rss
    with connect(server) as deaf:
        for _ in range(70):
            assert ask(server, "POST", "/events", window).status == 200
        assert host.memory_info().rss - before < 120 * 2**20
        received = 0
        with contextlib.suppress(OSError, websocket.WebSocketException):
            while message := deaf.recv():
                received += len(message)
        assert 2**20 < received < 64 * 2**20
    window["data"] = [{"type": "text", "content": ""}]
    ask(server, "POST", "/events", window)


# The login


@pytest.mark.parametrize("path", [path for path in GETS if path != "/login"])
def test_without_a_login_nothing_is_shown(locked: Server, path: str) -> None:
    answer = ask(locked, "GET", path)
    if path in (*OUR_PAGES, *VISDOM_PAGES, "/visdom"):
        assert answer.status == 302
        assert answer.headers["Location"] == "/login?next=" + quote(path, safe="")
    else:
        assert answer.status == 401
    assert "main" not in answer.text


@pytest.mark.parametrize("token", [None, "", "wrong", "ö"])
def test_without_a_login_or_the_token_no_post_is_taken(locked: Server, token: str | None) -> None:
    headers = {} if token is None else {"X-Trainboard-Token": token.encode().decode("latin-1")}
    for path in POSTS:
        assert ask(locked, "POST", path, {"eid": "main"}, headers).status == 401, path


@pytest.mark.parametrize("path", SOCKETS)
def test_without_a_login_no_socket_opens(locked: Server, path: str) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as refused, connect(locked, path):
        pass
    assert refused.value.status_code == 401
    with connect(locked, path, **locked.headers) as own:
        assert own.recv()


def log_in(server: Server, username: str, password: str, target: str = "/env/main") -> Answer:
    form = urlencode({"username": username, "password": password})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": server.url}
    return ask(server, "POST", "/login?next=" + quote(target, safe=""), form, headers)


@pytest.mark.parametrize(
    ("username", "password"),
    [("ada", "wrong"), ("wrong", "lovelace"), ("", ""), ("ada", ""), ("ada", "lovelace\0"),
     ("ADA", "lovelace"), ("ada", "ö" * 1000)],
)  # fmt: skip
def test_a_wrong_login_gives_no_cookie(locked: Server, username: str, password: str) -> None:
    answer = log_in(locked, username, password)
    assert answer.status == 401
    assert "Set-Cookie" not in answer.headers
    assert log_in(locked, "ada", "lovelace").status == 303  # and the pauses begin anew


def test_a_login_gives_a_cookie_that_scripts_and_other_sites_cannot_use(locked: Server) -> None:
    answer = log_in(locked, "ada", "lovelace")
    assert (answer.status, answer.headers["Location"]) == (303, "/env/main")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    session = {"Cookie": cookie.split(";")[0]}
    assert ask(locked, "GET", "/env/main", headers=session).status == 200
    assert ask(locked, "POST", "/env_state", {}, session).status == 200
    with connect(locked, **session) as page:
        assert page.recv()


def test_a_forged_or_foreign_cookie_opens_nothing(locked: Server) -> None:
    cookie = log_in(locked, "ada", "lovelace").headers["Set-Cookie"].split(";")[0]
    name, _, value = cookie.partition("=")
    for forged in (value[:-2] + "xx", "in", "", value.replace("aW4=", "b3V0")):
        answer = ask(locked, "POST", "/env_state", {}, {"Cookie": f"{name}={forged}"})
        assert answer.status == 401 or forged == value


@pytest.mark.parametrize("target", ["http://evil.example", "//evil.example", "/\\evil.example", ""])
def test_a_login_never_leads_to_another_site(locked: Server, target: str) -> None:
    assert log_in(locked, "ada", "lovelace", target).headers["Location"] == "/"


def test_a_login_from_another_site_is_refused(locked: Server) -> None:
    form = urlencode({"username": "ada", "password": "lovelace"})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://evil.example"}
    assert ask(locked, "POST", "/login", form, headers).status == 403
