"""How a browser shows that it was let in: by a signed cookie, which lasts until it is ended.

A cookie needs no memory of ours; an ended session does, and a small file keeps it, so that a
restarted host knows it too. Who is let in is for `dashboard.server.login` and `Access` to say.
"""

import logging
import os
import secrets
import time
from pathlib import Path
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler, decode_signed_value

from dashboard.server.access import Access
from dashboard.server.private import open_own

SESSION_DAYS = 7
STOCK_COOKIE = "user_password"
"""The one cookie that a stock client sends with its socket; its requests send all they were given.
No browser gets it, so it need not tell two servers of one host apart."""
DAY_S = 24 * 3600.0
log = logging.getLogger(__name__)


class Sessions:
    """Names for new sessions, and those that have ended. The file may be missing or damaged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ended_sessions = set(_read(path))

    def new(self) -> str:
        return secrets.token_urlsafe(16)

    def lasts(self, session: str) -> bool:
        """Whether the session goes on; that its cookie is genuine was checked before."""
        return session not in self._ended_sessions

    def end(self, session: str) -> None:
        """Let nobody in with this session any more."""
        self._ended_sessions.add(session)
        try:
            with os.fdopen(open_own(self._path, os.O_WRONLY | os.O_APPEND), "w") as file:
                file.write(f"{time.time():.0f} {session}\n")
        except OSError as error:
            log.warning("a logout will be forgotten when the server restarts: %s", error.strerror)


def session(request: HTTPServerRequest, settings: dict[str, Any]) -> str | None:
    """The session that a request's cookie names, if it is one of ours and goes on."""
    access: Access = settings["access"]
    cookie = request.cookies.get(access.cookie) or request.cookies.get(STOCK_COOKIE)
    value = cookie and decode_signed_value(
        settings["cookie_secret"], access.cookie, cookie.value, max_age_days=SESSION_DAYS
    )
    name = (value or b"").decode()
    return name if name and settings["sessions"].lasts(name) else None


def entry_token(request: HTTPServerRequest, access: Access) -> bool:
    """Whether the request's address carries the token that the terminal showed."""
    values = request.query_arguments.get("token", [])
    return any(access.opens_with(value) for value in values)


def let_in(handler: RequestHandler, cookie: str = "") -> None:
    """Begin a session: give the visitor's browser, or client, the cookie that names it.

    cookie: what it is called there; it is signed for our own name in any case.
    """
    own = handler.settings["access"].cookie
    value = handler.create_signed_value(own, handler.settings["sessions"].new())
    handler.set_cookie(
        cookie or own, value, expires_days=SESSION_DAYS, httponly=True, samesite="Strict"
    )


def _read(path: Path) -> list[str]:
    """The sessions in the file whose cookies have not run out anyway."""
    try:
        with os.fdopen(open_own(path, os.O_RDONLY)) as file:
            rows = [line.split() for line in file]
    except (OSError, ValueError):
        return []
    oldest_s = time.time() - (SESSION_DAYS + 1) * DAY_S
    return [
        row[1] for row in rows if len(row) == 2 and row[0].isdigit() and float(row[0]) > oldest_s
    ]
