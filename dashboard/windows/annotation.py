"""Writes a text onto a Plotly figure, at a place of the whole plot. Escapes nothing."""

from __future__ import annotations

from typing import Any


def annotation(text: str, x: float, y: float, **more: Any) -> dict[str, Any]:
    """A text whose lower left corner is at (x, y); both are shares of the plot, y upwards.

    text: Plotly's markup; what came from a person must have gone through `style.plain`.
    """
    return {
        "text": text, "xref": "paper", "yref": "paper", "x": x, "y": y,
        "xanchor": "left", "yanchor": "bottom", "showarrow": False, **more,
    }  # fmt: skip
