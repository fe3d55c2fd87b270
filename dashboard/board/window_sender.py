"""Draws one window and sends it, so that one that is at fault takes no other with it.

Which windows are due is the board's to say, how they are sent the client's.
"""

from __future__ import annotations

import json
import logging
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.board.client import Client, ClientError, NotTakenError, RemoteHost
from dashboard.board.scene import Place, Scene
from dashboard.board.trouble import Trouble
from dashboard.windows import html
from dashboard.windows.content import Html
from dashboard.windows.table import Window

# So often in a row the server may fall silent over one window before that is the window's fault.
SILENCES = 3
MOST_BYTES = 16 * 2**20  # of one window; a browser would not draw more
LONGEST_REASON = 500
BARE = Path(__file__).resolve().parents[1] / "page" / "static" / "css" / "bare.css"
log = logging.getLogger(__name__)


class WindowSender:
    """Sends windows of a scene through a client; tells the trouble with those it cannot draw."""

    def __init__(self, scene: Scene, client: Client, trouble: Trouble) -> None:
        self._scene, self._client, self._trouble = scene, client, trouble
        self._silences: tuple[tuple[str, str], int] = (("", ""), 0)
        self._bare = isinstance(client.host, RemoteHost)  # it has none of our style sheets

    def draw(self, where: str, place: Place) -> str:
        """The window's packet as JSON; where it cannot be drawn, one that says so."""
        try:
            with self._scene.lock:
                content = place.packet()
            if self._bare:
                _dress(content)
            packet = json.dumps(content, allow_nan=False)
            if len(packet) > MOST_BYTES:
                raise ValueError(f"it has {len(packet) / 2**20:.0f} MB, too much for a page")
            return packet
        except Exception as why:
            log.info("window %s of %s", place.name, where, exc_info=why)
            reason = f"{type(why).__name__}: {str(why)[:LONGEST_REASON]}"
            self._trouble.of_window(where, place.name, reason)
            note = html.tag("p", f"this window could not be drawn: {reason}", css="tb-note")
            return json.dumps(Html(note).packet())

    def send(self, where: str, place: Place, packet: str, size: Window | None) -> None:
        """Send a packet. Raises ClientError; NotTakenError where this window is at fault."""
        key = where, place.name
        try:
            self._client.send(where, place.name, packet, place.window.title, size)
            self._silences = (key, 0)
        except NotTakenError:
            raise
        except ClientError as why:
            last, times = self._silences
            self._silences = (key, times + 1 if key == last else 1)
            if self._silences[1] < SILENCES:
                raise
            self._client.has(where, place.name)  # raises if it is the server that is silent
            raise NotTakenError(str(why)) from why


def _dress(packet: dict[str, Any]) -> None:
    """Give a text the style that makes its tables readable on any Visdom page."""
    first = packet["data"][0]
    if first.get("type") == "text":
        first["content"] = f"<style>{_bare_style()}</style>{first['content']}"


@cache
def _bare_style() -> str:
    return BARE.read_text(encoding="utf-8").partition("*/")[2]
