"""The guards that stand before every one of Visdom's handlers, as mixins over its classes.

They ask `dashboard.server.access` what a request may hold, send security headers with every answer,
show error pages that tell nothing, and drop subscribers that do not read. Nothing of Visdom
changes. Who may ask at all is decided earlier, in `dashboard.server.front`.
"""

import asyncio
import contextlib
import http.client
import json
import secrets
from typing import Any

import tornado.web
import tornado.websocket

from dashboard.server import offered, stock
from dashboard.server.access import (
    HOST,
    READ_ONLY,
    TOKEN_HEADER,
    Access,
    RefusedError,
    check_environment,
    check_message,
    strict_json,
)
from dashboard.server.attention import COMMAND, PageAttention, attention_of
from dashboard.server.ownership import Ownership
from dashboard.server.sessions import session

MAX_BODY_BYTES = 64 * 2**20  # of one request
MAX_MESSAGE_BYTES = 4 * 2**20  # of one message from a page
MAX_UNSENT_BYTES = 32 * 2**20  # waiting for one subscriber; it is dropped beyond that

VISDOM = "/visdom"  # below this stands Visdom's own page with all it asks for


class Guard(tornado.web.RequestHandler):
    """What every handler does first and sends along; a mixin over Visdom's and tornado's own."""

    public = False  # whether it answers without a login
    is_page = False  # whether a person opens it in a browser
    embeddable = False  # whether pages of other sites may show it, where a person chose them
    has_scripts = False  # whether scripts in the answer itself may run, by the answer's own mark

    @property
    def access(self) -> Access:
        access: Access = self.settings["access"]
        return access

    @property
    def route(self) -> str:
        """The path as Visdom names it, wherever it is mounted."""
        path: str = self.request.path
        return path.removeprefix(VISDOM) if path.startswith(VISDOM + "/") else path

    @property
    def nonce(self) -> str:
        """The mark that lets this answer's own scripts run, and no others."""
        if not hasattr(self, "_nonce"):
            self._nonce = secrets.token_urlsafe(18)
        return self._nonce

    def set_default_headers(self) -> None:
        super().set_default_headers()
        host = self.request.headers.get("Host", "")
        nonce = f" 'nonce-{self.nonce}'" if self.has_scripts else ""
        around = " ".join(self.access.embed) if self.embeddable else ""
        sockets = f"ws://{host} wss://{host}" if HOST.fullmatch(host.lower()) else ""
        self.set_header(
            "Content-Security-Policy",
            f"default-src 'none'; script-src 'self'{nonce}; "
            "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
            f"font-src 'self' data:; media-src data: blob:; connect-src 'self' {sockets}; "
            "base-uri 'none'; form-action 'self'; frame-ancestors " + (around or "'none'"),
        )
        if not around:  # it knows no origins: older browsers alone need it
            self.set_header("X-Frame-Options", "DENY")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.clear_header("Server")

    async def prepare(self) -> None:
        self.check_request()
        ready = super().prepare()
        if ready is not None:
            await ready

    def check_request(self) -> None:
        """Raise RefusedError (400) for names and bodies that Visdom would choke on.

        What a stock client sends is put into words that it takes, where that is possible.
        """
        if self.request.method == "POST":
            message, gaps = stock.decoded(self.request.body)
            if stock.mend(self.route, message) or gaps:
                self.request.body = json.dumps(message).encode()
            check_message(message)
            self.check_owner(message)
            if self.route == "/save":
                for name in message.get("data") or [None]:
                    check_environment(name)
            if self.route == "/win_data" and "data" in message:
                check_message(strict_json(message["data"]))
        if self.route.startswith(("/env/", "/compare/")):
            names = [stock.environment(name) for name in self.path_args[0].split("+")]
            for name in names:
                check_environment(name)
            self.path_args[0] = "+".join(names)

    def check_owner(self, message: dict[str, Any]) -> None:
        """Raise RefusedError (403) where others would change the board's own windows."""
        ownership: Ownership = self.settings["ownership"]
        if self.is_board():
            ownership.note(self.route, message)
        elif self.access.read_only and offered.changes_window(self.route, message):
            raise RefusedError(403, READ_ONLY)
        elif ownership.forbids_request(self.route, message):
            raise RefusedError(403, "Only the dashboard itself may change its own windows.")

    def is_board(self) -> bool:
        return self.access.is_board(self.request.headers.get(TOKEN_HEADER, ""))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """One plain sentence: no trace, no path, nothing of the request."""
        error = kwargs.get("exc_info", (None, None))[1]
        if self._finished:
            return
        sentence = http.client.responses.get(status_code, "Error") + "."
        if isinstance(error, RefusedError):
            sentence = error.sentence
            if error.retry_s:
                self.set_header("Refresh", str(error.retry_s))  # for a person's browser
                self.set_header("Retry-After", str(error.retry_s))  # for a program
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(sentence)


