"""A Visdom server that somebody else runs: what stands in the way there, said before it happens.

It may want a login, of which stock clients know one kind, or show nobody its pages. Nothing is
drawn or started here; windows are sent to it by the client, as to any other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from dashboard.board.client import Client, ClientError, NotTakenError, RemoteHost
from dashboard.server.address import PASSWORD_VARIABLE, USERNAME_VARIABLE, ServerError

WANTS_LOGIN = frozenset({400, 401})  # Visdom's own answer, with nothing in it; and ours
NO_PAGES = 403


def introduced(
    url: str, username: str | None, password: str | None, report: Callable[[str], object]
) -> RemoteHost:
    """The server as the board may use it from now on, logged in where it wants that.

    report: told what will go wrong there but hinders no window. Raises ServerError with a sentence
    where nothing can be sent to it.
    """
    host = RemoteHost(url)
    try:
        Visitor(host).check()
    except NotTakenError as why:
        if why.status not in WANTS_LOGIN:
            raise ServerError(f"no Visdom server answers at {url}: {why}") from why
        host = RemoteHost(url, cookie=_cookie(host, username, password))
    except ClientError as why:
        reason = type(why.__cause__).__name__ if why.__cause__ else str(why)
        raise ServerError(f"no Visdom server answers at {url}: {reason}") from why
    if not Visitor(host).shows_pages():
        report(
            f"the Visdom server at {url} takes windows but shows nobody its pages (403), as Visdom "
            'does with tornado 6.6 or newer: there, pip install "tornado<6.6" and start it anew'
        )
    return host


def _cookie(host: RemoteHost, username: str | None, password: str | None) -> str:
    """What shows that we are logged in. Raises ServerError."""
    both = f"{USERNAME_VARIABLE} and {PASSWORD_VARIABLE}"
    if not (username and password):
        raise ServerError(f"the Visdom server at {host.url} wants a login: set {both}")
    visitor = Visitor(host)
    try:
        visitor.log_in(username, password)
        visitor.check()
    except ClientError as why:
        raise ServerError(
            f"the Visdom server at {host.url} does not take the login of {both}: {why}"
        ) from why
    return visitor.cookie


class Visitor(Client):
    """Asks a server what is asked of it first. Its session keeps the cookie that it is given."""

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._session.cookies.items())

    def log_in(self, username: str, password: str) -> None:
        """Log in as stock clients do. Raises ClientError."""
        digest = hashlib.sha256(password.encode()).hexdigest()
        self._post("/", json.dumps({"username": username, "password": digest}))

    def shows_pages(self) -> bool:
        """Whether a browser would see its page, as far as can be told."""
        try:
            self._ask("GET", "/")
        except NotTakenError as why:
            return why.status != NO_PAGES
        except ClientError:
            return True
        return True
