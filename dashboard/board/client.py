"""Talks to a Visdom server: sends a window, asks whether it is there, removes it, saves the layout.

The only module that talks to Visdom. Every request has a time-out and its answer is checked; no
request follows a redirect, and none to our own server takes the way through a proxy, whatever the
environment says: they carry the server's token. Our server takes many windows in one request, and
draws them on pages while the next are being made here. What is sent and when is decided by the
board.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import websocket

from dashboard.board.attention import Attention, attentions
from dashboard.board.messages import Message, Sized, places
from dashboard.board.wire import ANSWER_TIMEOUT_S, CONNECT_TIMEOUT_S, DirectWire, ProxiedWire, Wire

AWAY = frozenset({502, 503, 504})  # the server, not what it was sent, is the trouble
NO_PAGES = 403  # as Visdom answers with tornado 6.6 or newer
MOST_AT_ONCE = 32  # windows in one request; meanwhile the server answers nobody else


FAILURES = (OSError, ValueError, http.client.HTTPException)  # that a wire raises


class ClientError(OSError):
    """Visdom did not answer, or not as it should."""


class NotTakenError(ClientError):
    """Visdom is there and did not take what it was sent; it may well take something else.

    status: of its answer.
    """

    def __init__(self, sentence: str, status: int = 200) -> None:
        super().__init__(sentence)
        self.status = status


class Host(Protocol):
    """A Visdom server as the board sees it. `generation` changes when it was started anew.

    watched_path: where it says which environments are open in a page; None: it cannot.
    windows_path: where it takes many windows at once; None: it takes them one by one.
    """

    @property
    def url(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def generation(self) -> int: ...
    @property
    def watched_path(self) -> str | None: ...
    @property
    def windows_path(self) -> str | None: ...


@dataclass(frozen=True)
class RemoteHost:
    """A Visdom server that somebody else runs. cookie: what shows it that we are logged in."""

    url: str
    generation: int = 0
    watched_path: str | None = None
    windows_path: str | None = None
    cookie: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie} if self.cookie else {}


class Client:
    """Sends requests to one Visdom server. All methods raise ClientError."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._wire: Wire | None = None
        self._messages: Sequence[Message] = ()

    @property
    def most_at_once(self) -> int:
        """How many windows, or places of windows, one request takes."""
        return 1 if self.host.windows_path is None else MOST_AT_ONCE

    def check(self) -> None:
        """Raises ClientError unless a Visdom server answers."""
        # Not its page: a stock Visdom 0.2.4 with the newest tornado answers 403 to that.
        answer = self._post("/env_state", "{}")
        if not isinstance(_decoded(answer), list):
            raise ClientError(f"what answers is no Visdom server: {answer[:60]!r}")

    def shows_pages(self) -> bool:
        """Whether a browser would see the server's page, as far as can be told."""
        try:
            self._ask("GET", "/")
        except NotTakenError as why:
            return why.status != NO_PAGES
        except ClientError:
            pass
        return True

    def begin(self, messages: Sequence[Message]) -> None:
        """Send windows and places, at most `most_at_once`, and do not wait; what is asked for next
        must be `answers`.
        """
        self._messages = messages
        body = "\n".join(message.text for message in messages)
        self._begin("POST", self.host.windows_path or "/events", body)

    def answers(self) -> list[NotTakenError | None]:
        """Of each message that was sent: why it was not taken, None if it was."""
        path = self.host.windows_path
        if path is None:
            try:
                answers = [(200, self._answer("/events"))]
            except NotTakenError as why:
                return [why]
        else:
            answers = _answers(path, self._answer(path), len(self._messages))
        return [
            _refusal("/events", *answer, message.echo)
            for message, answer in zip(self._messages, answers, strict=True)
        ]

    def has(self, environment: str, name: str) -> bool:
        """Whether the server still has the window."""
        body = json.dumps({"win": name, "eid": environment})
        return self._post("/win_exists", body) == "true"

    def watched(self) -> dict[str, Attention] | None:
        """The environments that pages have open, each with what they look at of it; None where
        the server does not say.
        """
        path = self.host.watched_path
        if path is None:
            return None
        text = self._ask("GET", path)
        answer = _decoded(text)
        names = answer.get("watched") if isinstance(answer, dict) else None
        if not isinstance(names, list):
            raise ClientError(f"{path} was answered {text[:80]!r}")
        try:
            attention = attentions(answer.get("attention") or {})
        except ValueError as why:
            raise ClientError(f"{path} was answered {text[:80]!r}: {why}") from why
        return {name: attention.get(name, ()) for name in names if isinstance(name, str)}

    def close(self, environment: str, name: str | None = None) -> None:
        """Remove a window; all of them where no name is given."""
        self._post("/close", json.dumps({"eid": environment, "win": name}))

    def remove(self, environment: str) -> None:
        """Remove an environment with all its windows."""
        self.close(environment)
        # Visdom 0.2.4 fails over an environment that was never saved; now there is little to save.
        self._post("/save", json.dumps({"data": [environment]}))
        self._post("/delete_env", json.dumps({"eid": environment}))

    def save_layout(
        self, environment: str, windows: Sequence[tuple[str, Sized]], only: Collection[str]
    ) -> None:
        """Put the designed places where Visdom looks when the environment is opened later.

        windows: all windows, in the order in which they are placed. only: those that are saved.
        """
        url = self.host.url.replace("http", "ws", 1) + "/socket"
        headers = [f"{name}: {value}" for name, value in self.host.headers.items()]
        try:
            connection = websocket.create_connection(
                url,
                timeout=ANSWER_TIMEOUT_S,
                header=headers,
                origin=self.host.url,
                redirect_limit=0,
                socket=self._line(),
            )
            for name, item in places(windows, only).items():
                message = {"cmd": "layout_item_update", "eid": environment, "win": name}
                connection.send(json.dumps({**message, "data": item}))
            connection.close()
        except websocket.WebSocketBadStatusException as why:
            raise NotTakenError(f"the layout was answered {why.status_code}") from why
        except (websocket.WebSocketException, OSError, ValueError) as why:
            raise ClientError(f"the layout of {environment} was not taken: {why}") from why

    def _line(self) -> socket.socket | None:
        """A connection for the web socket, which by itself would take the environment's proxy."""
        parts = urlsplit(self.host.url)
        if proxied(self.host) or parts.scheme != "http":
            return None  # it connects itself
        return socket.create_connection((parts.hostname, parts.port or 80), CONNECT_TIMEOUT_S)

    def _post(self, path: str, body: str) -> str:
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: str = "") -> str:
        self._begin(method, path, body)
        return self._answer(path)

    def _begin(self, method: str, path: str, body: str) -> None:
        headers = {"Content-Type": "application/json", **self.host.headers}
        try:
            if self._wire is None:
                kind = ProxiedWire if proxied(self.host) else DirectWire
                self._wire = kind(self.host.url)
            self._wire.begin(method, path, body.encode(), headers)
        except FAILURES as why:
            raise ClientError(f"{path} failed: {why}") from why

    def _answer(self, path: str) -> str:
        assert self._wire
        try:
            status, text = self._wire.answer()
        except FAILURES as why:
            raise ClientError(f"{path} failed: {why}") from why
        if status != 200:
            sentence = f"{path} was answered {status} {text[:80]!r}"
            raise ClientError(sentence) if status in AWAY else NotTakenError(sentence, status)
        return text


