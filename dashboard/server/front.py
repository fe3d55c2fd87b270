"""What is decided about a request from its first line and headers alone.

It runs before the body is read and before a handler of Visdom's is built, whose building alone
already reaches every open page. Who is refused gets the answer at once, and the connection is
closed. What a body may hold is checked behind it, in `dashboard.server.guard`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

import tornado.web
import tornado.websocket
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)

from dashboard.server import offered
from dashboard.server.access import READ_ONLY, TOKEN_HEADER, Access, RefusedError
from dashboard.server.bounds import Bodies, Bounds, Standing, Visits
from dashboard.server.door import stream_of
from dashboard.server.guard import MAX_BODY_BYTES, VISDOM, Guard
from dashboard.server.sessions import entry_token, session

MAX_PUBLIC_BODY_BYTES = 2**14  # of a request that needs no login, or that should have no body
BUSY_RETRY_S = 2


class LoginFirstError(RefusedError):
    """A person who is not logged in asked for a page; `location` is where to log in."""

    def __init__(self, location: str) -> None:
        super().__init__(401, "Log in first.")
        self.location = location


@dataclass(frozen=True)
class Arrival:
    """A request whose headers have come, and the class of the handler that is to answer it."""

    request: HTTPServerRequest
    handler: type[tornado.web.RequestHandler]
    settings: dict[str, Any]

    @property
    def access(self) -> Access:
        access: Access = self.settings["access"]
        return access

    @property
    def public(self) -> bool:
        """Whether it is answered without a login."""
        return bool(getattr(self.handler, "public", False))

    @property
    def places(self) -> tuple[str, ...]:
        """Where a browser may show the answer when another site's page asks for it.

        Within that page only where one may show ours; whether it is that one, the browser sees to.
        """
        can_embed = self.access.embed and getattr(self.handler, "embeddable", False)
        return ("document", "iframe") if can_embed else ("document",)

    @cached_property
    def standing(self) -> Standing:
        """Who asks, as far as the headers show it."""
        if self.access.is_board(self.request.headers.get(TOKEN_HEADER, "")):
            return Standing.BOARD
        if not self.access.needs_session or entry_token(self.request, self.access):
            return Standing.PERSON
        return Standing.PERSON if session(self.request, self.settings) else Standing.STRANGER


def check_sender(arrival: Arrival) -> None:
    """Refuse (403) a host name that is not ours, and other sites' requests."""
    headers = arrival.request.headers
    host = headers.get("Host", "")
    if not arrival.access.knows_host(host):
        raise RefusedError(403, "This server does not answer to that host name.")
    origin = headers.get("Origin")
    if origin is not None and place_of(origin) != host.lower():
        raise RefusedError(403, "Other sites may not use this server.")
    # Following a link to a page, or showing it, is harmless: no page changes anything.
    looks = arrival.request.method == "GET" and headers.get("Sec-Fetch-Dest") in arrival.places
    if headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin") and not looks:
        raise RefusedError(403, "Other sites may not use this server.")


def place_of(origin: str) -> str:
    """The host and port of an Origin header; "" where it names none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def check_session(arrival: Arrival) -> None:
    """Refuse (401, or by leading to the login) who must log in first."""
    if arrival.public or arrival.standing is not Standing.STRANGER:
        return
    page = getattr(arrival.handler, "is_page", False)
    if page and arrival.request.method == "GET" and arrival.access.username:
        query = f"?{arrival.request.query}" if arrival.request.query else ""
        raise LoginFirstError("/login?next=" + quote(arrival.request.path + query, safe=""))
    raise RefusedError(401, arrival.access.sentence)


def check_board(arrival: Arrival) -> None:
    """Refuse (403) everybody else where only the board may ask."""
    if getattr(arrival.handler, "board_only", False) and arrival.standing is not Standing.BOARD:
        raise RefusedError(403, "Only the dashboard itself may ask for this.")


def check_read_only(arrival: Arrival) -> None:
    """Refuse (403) what may change anything where visitors only look."""
    if not arrival.access.read_only or arrival.standing is Standing.BOARD:
        return
    path = arrival.request.path
    route = path.removeprefix(VISDOM) if path.startswith(VISDOM + "/") else path
    if offered.changes(str(arrival.request.method), route):
        raise RefusedError(403, READ_ONLY)


def check_upgrade(arrival: Arrival) -> None:
    """Refuse (400, 426, 503) what tornado would refuse only once the socket's handler is built."""
    if not issubclass(arrival.handler, tornado.websocket.WebSocketHandler):
        return
    headers = arrival.request.headers
    connection = [word.strip() for word in headers.get("Connection", "").lower().split(",")]
    upgrade = headers.get("Upgrade", "").lower() == "websocket" and "upgrade" in connection
    if arrival.request.method != "GET" or not upgrade or "Sec-WebSocket-Key" not in headers:
        raise RefusedError(400, "This address is for web sockets.")
    if headers.get("Sec-WebSocket-Version") != "13":
        raise RefusedError(426, "This server speaks version 13 of web sockets.")
    bounds: Bounds = arrival.settings["bounds"]
    if len(arrival.settings["sockets"]) >= bounds.sockets:
        raise RefusedError(503, "Too many pages are open.", BUSY_RETRY_S)


