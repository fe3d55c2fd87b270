"""Draws the chapter of inits: the weights of each, and what ten layers of them do to a signal."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dashboard.atlas import pieces
from dashboard.atlas.pieces import BLUE, HALF_PX, QUARTER_PX, line, place, plot
from dashboard.board.scene import Place
from dashboard.windows import style
from dashboard.windows.content import Plot

MAP_PX, ABOUT_PX, TOP_ROW_PX = 920, 420, 560
LIMIT = 4.0  # decades at which the colours of the map end
# Light enough at both ends for dark text.
SCALE = [[0, "#5BA3D0"], [0.25, "#B3D5EA"], [0.5, "#FFFFFF"], [0.75, "#FBD0AC"], [1, "#EE8E45"]]


def inits(numbers: dict[str, Any]) -> list[Place]:
    """The map of signals, the signal's way through the layers, then a histogram for each init."""
    signal = numbers["signal"]
    places = [
        place("signal", "the signal after each layer", MAP_PX, TOP_ROW_PX,
              "size of the signal for every activation × init; slider for the layer",
              signal_map, signal),
        place("about", "how to read this", ABOUT_PX, TOP_ROW_PX, "what the windows show",
              about_inits, numbers),
        place("layers", "the signal through the layers", HALF_PX, 400,
              "the same numbers as lines, one activation at a time",
              signal_lines, signal),
        place("sources", "where they come from", HALF_PX, 400, "what each is and its source",
              pieces.sources, numbers["entries"], "what it is", "says"),
    ]  # fmt: skip
    for name, entry in numbers["entries"].items():
        places.append(place(name, name, QUARTER_PX, 250, entry["says"], histogram, entry))
    return places


def histogram(entry: dict[str, Any]) -> Plot:
    """Share of a layer's weights at each value, with the std they have and should have."""
    bars = {
        "type": "bar", "x": style.numbers(entry["centres"]), "y": style.numbers(entry["shares"]),
        "width": entry["bar_width"], "marker": {"color": BLUE}, "showlegend": False,
        "hovertemplate": "%{y:.2%} of the weights near %{x:.3g}<extra></extra>",
    }  # fmt: skip
    theory = entry["theory_std"]
    comparison = "" if theory is None else f", expected {theory:.4f}"
    caption = [f"std {entry['std']:.4f}{comparison}", entry["says"]]
    return plot(
        [bars], "weight", "", caption, QUARTER_PX,
        yaxis={"tickformat": ".1~%", "rangemode": "tozero"}, bargap=0,
    )  # fmt: skip


def signal_map(signal: dict[str, Any]) -> Plot:
    """activation × init: log10 of the signal's std after the layer that the slider names."""
    layers = signal["log_std"]
    cells = [_cells(layer) for layer in layers]
    last = len(layers) - 1
    colours, texts = cells[last]
    trace = {
        "type": "heatmap", "x": signal["activations"], "y": signal["inits"],
        "z": colours, "text": texts, "texttemplate": "%{text}",
        "textfont": {"size": 12, "color": style.INK},
        "colorscale": SCALE, "zmin": -LIMIT, "zmax": LIMIT, "xgap": 2, "ygap": 2,
        "hovertemplate": "%{y}, %{x}: %{text}<extra></extra>",
        "colorbar": {
            "title": {"text": "log₁₀ std", "font": {"size": 12}}, "thickness": 12, "len": 0.9,
            "tickvals": [-4, -2, 0, 2, 4], "ticktext": ["≤ −4", "−2", "0", "2", "≥ 4"],
        },
    }  # fmt: skip
    steps = [
        {"label": str(i), "method": "restyle", "args": [{"z": [c], "text": [t]}]}
        for i, (c, t) in enumerate(cells)
    ]
    slider = {
        "active": last, "steps": steps, "x": 0, "len": 1, "pad": {"t": 34, "b": 0},
        "currentvalue": {"prefix": "after layer ", "font": {"size": 12}}, "font": {"size": 11},
    }  # fmt: skip
    caption = ["log10 of the std of a unit's output over the inputs; it starts at 0 (std 1)"]
    return plot(
        [trace], "", "", caption, MAP_PX, sliders=[slider], showlegend=False,
        xaxis={"side": "bottom", "type": "category"},
        yaxis={"autorange": "reversed", "type": "category"},
    )  # fmt: skip


def _cells(layer: np.ndarray) -> tuple[list[list[float | None]], list[list[str]]]:
    """Colours (None stays white) and texts of one layer's cells."""
    finite = np.nan_to_num(layer, nan=LIMIT, posinf=LIMIT, neginf=-LIMIT)
    colours = np.clip(finite, -LIMIT, LIMIT).round(2).tolist()
    return colours, [[_text(value) for value in row] for row in layer.tolist()]


def _text(value: float) -> str:
    if math.isnan(value):
        return "∞"
    if value == -math.inf:
        return "gone"
    return f"{value + 0.0:.1f}".replace("-0.0", "0.0").replace("-", "−")


def signal_lines(signal: dict[str, Any]) -> Plot:
    """log10 of the std against the layer, a line for each init; a menu chooses the activation."""
    log_std, names = signal["log_std"], signal["activations"]
    first = names.index("relu") if "relu" in names else 0
    depth = np.arange(len(log_std))
    traces = [
        line(depth, log_std[:, i, first], name, style.COLOURS[i % len(style.COLOURS)],
             style.DASHES[(i // len(style.COLOURS)) % len(style.DASHES)])
        for i, name in enumerate(signal["inits"])
    ]  # fmt: skip
    buttons = [
        {
            "label": name, "method": "restyle",
            "args": [{"y": [style.numbers(log_std[:, i, j]) for i in range(len(traces))]}],
        }
        for j, name in enumerate(names)
    ]  # fmt: skip
    menu = {
        "buttons": buttons, "active": first, "x": 1, "xanchor": "right", "y": 1.02,
        "yanchor": "bottom", "pad": {"t": 0, "b": 2}, "bgcolor": style.PAPER,
        "bordercolor": "#CBD2D9", "font": {"size": 12},
    }  # fmt: skip
    return plot(
        traces, "layer", "log₁₀ std", ["all inits with the activation of the menu"], HALF_PX,
        updatemenus=[menu], yaxis={"range": [-6, 4], "autorange": False},
        xaxis={"dtick": 1}, margin={"l": 54, "r": 12, "t": 40, "b": 36},
    )  # fmt: skip


def about_inits(numbers: dict[str, Any]) -> Any:
    signal = numbers["signal"]
    return pieces.about(
        "atlas_inits",
        f"The map sends {signal['inputs']} inputs of unit variance through {signal['depth']} "
        f"layers f(x @ w.t()) of {signal['width']} units and measures how far apart the inputs "
        "still are. Move the slider to watch it happen layer by layer.",
        "White: the signal keeps its size. Blue: it fades, and with it the gradient. Orange: it "
        "explodes. “gone”: every input gives the same output, so there is nothing left to learn "
        "from.",
        "Xavier is made for tanh, Kaiming for relu and its kin, lecun_normal for selu: follow "
        "those pairs. No init saves ten sigmoids.",
        f"At {signal['width']} inputs Kaiming's std is √(2/{signal['width']}) = "
        f"{math.sqrt(2 / signal['width']):.2g}: the notes' normal with std 0.1 does as well here, "
        "but only for layers of this size.",
        f"Below: {numbers['fan_out'] * numbers['fan_in']:,} weights of a layer with "
        f"{numbers['fan_in']} inputs and {numbers['fan_out']} outputs from each init, with the "
        "standard deviation they have and the one the source expects.",
    )
