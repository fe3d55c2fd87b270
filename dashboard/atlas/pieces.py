"""Makes what the chapters share: windows that never change, captions over plots, text windows."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from dashboard.board.scene import Place
from dashboard.windows import html, style
from dashboard.windows.annotation import annotation
from dashboard.windows.content import Content, Html, Plot
from dashboard.windows.html import Safe, tag
from dashboard.windows.style import plain
from dashboard.windows.window import Window

QUARTER_PX, THIRD_PX, HALF_PX, WHOLE_PX = 330, 440, 670, 1350
CHARACTER_PX, CODE_CHARACTER_PX = 6.25, 7.3  # of a caption, on average
LINE_PX = 16
ENVIRONMENTS = {
    "atlas_activations": "activations",
    "atlas_inits": "inits",
    "atlas_losses": "losses",
    "atlas_entropy": "entropy",
    "atlas_layers": "layers",
}
BLUE, ORANGE, GREEN = style.COLOURS[0], style.COLOURS[1], style.COLOURS[2]
PALE_BLUE = "#9DC3DE"  # dark text on it can be read


def place(
    name: str,
    title: str,
    width_px: int,
    height_px: int,
    says: str,
    draw: Callable[..., Content],
    *numbers: Any,
) -> Place:
    """A window that is drawn once, by `draw(*numbers)`: nothing it shows can change."""
    window = Window(title, width_px, height_px, (), says)
    return Place(name, window, partial(draw, *numbers), (0,))


def plot(
    traces: list[dict[str, Any]],
    x_title: str,
    y_title: str,
    caption: Sequence[str],
    width_px: int,
    **layout: Any,
) -> Plot:
    """A plot with its caption above; the caption's first line is set like code (a formula)."""
    figure = style.layout(x_title, y_title)
    lines = caption_lines(caption, width_px)
    figure["margin"] = {"l": 44, "r": 12, "t": LINE_PX * len(lines) + 12, "b": 36}
    figure["annotations"] = [caption_annotation(lines), *layout.pop("annotations", [])]
    for key, value in layout.items():
        both = isinstance(value, dict) and isinstance(figure.get(key), dict)
        figure[key] = {**figure[key], **value} if both else value
    return Plot(traces, figure)


def caption_lines(caption: Sequence[str], width_px: int) -> list[str]:
    """The paragraphs broken to the window's width, escaped for Plotly; the first in code style."""
    room_px = width_px - 24
    formula, *rest = caption
    lines = [
        f"<span style='font-family:monospace'>{plain(part)}</span>"
        for part in textwrap.wrap(formula, int(room_px / CODE_CHARACTER_PX))
    ]
    width = int(room_px / CHARACTER_PX)
    return lines + [plain(part) for text in rest for part in textwrap.wrap(text, width)]


def caption_annotation(lines: list[str]) -> dict[str, Any]:
    return annotation(
        "<br>".join(lines), 0, 1, align="left", xshift=-34, yshift=4,
        font={"size": 12, "color": style.INK},
    )  # fmt: skip


def line(
    x: Any, y: Any, name: str, colour: str, dash: str = "solid", **more: Any
) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": style.numbers(x), "y": style.numbers(y),
        "name": plain(name), "line": {"color": colour, "width": 2, "dash": dash, "simplify": False},
        "hovertemplate": "x = %{x:.3g}: %{y:.4g}<extra>" + plain(name) + "</extra>", **more,
    }  # fmt: skip


LEGEND_INSIDE = {
    "x": 0.03, "y": 0.97, "xanchor": "left", "yanchor": "top", "bgcolor": "rgba(255,255,255,0)",
}  # fmt: skip


def about(here: str, *paragraphs: object) -> Html:
    """What an environment shows and how to read it, with links to the other four."""
    links = [
        tag("b", title) if name == here else html.link_to_environment(name, title)
        for name, title in ENVIRONMENTS.items()
    ]
    between = [piece for link in links for piece in (" · ", link)][1:]
    return text_window(tag("p", "The atlas: ", *between), *(tag("p", p) for p in paragraphs))


def text_window(*pieces: object) -> Html:
    return Html(tag("div", *pieces, css="tb-atlas", style="padding:2px 8px;line-height:1.45"))


def wrapped(text: object) -> Safe:
    """A cell whose text may take several lines."""
    return tag("td", text, style="white-space:normal")


def code(text: object) -> Safe:
    return tag("code", text, style="background:none;padding:0;color:inherit")


def sources(entries: dict[str, Any], column: str, key: str) -> Html:
    """A table of every entry with one of its texts and its source."""
    rows = [
        [tag("b", name), wrapped(entry[key]), wrapped(entry["source"])]
        for name, entry in entries.items()
    ]
    return text_window(html.table(["", column, "source"], rows))
