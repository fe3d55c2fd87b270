"""The wire to Visdom: sends a window, saves the designed layout, asks whether a window is there.

The only module that talks to Visdom. Every request has a time-out and its answer is checked; what
is sent and when is decided by the board.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import requests
import websocket

CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S = 1.0, 5.0
PAGE_COLUMNS = 108  # of Visdom's grid, on a page 1400 px wide


class WireError(OSError):
    """Visdom did not answer, or not as it should."""


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
    """A Visdom server that somebody else runs."""

    url: str
    generation: int = 0
    watched_path: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {}


class Sized(Protocol):
    """What has a designed size on the page."""

    @property
    def width_px(self) -> int: ...
    @property
    def height_px(self) -> int: ...


class Wire:
    """Requests to one Visdom server. All methods raise WireError."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._session = requests.Session()

    def send(
        self, environment: str, name: str, packet: str, title: str, size: Sized | None
    ) -> None:
        """Create a window or replace its whole content.

        packet: the JSON text of a pane's packet. size: given for a new window only; sent again, it
        would undo a person's own resizing.
        """
        opts: dict[str, Any] = {"title": title}
        if size:
            opts |= {"width": size.width_px, "height": size.height_px}
        where = json.dumps({"win": name, "eid": environment, "opts": opts})
        answer = self._post("/events", f"{packet[:-1]}, {where[1:]}")
        if answer != name:
            raise WireError(f"window {name} was answered {answer[:80]!r}")

    def has(self, environment: str, name: str) -> bool:
        """Whether the server still has the window."""
        body = json.dumps({"win": name, "eid": environment})
        return self._post("/win_exists", body) == "true"

    def watched(self) -> set[str] | None:
        """The environments that pages have open; None where the server does not say."""
        path = self.host.watched_path
        return None if path is None else set(json.loads(self._ask("GET", path))["watched"])

    def save_layout(
        self, environment: str, named: Sequence[tuple[str, Sized]], only: Collection[str]
    ) -> None:
        """Put the designed places where Visdom looks when the environment is opened later.

        named: all windows, in the order in which they are placed. only: those that are saved.
        """
        url = self.host.url.replace("http", "ws", 1) + "/socket"
        headers = [f"{name}: {value}" for name, value in self.host.headers.items()]
        items = arrange([size for _, size in named])
        try:
            socket = websocket.create_connection(
                url, timeout=ANSWER_TIMEOUT_S, header=headers, origin=self.host.url
            )
            for (name, _), item in zip(named, items, strict=True):
                if name not in only:
                    continue
                item |= {"i": name, "moved": False, "static": False}
                message = {"cmd": "layout_item_update", "eid": environment, "win": name}
                socket.send(json.dumps({**message, "data": item}))
            socket.close()
        except (websocket.WebSocketException, OSError) as why:
            raise WireError(f"the layout of {environment} was not taken: {why}") from why

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
            )
            answer.raise_for_status()
        except requests.RequestException as why:
            raise WireError(f"{path} failed: {why}") from why
        return answer.text


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
