"""Defines the three kinds of content of a window, each as the packet that Visdom's /events takes.

Knows the form of the packet and nothing else: what is drawn is decided in the modules that make it.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

About = Mapping[str, Any]
"""What our page is told of a window: what it shows (`says`), and where it stands on the page
(`section`, `order`, and the designed `width` and `height` in pixels). Visdom's page takes no
notice."""
NOTHING: About = MappingProxyType({})
NO_FORMULAS = "tex2jax_ignore mathjax_ignore"
"""Classes by which MathJax 2 and 3, one of which is on Visdom's page, leave what stands between
dollars as it is: it came from a person, and a formula may hold links."""


@dataclass(frozen=True)
class Plot:
    """A Plotly figure: traces and layout, JSON values without NaN or infinities."""

    traces: list[dict[str, Any]]
    layout: dict[str, Any]

    def packet(self, about: About = NOTHING) -> dict[str, Any]:
        # Visdom asks the first trace for its type, so an empty plot still needs one.
        return {
            "data": self.traces or [{"type": "scatter", "x": [], "y": []}],
            "layout": self.layout | {"meta": self.layout.get("meta", {}) | {"about": dict(about)}},
        }


@dataclass(frozen=True)
class Html:
    """A text window. Everything that came from a person must be escaped already."""

    content: str

    def packet(self, about: About = NOTHING) -> dict[str, Any]:
        attribute = html.escape(json.dumps(dict(about)))
        start_tag = f'<div class="tb-window {NO_FORMULAS}" data-about="{attribute}">'
        content = f"{start_tag}{self.content}</div>"
        return {"data": [{"type": "text", "content": content}], "layout": {}}


@dataclass(frozen=True)
class Picture:
    """A PNG with a caption (plain text)."""

    png: bytes
    caption: str = ""

    def packet(self, about: About = NOTHING) -> dict[str, Any]:
        source = "data:image/png;base64," + base64.b64encode(self.png).decode()
        content = {"src": source, "caption": self.caption, "about": dict(about)}
        return {"data": [{"type": "image", "content": content}], "layout": {}}


Content = Plot | Html | Picture
