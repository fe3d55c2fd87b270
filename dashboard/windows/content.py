"""Defines the three kinds of content of a window, each as the packet that Visdom's /events takes.

Knows the form of the packet and nothing else: what is drawn is decided in the modules that make it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Plot:
    """A Plotly figure: traces and layout, JSON values without NaN or infinities."""

    traces: list[dict[str, Any]]
    layout: dict[str, Any]

    def packet(self) -> dict[str, Any]:
        # Visdom asks the first trace for its type, so an empty plot still needs one.
        return {
            "data": self.traces or [{"type": "scatter", "x": [], "y": []}],
            "layout": self.layout,
        }


@dataclass(frozen=True)
class Html:
    """A text window. Everything that came from a person must be escaped already."""

    content: str

    def packet(self) -> dict[str, Any]:
        return {"data": [{"type": "text", "content": self.content}], "layout": {}}


@dataclass(frozen=True)
class Picture:
    """A PNG with a caption (plain text)."""

    png: bytes
    caption: str = ""

    def packet(self) -> dict[str, Any]:
        source = "data:image/png;base64," + base64.b64encode(self.png).decode()
        content = {"src": source, "caption": self.caption}
        return {"data": [{"type": "image", "content": content}], "layout": {}}


Content = Plot | Html | Picture
