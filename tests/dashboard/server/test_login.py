"""dashboard.server.login and dashboard.server.sessions: in with a password or the token, and out
again."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
import websocket

from dashboard.server.process import Server
from dashboard.server.sessions import SESSION_DAYS, Sessions
from tests.support import other_user
from tests.support.launching import until
from tests.support.other_user import needs_root
from tests.support.servers import serving

RIGHT, WRONG = {"username": "ada", "password": "lovelace"}, {"username": "ada", "password": "wr0ng"}


@pytest.fixture(scope="module")
def tokened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as on a machine where the owner of a connection cannot be known."""
    log = tmp_path_factory.mktemp("token") / "server.log"
    with serving(8580, log, entry="token") as server:
        yield server


def log_in(server: Server, form: dict[str, str], target: str = "/") -> requests.Response:
    return requests.post(
        f"{server.url}/login?next={quote(target, safe='')}",
        data=form,
        timeout=10,
        allow_redirects=False,
    )


def session(server: Server) -> dict[str, str]:
    """The cookie of somebody who has just logged in."""
    return log_in(server, RIGHT).cookies.get_dict()


def status(server: Server, cookies: dict[str, str]) -> int:
    return requests.get(f"{server.url}/trainboard/alive", cookies=cookies, timeout=5).status_code


# Wrong passwords


def test_a_wrong_login_leaves_a_line_without_what_was_typed(locked: Server) -> None:
    lines_before = locked.log_path.read_text().count("\n")
    assert log_in(locked, {"username": "my-pa55word", "password": "lovelac3"}).status_code == 401
    assert log_in(locked, RIGHT).status_code == 303
    said = locked.log_path.read_text()
    assert said.count("\n") == lines_before + 1
    assert "wrong login from 127.0.0.1 (1 in a row)" in said
    assert "my-pa55word" not in said
    assert "lovelac" not in said


TWO_AT_ONCE = """
port = int(sys.argv[1])
kind = {"Content-Type": "application/x-www-form-urlencoded"}
def send(password):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    form = urllib.parse.urlencode({"username": "ada", "password": password})
    connection.request("POST", "/login", form, kind)
    return connection
first = send("wr0ng")
time.sleep(0.1)
second = send("lovelace").getresponse()
print(second.status, second.headers["Retry-After"], second.headers["Set-Cookie"])
print(first.getresponse().status)
print(send("lovelace").getresponse().status)
"""


@needs_root
def test_after_a_wrong_password_not_even_the_right_one_is_looked_at_for_a_while(
    locked: Server,
) -> None:
    assert other_user.run(TWO_AT_ONCE, locked.port).splitlines() == ["429 1 None", "401", "303"]


@needs_root
def test_whoever_started_the_server_gets_in_while_others_try_passwords(locked: Server) -> None:
    code = (
        TWO_AT_ONCE.partition("first =")[0]
        + """
for _ in range(4):
    send("wr0ng").getresponse()
print("tried", flush=True)
sys.stdin.read()
"""
    )
    with other_user.start(code, locked.port) as other:
        assert other.stdout
        assert other.stdout.readline() == "tried\n"
        assert log_in(locked, RIGHT).status_code == 303
        other.kill()


# Where a login leads


@pytest.mark.parametrize(
    "target",
    ["http://evil.example", "//evil.example", "/\\evil.example", "\\/evil.example", "",
     "/\t/evil.example", "/%09/evil.example", "/\n/evil.example", " //evil.example",
     "/\x00/evil.example", "/env/../..//evil.example", "/env//evil.example", "/env/a\r\nX: y",
     "///evil.example", "/env/\\evil.example", "javascript:alert(1)", "/logout", "/env/a b",
     "/visdom//evil.example", "/visdomevil", "/visdom/../..//evil.example", "/visdom/events",
     "//evil.example?x=epoch", "/env/a/b?x=epoch", "?x=epoch", "/trainboard/alive?x=epoch"],
)  # fmt: skip
def test_a_login_leads_to_no_page_but_ours(locked: Server, target: str) -> None:
    assert log_in(locked, RIGHT, target).headers["Location"] == "/"


VIEW = (
    "x=epoch&smooth=0.6&off=%7B%22activation%22%3A%5B%22%5C%22sigmoid%5C%22%22%5D%7D&q=lr%3D0.1+-a"
)


@pytest.mark.parametrize(
    "target",
    ["/", f"/?{VIEW}", "/env/main", "/env/mnist-mlp-1120_lr%3D0.1%2C%20x", f"/env/main?{VIEW}",
     "/visdom", "/visdom/", "/visdom/env/main", "/env/one~two_compare"],
)  # fmt: skip
def test_a_login_leads_to_the_page_that_was_asked_for(locked: Server, target: str) -> None:
    asked = requests.get(locked.url + target, timeout=5, allow_redirects=False)
    assert asked.status_code == 302
    login = asked.headers["Location"]
    assert login == "/login?next=" + quote(target, safe="")
    form = requests.post(locked.url + login, data=RIGHT, timeout=10, allow_redirects=False)
    assert form.headers["Location"] == target


@pytest.mark.parametrize(
    "query", ["x=1\r\nSet-Cookie: a=b", "x=\x00", "x=<script>", "x=ö", "x" * 5000]
)
def test_an_odd_view_is_forgotten_and_the_page_opens(locked: Server, query: str) -> None:
    answer = log_in(locked, RIGHT, f"/env/main?{query}")
    assert answer.headers["Location"] == "/env/main"
    assert answer.headers["Set-Cookie"].startswith("trainboard_")