def proxied(host: Host) -> bool:
    """Whether requests may go through the proxy that the environment names.

    Only to a server that somebody else runs on another machine: behind a company's proxy there may
    be no other way, and no secret of ours is sent there.
    """
    name = urlsplit(host.url).hostname or ""
    try:
        here = ipaddress.ip_address(name).is_loopback
    except ValueError:
        here = name == "localhost" or name.endswith(".localhost")
    return isinstance(host, RemoteHost) and not here


def _answers(path: str, text: str, count: int) -> list[tuple[int, str]]:
    """Our server's answer to so many messages, a status and a text for each."""
    answer = _decoded(text)
    try:
        pairs = [(int(status), str(reply)) for status, reply in answer["answers"]]
    except (TypeError, KeyError, ValueError):
        pairs = []
    if len(pairs) != count:
        raise ClientError(f"{path} was answered {text[:80]!r}")
    return pairs


def _refusal(path: str, status: int, text: str, echo: str) -> NotTakenError | None:
    """Why a message was not taken, if it was not."""
    if status != 200:
        return NotTakenError(f"{path} was answered {status} {text[:80]!r}")
    return None if text == echo else NotTakenError(f"it was answered {text[:80]!r}")


def _decoded(text: str) -> Any:
    """The answer as JSON values; None where it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
