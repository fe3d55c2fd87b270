"""The login of a server that other machines can reach, for people and for stock clients, and the
way out again.

How often a password may be tried is `attempts`' to say, what a session opens is `guard`'s.
"""

import asyncio
import logging
import math
import re
import time
from collections.abc import Callable
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher

from dashboard.server import peers
from dashboard.server.access import RefusedError, strict_json
from dashboard.server.attempts import OWN_USER, Attempts, pause_s
from dashboard.server.guard import Guard
from dashboard.server.pages import ICON
from dashboard.server.sessions import STOCK_COOKIE, let_in, session

SLOWEST_ANSWER_S = 1.0  # of a wrong login; a longer pause is told, not waited for
# Where a login may lead: our own pages. No second slash, so never to another host.
LOCAL_PAGE = re.compile(r"/(visdom/?)?|/(visdom/)?env/[A-Za-z0-9_.,:=@~%+-]{1,700}")
# What a person chose stands in a page's address; nothing in it can name another host.
QUERY = re.compile(r"[A-Za-z0-9_.,:;=@&%+*!~()$/?-]{0,4000}")
log = logging.getLogger(__name__)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trainboard: log in</title>
<link rel="icon" href="{icon}">
<style>
body {{ font: 15px system-ui, sans-serif; background: #f4f5f7; color: #1f2933; margin: 0;
       display: grid; place-items: center; min-height: 100vh; }}
form {{ background: #fff; border: 1px solid #dfe3e8; border-radius: 10px; padding: 28px 32px;
       width: 260px; box-shadow: 0 4px 16px rgba(15, 23, 42, .06); }}
h1 {{ font-size: 19px; margin: 0 0 18px; }}
label {{ display: block; margin-bottom: 12px; }}
input {{ box-sizing: border-box; width: 100%; padding: 8px; margin-top: 4px; font: inherit;
        border: 1px solid #c3cad3; border-radius: 6px; }}
button {{ width: 100%; padding: 9px; font: inherit; font-weight: 600; color: #fff; border: 0;
         background: #2563eb; border-radius: 6px; cursor: pointer; }}
p {{ color: #b42318; margin: 0 0 12px; }}
</style>
</head>
<body>
<form method="post">
<h1>Trainboard</h1>
{message}
<label>User name<input name="username" autocomplete="username" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required>
</label>
<button>Log in</button>
</form>
</body>
</html>
"""


class Entrance(Guard):
    """Looks at a name and a password, no more often than `attempts` allows."""

    public = True

    def check_request(self) -> None:
        """A login is no message of Visdom's: there is nothing to check before the login itself."""

    async def try_in(self, right: Callable[[], bool]) -> bool:
        """Whether the login is right; a wrong or early one is answered by `refuse`."""
        now_s = time.monotonic()
        address = OWN_USER if self.is_owner() else str(self.request.remote_ip)
        attempts: Attempts = self.settings["attempts"]
        paused_s = attempts.wait_s(address, now_s)
        if paused_s:
            wait_s = math.ceil(paused_s)
            self.set_header("Retry-After", str(wait_s))
            self.refuse(429, f"Too many wrong logins: try again in {wait_s} s.")
            return False
        if not right():
            count = attempts.wrong(address, now_s)
            log.warning("wrong login from %s (%d in a row)", self.request.remote_ip, count)
            await asyncio.sleep(min(pause_s(count), SLOWEST_ANSWER_S))
            self.refuse(401, "That is not the user name and password.")
            return False
        attempts.right(address)
        return True

    def is_owner(self) -> bool:
        """Whether a process of the user who started us asks: others' mistakes are not theirs."""
        return peers.is_ours(self.request.connection.stream.socket)  # type: ignore[union-attr]

    def refuse(self, status: int, sentence: str) -> None:
        raise RefusedError(status, sentence)


class LoginHandler(Entrance):
    """GET shows the form; POST checks it, sets the session's cookie and goes on to `next`."""

    def get(self) -> None:
        self.finish(PAGE.format(icon=ICON, message=""))

    async def post(self) -> None:
        name = self.get_body_argument("username", "", strip=False)
        password = self.get_body_argument("password", "", strip=False)
        if await self.try_in(lambda: self.access.accepts(name, password)):
            let_in(self)
            target = self.get_query_argument("next", "/", strip=False)
            self.redirect(local(target), status=303)

    def refuse(self, status: int, sentence: str) -> None:
        self.set_status(status)
        self.finish(PAGE.format(icon=ICON, message=f"<p>{sentence}</p>"))


class StockLogin(Entrance):
    """POST to / is how a stock client logs in: {username, password}, the latter as its SHA-256."""

    async def post(self) -> None:
        if not self.access.needs_session:
            return  # whoever got this far is let in without
        if not self.access.username:
            raise RefusedError(401, self.access.sentence)
        message = strict_json(self.request.body)
        if not isinstance(message, dict):
            raise RefusedError(400, "The body must be a JSON object.")
        name, digest = (str(message.get(key)) for key in ("username", "password"))
        if await self.try_in(lambda: self.access.accepts_digest(name, digest)):
            let_in(self, STOCK_COOKIE)


class Posted(Matcher):
    """A rule's condition: the request is a POST to this path."""

    def __init__(self, path: str) -> None:
        self._path = path

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        return {} if (request.method, request.path) == ("POST", self._path) else None


class LogoutHandler(Guard):
    """POST ends the session for good: its cookie, and its pages that are open elsewhere."""

    def check_request(self) -> None:
        """Nothing is asked but the end."""

    def post(self) -> None:
        session_name = session(self.request, self.settings)
        if session_name:
            self.settings["sessions"].end(session_name)
            for page in list(self.settings["sockets"]):
                if page.session == session_name:
                    page.close(1008, "logged out")
        self.clear_cookie(self.access.cookie)
        self.redirect("/login" if self.access.username else "/", status=303)


def local(target: str) -> str:
    """The address, where it is one of our pages, with what was chosen in it; else our first."""
    page, _, query = target.partition("?")
    if not LOCAL_PAGE.fullmatch(page):
        return "/"
    return f"{page}?{query}" if query and QUERY.fullmatch(query) else page