# Out again


def test_a_logout_ends_the_session_for_good_and_its_open_pages(locked: Server) -> None:
    mine, others = session(locked), session(locked)
    cookie = "; ".join(f"{name}={value}" for name, value in mine.items())
    pages = [
        websocket.create_connection(
            locked.url.replace("http", "ws") + path, header={"Cookie": cookie}, timeout=5
        )
        for path in ("/socket", "/visdom/socket")
    ]
    answer = requests.post(f"{locked.url}/logout", cookies=mine, timeout=5, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert f'{next(iter(mine))}=""' in answer.headers["Set-Cookie"]
    assert [closes(page) for page in pages] == [1008, 1008]
    assert status(locked, mine) == 401
    assert status(locked, others) == 200
    assert locked.pid
    os.kill(locked.pid, signal.SIGKILL)
    until(locked.restart_if_dead)
    locked.wait_ready()
    assert status(locked, mine) == 401, "a restarted server knows it too"
    assert status(locked, others) == 200


def closes(page: websocket.WebSocket) -> int:
    """Read until the server closes; its code."""
    while True:
        frame = page.recv_frame()
        if frame.opcode == websocket.ABNF.OPCODE_CLOSE:
            page.shutdown()
            return int.from_bytes(frame.data[:2], "big")


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}], ids=str
)
def test_another_site_logs_nobody_out(locked: Server, headers: dict[str, str]) -> None:
    mine = session(locked)
    address = f"{locked.url}/logout"
    answer = requests.post(address, cookies=mine, headers=headers, timeout=5)
    assert answer.status_code == 403
    assert requests.get(address, cookies=mine, timeout=5).status_code == 405
    assert status(locked, mine) == 200


def test_ended_sessions_are_kept_no_longer_than_their_cookies_last(tmp_path: Path) -> None:
    path = tmp_path / "ended"
    old_s = time.time() - (SESSION_DAYS + 2) * 24 * 3600
    path.write_text(f"{old_s:.0f} old\n{time.time():.0f} new\nhalf a li")
    sessions = Sessions(path)
    assert sessions.lasts("old")
    assert not sessions.lasts("new")


@pytest.mark.parametrize("entered", ["login", "token"])
def test_a_page_learns_whether_there_is_a_session_to_end(
    locked: Server, tokened: Server, entered: str
) -> None:
    server, browser = locked if entered == "login" else tokened, requests.Session()
    alive = f"{server.url}/trainboard/alive"
    assert requests.get(alive, headers=server.headers, timeout=5).json()["session"] is False
    if entered == "login":
        browser.post(f"{server.url}/login", data=RIGHT, timeout=5)
    else:
        browser.get(f"{server.url}/{server.entry_query}", timeout=5)
    assert browser.get(alive, timeout=5).json()["session"] is True


# The token


def test_the_opened_address_lets_a_browser_in_once_and_for_all(tokened: Server) -> None:
    page = f"{tokened.url}/env/main"
    refused = requests.get(page, timeout=5, allow_redirects=False)
    assert (refused.status_code, refused.text) == (
        401,
        "Open the address that the terminal shows: it lets this browser in.",
    )
    browser = requests.Session()
    entered = browser.get(page + tokened.entry_query, timeout=5, allow_redirects=False)
    assert (entered.status_code, entered.headers["Location"]) == (302, "/env/main")
    cookie = entered.headers["Set-Cookie"]
    assert cookie.startswith(f"trainboard_{tokened.port}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert browser.get(page, timeout=5).status_code == 200


@pytest.mark.parametrize("path", ["/", "/env/main", "/visdom", "/visdom/env/main"])
def test_the_token_leaves_the_address_and_the_view_stays(tokened: Server, path: str) -> None:
    address = f"{tokened.url}{path}{tokened.entry_query}&{VIEW}&q2="
    answer = requests.get(address, timeout=5, allow_redirects=False)
    assert answer.headers["Location"] == f"{path}?{VIEW}&q2="


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=%FF", "?token=a&token=b"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_the_token_nothing_is_answered(tokened: Server, method: str, query: str) -> None:
    for path in ("/", "/env/main", "/events", "/trainboard/alive", "/socket", "/vis_socket",
                 "/visdom", "/visdom/", "/visdom/env/main", "/visdom/events", "/visdom/socket",
                 "/trainboard/plotly.js", "/trainboard/page/js/main.js"):  # fmt: skip
        answer = requests.request(
            method, tokened.url + path + query, json={}, timeout=5, allow_redirects=False
        )
        assert answer.status_code == 401, path
        assert "Set-Cookie" not in answer.headers


def test_the_boards_own_token_is_not_the_one_that_is_shown(tokened: Server) -> None:
    assert next(iter(tokened.headers.values())) not in tokened.entry_query
    board = requests.get(f"{tokened.url}/trainboard/alive", headers=tokened.headers, timeout=5)
    assert board.status_code == 200


def test_only_a_server_that_asks_for_the_token_shows_one(locked: Server, tokened: Server) -> None:
    assert locked.entry_query == ""
    assert len(tokened.entry_query) > 40


@needs_root
def test_without_token_and_owners_every_user_of_the_machine_gets_in(tmp_path: Path) -> None:
    with serving(8580, tmp_path / "log", entry="anybody") as server:
        code = 'print(ask(sys.argv[1], "GET", "/trainboard/alive").status)'
        assert other_user.run(code, server.port) == "200\n"
