"""A Visdom server that somebody else runs: what stands in the way there, said before it happens.

It may want a login, of which stock clients know one kind, or show nobody its pages; and it has none
of our style sheets. Windows are drawn and sent to it as to any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.board.client import Client, ClientError, NotTakenError, RemoteHost, proxied
from dashboard.board.wire import ANSWER_TIMEOUT_S, CONNECT_TIMEOUT_S
from dashboard.server.address import PASSWORD_VARIABLE, USERNAME_VARIABLE, ServerError

WANTS_LOGIN = frozenset({400, 401})  # as Visdom says it, and as we do
BOTH = f"{USERNAME_VARIABLE} and {PASSWORD_VARIABLE}"
BARE = Path(__file__).resolve().parents[1] / "page" / "static" / "css" / "bare.css"


def introduced(
    url: str, username: str | None, password: str | None, report: Callable[[str], object]
) -> RemoteHost:
    """The server as the board may use it from now on, logged in where it wants that.

    report: told what will go wrong there but hinders no window. Raises ServerError with a sentence
    where nothing can be sent to it.
    """
    host = RemoteHost(url)
    try:
        Client(host).check()
    except NotTakenError as why:
        if why.status not in WANTS_LOGIN:
            raise ServerError(f"no Visdom server answers at {url}: {why}") from why
        host = _logged_in(host, username, password)
    except ClientError as why:
        reason = type(why.__cause__).__name__ if why.__cause__ else str(why)
        raise ServerError(f"no Visdom server answers at {url}: {reason}") from why
    if not Client(host).shows_pages():
        report(
            f"the Visdom server at {url} takes windows but shows nobody its pages (403), as Visdom "
            'does with tornado 6.6 or newer: there, pip install "tornado<6.6" and start it anew'
        )
    return host


def _logged_in(host: RemoteHost, username: str | None, password: str | None) -> RemoteHost:
    """The same server, with the cookie that it gives to who logs in as stock clients do."""
    if not (username and password):
        raise ServerError(f"the Visdom server at {host.url} wants a login: set {BOTH}")
    import requests  # takes long to import

    body = {"username": username, "password": hashlib.sha256(password.encode()).hexdigest()}
    try:
        with requests.Session() as session:
            session.trust_env = proxied(host)
            timeout = (CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S)
            session.post(f"{host.url}/", json=body, timeout=timeout, allow_redirects=False)
            cookies = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
        host = replace(host, cookie=cookies)
        Client(host).check()
    except (requests.RequestException, ClientError) as why:
        raise ServerError(
            f"the Visdom server at {host.url} does not take the login of {BOTH}"
        ) from why
    return host


def dress(packet: dict[str, Any]) -> None:
    """Give a text the style that makes its tables readable on any Visdom page."""
    first = packet["data"][0]
    if first.get("type") == "text":
        first["content"] = f"<style>{_bare_style()}</style>{first['content']}"


@cache
def _bare_style() -> str:
    return BARE.read_text(encoding="utf-8").partition("*/")[2]
