"""What a Visdom server is sent of windows, in its own words: their content, and where they stand.

Sends nothing; that is `dashboard.board.client`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, Protocol

PAGE_COLUMNS = 108  # of Visdom's grid, on a page 1400 px wide


class Message(NamedTuple):
    """What the server is sent of a window, and what it answers when it takes it."""

    text: str
    echo: str


class Sized(Protocol):
    """What has a designed size on the page."""

    @property
    def width_px(self) -> int: ...
    @property
    def height_px(self) -> int: ...


def window_message(
    environment: str, name: str, packet: str, title: str, size: Sized | None
) -> Message:
    """A window to be created, or its whole content to be replaced.

    packet: the JSON text of a content's packet. size: for a new window only; sent again, it would
    undo a person's own resizing.
    """
    opts: dict[str, Any] = {"title": title}
    if size:
        opts |= {"width": size.width_px, "height": size.height_px}
    where = json.dumps({"win": name, "eid": environment, "opts": opts})
    return Message(f"{packet[:-1]}, {where[1:]}", name)


def places_message(
    environment: str, windows: Sequence[tuple[str, Sized]], only: Collection[str]
) -> Message:
    """The designed places of windows, as of `Client.save_layout`; for our own server."""
    return Message(json.dumps({"eid": environment, "places": places(windows, only)}), "")


def places(
    windows: Sequence[tuple[str, Sized]], only: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Where the windows of `only` stand among all `windows`, as Visdom keeps it."""
    items = zip(windows, arrange([size for _, size in windows]), strict=True)
    return {
        name: {**item, "i": name, "moved": False, "static": False}
        for (name, _), item in items
        if name in only
    }


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
