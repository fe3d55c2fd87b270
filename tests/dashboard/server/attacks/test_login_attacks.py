"""dashboard.server.app under attack: nothing is shown or taken without a login."""

from urllib.parse import quote, urlencode

import pytest
import websocket

from dashboard.server.process import Server
from tests.support.attacks import (
    GETS,
    OUR_PAGES,
    POSTS,
    SOCKETS,
    VISDOM_PAGES,
    Answer,
    ask,
    connect,
)


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
