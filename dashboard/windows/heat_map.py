"""Draws one statistic of many runs as a heat map, runs × layers, with its captions and colour bar.

Which statistics there are is `dashboard.windows.quantity`'s; the window is put together in
`dashboard.windows.signal`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dashboard.runs.facts import Signals
from dashboard.windows import style
from dashboard.windows.annotation import annotation
from dashboard.windows.quantity import EXPECTED, Quantity, number

MOST_TWO_LINE_ROWS = 14  # with more, and more than MOST_WIDE_LAYERS, none for theory's beside it
MOST_WIDE_LAYERS = 6


def heat_map(
    quantity: Quantity,
    signal_sets: Sequence[Signals],
    layers: list[str],
    rows: list[str],
    *,
    with_theory: bool,
) -> dict[str, Any]:
    """The cells of one quantity; with `with_theory` the spread that theory expects beside it."""
    values = [[at.get(quantity.name, {}).get(layer) for layer in layers] for at in signal_sets]
    texts = [[number(value) for value in row] for row in values]
    theory = [[""] * len(layers) for _ in signal_sets]
    if with_theory and quantity.name == "preactivation_std":
        theories = [at.get(EXPECTED, {}) for at in signal_sets]
        theory = [[f"({number(at[x])})" if x in at else "" for x in layers] for at in theories]
    wide = len(layers) <= MOST_WIDE_LAYERS
    full = _joined(texts, theory, " ")
    if wide or len(rows) <= MOST_TWO_LINE_ROWS:
        texts = full if wide else _joined(texts, theory, "<br>")
    return {
        "type": "heatmap",
        "x": [style.plain(style.short(layer)) for layer in layers],
        "y": rows,
        "z": [[_height(quantity, value) for value in row] for row in values],
        "text": texts,
        "texttemplate": "%{text}",
        "textfont": {"color": style.INK, "size": 12 if wide else 10},
        "hovertext": full,
        "hovertemplate": f"%{{y}}<br>%{{x}}: {quantity.title} %{{hovertext}}<extra></extra>",
        "zmin": quantity.low,
        "zmax": quantity.high,
        "colorscale": quantity.colours,
        "xgap": 1,
        "ygap": 1,
        "colorbar": _colour_bar(quantity),
    }


def _joined(left: list[list[str]], right: list[list[str]], by: str) -> list[list[str]]:
    return [
        [f"{a}{by}{b}" if b else a for a, b in zip(*rows, strict=True)]
        for rows in zip(left, right, strict=True)
    ]


def columns(domain: list[float]) -> dict[str, Any]:
    return style.axis("", domain=domain, type="category", showgrid=False, side="top")


def captions(quantity: Quantity, right: float) -> list[dict[str, Any]]:
    """What stands above the two heat maps; `right`: where the second begins, as a share."""
    brackets = "; in brackets: theory" if quantity.name == "preactivation_std" else ""
    texts = (f"at step 0{brackets}", "at the last evaluation")
    return [
        annotation(f"<b>{quantity.title}</b> {text}", x, 1, yshift=22, font={"size": 12})
        for x, text in zip((0, right), texts, strict=True)
    ]


def _colour_bar(quantity: Quantity) -> dict[str, Any]:
    bar: dict[str, Any] = {"thickness": 10, "outlinewidth": 0, "tickfont": {"size": 10}}
    if quantity.log:
        powers = range(int(quantity.low), int(quantity.high) + 1)
        bar |= {"tickvals": list(powers), "ticktext": [f"10<sup>{p}</sup>" for p in powers]}
    return bar


def _height(quantity: Quantity, value: float | None) -> float | None:
    """Where a value stands on the scale of colours; what lies beyond an end has its colour."""
    if value is None or math.isnan(value):
        return None
    if quantity.log:
        value = math.log10(value) if value > 0 else -math.inf
    return round(min(max(value, quantity.low), quantity.high), 3)
