"""Talks to a Visdom server: sends a window, asks whether it is there, removes it, saves the layout.

The only module that talks to Visdom. Every request has a time-out and its answer is checked; no
request follows a redirect, and none to our own server takes the way through a proxy, whatever the
environment says: they carry the server's token. What is sent and when is decided by the board.
"""

from __future__ import annotations

import ipaddress
import json
import math
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
import websocket

CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S = 1.0, 5.0
AWAY = frozenset({502, 503, 504})  # the server, not what it was sent, is the trouble
PAGE_COLUMNS = 108  # of Visdom's grid, on a page 1400 px wide


class ClientError(OSError):
    """Visdom did not answer, or not as it should."""


class NotTakenError(ClientError):
    """Visdom is there and did not take what it was sent; it may well take something else.

    status: of its answer, where that says so.
    """

    def __init__(self, sentence: str, status: int = 200) -> None:
        super().__init__(sentence)
        self.status = status


class Host(Protocol):
    """A Visdom server as the board sees it. `generation` changes when it was started anew.

    watched_path: where it says which environments are open in a page; None: it cannot.
    """

    @property
    def url(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def generation(self) -> int: ...
    @property
    def watched_path(self) -> str | None: ...


@dataclass(frozen=True)
class RemoteHost:
    """A Visdom server that somebody else runs. cookie: what shows it that we are logged in."""

    url: str
    generation: int = 0
    watched_path: str | None = None
    cookie: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie} if self.cookie else {}


class Sized(Protocol):
    """What has a designed size on the page."""

    @property
    def width_px(self) -> int: ...
    @property
    def height_px(self) -> int: ...


class Client:
    """Sends requests to one Visdom server. All methods raise ClientError."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._session = requests.Session()
        # Without the environment: no proxy of HTTP_PROXY, no login of ~/.netrc.
        self._session.trust_env = proxied(host)

    def check(self) -> None:
        """Raises ClientError unless a Visdom server answers."""
        # Not its page: a stock Visdom 0.2.4 with the newest tornado answers 403 to that.
        answer = self._post("/env_state", "{}")
        if not isinstance(_decoded(answer), list):
            raise ClientError(f"what answers is no Visdom server: {answer[:60]!r}")

    def send(
        self, environment: str, name: str, packet: str, title: str, size: Sized | None
    ) -> None:
        """Create a window or replace its whole content.

        packet: the JSON text of a content's packet. size: for a new window only; sent again, it
        would undo a person's own resizing.
        """
        opts: dict[str, Any] = {"title": title}
        if size:
            opts |= {"width": size.width_px, "height": size.height_px}
        where = json.dumps({"win": name, "eid": environment, "opts": opts})
        answer = self._post("/events", f"{packet[:-1]}, {where[1:]}")
        if answer != name:
            raise NotTakenError(f"it was answered {answer[:80]!r}")

    def has(self, environment: str, name: str) -> bool:
        """Whether the server still has the window."""
        body = json.dumps({"win": name, "eid": environment})
        return self._post("/win_exists", body) == "true"

    def watched(self) -> set[str] | None:
        """The environments that pages have open; None where the server does not say."""
        path = self.host.watched_path
        if path is None:
            return None
        text = self._ask("GET", path)
        answer = _decoded(text)
        names = answer.get("watched") if isinstance(answer, dict) else None
        if not isinstance(names, list):
            raise ClientError(f"{path} was answered {text[:80]!r}")
        return {name for name in names if isinstance(name, str)}

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
        items = arrange([size for _, size in windows])
        try:
            connection = websocket.create_connection(
                url,
                timeout=ANSWER_TIMEOUT_S,
                header=headers,
                origin=self.host.url,
                redirect_limit=0,
                socket=self._line(),
            )
            for (name, _), item in zip(windows, items, strict=True):
                if name not in only:
                    continue
                item |= {"i": name, "moved": False, "static": False}
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
        try:
            answer = self._session.request(
                method,
                self.host.url + path,
                data=body.encode(),
                headers={"Content-Type": "application/json", **self.host.headers},
                timeout=(CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S),
                allow_redirects=False,
            )
        except (requests.RequestException, ValueError) as why:
            raise ClientError(f"{path} failed: {why}") from why
        if answer.status_code != 200:
            sentence = f"{path} was answered {answer.status_code} {answer.text[:80]!r}"
            if answer.status_code in AWAY:
                raise ClientError(sentence)
            raise NotTakenError(sentence, answer.status_code)
        return answer.text


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


def _decoded(text: str) -> Any:
    """The answer as JSON values; None where it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def arrange(sizes: Sequence[Sized]) -> list[dict[str, Any]]:
    """Place windows in rows, left to right, in units of Visdom's grid.

    A column of the grid is 2.7 px and a row 5 px, with margins of 10 px; a window's bar is 14 px.
    """
    items: list[dict[str, Any]] = []
    x = y = row_height = 0.0
    for size in sizes:
        width, height = (size.width_px + 10) / 12.7, math.ceil((size.height_px + 24) / 15)
        if x + width > PAGE_COLUMNS:
            x, y, row_height = 0.0, y + row_height, 0.0
        items.append({"x": x, "y": y, "w": width, "h": height, "width": width, "height": height})
        x, row_height = x + width, max(row_height, height)
    return items