def check_size(arrival: Arrival) -> None:
    """Refuse (413) a body that is announced to be too large; tornado cuts unannounced ones."""
    short = arrival.public or arrival.request.method != "POST"
    most_bytes = MAX_PUBLIC_BODY_BYTES if short else MAX_BODY_BYTES
    lengths = arrival.request.headers.get("Content-Length", "0").split(",")  # may come repeated
    # Longer numbers than Python turns into one are not looked at; others tornado refuses.
    if any(len(n) > 15 or (n.isdecimal() and int(n) > most_bytes) for n in map(str.strip, lengths)):
        raise RefusedError(413, f"A body here has at most {most_bytes:,} bytes.")
    if short and "Transfer-Encoding" in arrival.request.headers:
        raise RefusedError(411, "Say how long the body is.")


Check = Callable[[Arrival], None]
# In this order, each raising RefusedError; a rule about the connection itself belongs first.
CHECKS: tuple[Check, ...] = (
    check_sender,
    check_session,
    check_board,
    check_read_only,
    check_upgrade,
    check_size,
)


class FrontedApplication(tornado.web.Application):
    """Lets a request reach its handler only once every check has passed."""

    def get_handler_delegate(
        self,
        request: HTTPServerRequest,
        target_class: type[tornado.web.RequestHandler],
        target_kwargs: dict[str, Any] | None = None,
        path_args: list[bytes] | None = None,
        path_kwargs: dict[str, bytes] | None = None,
    ) -> Any:
        """tornado calls this when the headers have come; nothing of the handler exists yet."""
        arrival = Arrival(request, target_class, self.settings)
        try:
            for check in CHECKS:
                check(arrival)
        except RefusedError as why:
            return self.refusal(request, why)
        visits: Visits = self.settings["visits"]
        visits.welcome(stream_of(request.server_connection), arrival.standing)
        delegate = super().get_handler_delegate(
            request, target_class, target_kwargs, path_args, path_kwargs
        )
        return Entered(self, arrival, delegate)

    def refusal(self, request: HTTPServerRequest, why: RefusedError) -> HTTPMessageDelegate:
        """What answers a request that is not let in."""
        return super().get_handler_delegate(request, Refused, {"why": why})


@tornado.web.stream_request_body
class Refused(Guard):
    """Answers at once, whatever the rest of the request may be; the connection is then closed."""

    def initialize(self, why: RefusedError) -> None:
        self.why = why

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Connection", "close")

    async def prepare(self) -> None:
        if not isinstance(self.why, LoginFirstError):
            raise self.why
        self.redirect(self.why.location)

    def data_received(self, chunk: bytes) -> None:
        """What was under way when the answer went out is of no interest."""


class Entered(HTTPMessageDelegate):
    """A request that was let in: its body counts among all that are being received."""

    def __init__(
        self, application: FrontedApplication, arrival: Arrival, delegate: HTTPMessageDelegate
    ) -> None:
        self._application, self._arrival, self._delegate = application, arrival, delegate
        self._bodies: Bodies = arrival.settings["bodies"]
        self._visits: Visits = arrival.settings["visits"]
        self._held_bytes = 0

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        self._start_line, self._headers = start_line, headers
        return self._delegate.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        if self._arrival.standing is not Standing.BOARD:
            if not self._bodies.take(len(chunk)):
                return self._refuse()
            self._held_bytes += len(chunk)
        return self._delegate.data_received(chunk)

    def finish(self) -> None:
        self._give_back()
        self._visits.answer(stream_of(self._arrival.request.server_connection))
        self._delegate.finish()

    def on_connection_close(self) -> None:
        self._give_back()
        self._delegate.on_connection_close()

    def _refuse(self) -> Awaitable[None] | None:
        """Forget what has come of the body; tornado passes on nothing more once we answered."""
        self._give_back()
        self._delegate.on_connection_close()
        why = RefusedError(503, "Too much is being sent at once.", BUSY_RETRY_S)
        self._delegate = self._application.refusal(self._arrival.request, why)
        return self._delegate.headers_received(self._start_line, self._headers)

    def _give_back(self) -> None:
        self._bodies.give_back(self._held_bytes)
        self._held_bytes = 0