class SocketGuard(Guard):
    """The guards of the two web sockets, and the end of subscribers that do not read."""

    unsent_bytes = 0
    attention: PageAttention | None = None  # None: it has not said what it looks at

    def check_origin(self, origin: str) -> bool:
        """`dashboard.server.front` has seen to it before this handler was built."""
        return True

    def check_request(self) -> None:
        """A web socket begins with headers alone: there is no body to check."""

    def broadcast_layouts(self, target_subs: Any = None) -> None:
        """Visdom sends the layouts to all pages whenever a handler is built; nobody needs that."""
        if self in self.settings["sockets"]:
            super().broadcast_layouts(target_subs)  # type: ignore[misc]

    def open(self, *args: str, **kwargs: str) -> Any:
        self.session = session(self.request, self.settings)
        self.settings["sockets"].add(self)
        return super().open(*args, **kwargs)  # type: ignore[misc]

    def on_close(self) -> None:
        self.settings["sockets"].discard(self)
        super().on_close()  # type: ignore[misc]

    def on_message(self, message: str | bytes) -> Any:
        """Pass on what is well formed; answer the page's own question whether we live."""
        try:
            command = strict_json(message)
            check_message(command)
        except RefusedError:
            self.close(1007, "malformed message")  # type: ignore[attr-defined]
            return None
        if command.get("cmd") == "trainboard_ping":
            return self.write_message('{"command": "trainboard_pong"}')
        if command.get("cmd") == COMMAND:
            self.attention = attention_of(command) or self.attention
            return None
        looks_only = self.access.read_only and command.get("cmd") not in offered.LOOKING
        is_forbidden = looks_only or self.settings["ownership"].forbids_command(command)
        if is_forbidden and not self.is_board():
            return None  # a page that closed a window of the board sees it again when it looks
        try:
            return super().on_message(message)  # type: ignore[misc]
        except (KeyError, TypeError, AttributeError, ValueError, OSError):
            return None  # about a window or an environment that is gone: nothing to do

    def write_message(self, message: str | bytes | dict[str, Any], binary: bool = False) -> Any:
        """Send, counting what waits; never let one subscriber's trouble reach the others."""
        complete: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        complete.set_result(None)
        text = json.dumps(message) if isinstance(message, dict) else message
        size = len(text)
        if self.unsent_bytes + size > MAX_UNSENT_BYTES:
            self.drop()
            return complete
        try:
            delivery = super().write_message(text, binary)  # type: ignore[misc]
        except tornado.websocket.WebSocketClosedError:
            return complete
        self.unsent_bytes += size

        def settle(future: "asyncio.Future[None]") -> None:
            self.unsent_bytes -= size
            with contextlib.suppress(Exception):
                future.result()

        delivery.add_done_callback(settle)
        return delivery

    def drop(self) -> None:
        """Cut the connection without waiting for the other side; a page then comes back anew."""
        connection = self.ws_connection  # type: ignore[attr-defined]
        if connection is not None:
            connection.stream.close()
