"""Draws the chapters of functions: activations with their slopes, losses with their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.atlas import pieces
from dashboard.atlas.pieces import BLUE, HALF_PX, ORANGE, QUARTER_PX, THIRD_PX, line, place, plot
from dashboard.board.scene import Place
from dashboard.windows import style
from dashboard.windows.content import Plot

SHADE = "rgba(82, 96, 109, 0.16)"
ROW_PX = 290
TOP_ROW_PX = 340


def activations(numbers: dict[str, Any]) -> list[Place]:
    """All functions in one plot, softmax, then a window for each activation."""
    entries, threshold = numbers["entries"], numbers["saturated_below"]
    places = [
        place("all", "all activations", HALF_PX, TOP_ROW_PX, "every f in one plot; buttons for f′",
              overlay, entries),
        place("softmax", "softmax", QUARTER_PX, TOP_ROW_PX, "outputs seen as probabilities",
              softmax, numbers["softmax"]),
        place("about", "how to read this", QUARTER_PX, TOP_ROW_PX, "what the windows show",
              about_activations, threshold),
    ]  # fmt: skip
    for name, entry in entries.items():
        places.append(place(name, name, QUARTER_PX, ROW_PX, entry["says"], activation, entry))
    table = place("sources", "where they come from", HALF_PX, ROW_PX, "sources, and where f′ ≈ 0",
                  pieces.sources, entries, "saturates", "saturates")  # fmt: skip
    return [*places, table]


def activation(entry: dict[str, Any]) -> Plot:
    """f and f′ together; the stretches where |f′| is tiny are shaded."""
    traces = [
        line(entry["x"], entry["f"], "f", BLUE),
        line(entry["x"], entry["slope"], "f′", ORANGE, "dash"),
    ]
    shades = [
        {
            "type": "rect", "xref": "x", "yref": "paper", "layer": "below", "line": {"width": 0},
            "x0": low, "x1": high, "y0": 0, "y1": 1, "fillcolor": SHADE,
        }
        for low, high in entry["saturated"]
    ]  # fmt: skip
    return plot(
        traces, "x", "", [entry["formula"], entry["says"]], QUARTER_PX,
        shapes=shades, legend=pieces.LEGEND_INSIDE, yaxis={"zerolinecolor": "#9AA5B1"},
        xaxis={"zerolinecolor": "#9AA5B1"},
    )  # fmt: skip


def overlay(entries: dict[str, Any]) -> Plot:
    """Every f, or every f′, in one plot: two buttons change between them."""
    traces = []
    for key in ("f", "slope"):
        for i, (name, entry) in enumerate(entries.items()):
            colour = style.COLOURS[i % len(style.COLOURS)]
            dash = style.DASHES[i % 3]
            visibility = {"visible": key == "f", "legendgroup": name}
            traces.append(line(entry["x"], entry[key], name, colour, dash, **visibility))
    n = len(entries)
    buttons = [
        button("f", [True] * n + [False] * n, [-3, 6]),
        button("f′", [False] * n + [True] * n, [-0.3, 1.3]),
    ]
    return plot(
        traces, "x", "", ["f(x), or with the button its slope f′(x)"], HALF_PX,
        updatemenus=[switch(buttons)], yaxis={"range": [-3, 6], "autorange": False},
    )  # fmt: skip


def button(label: str, visible: list[bool], y_range: list[float]) -> dict[str, Any]:
    return {
        "label": label, "method": "update",
        "args": [{"visible": visible}, {"yaxis.range": y_range}],
    }  # fmt: skip


def switch(buttons: list[dict[str, Any]]) -> dict[str, Any]:
    """Buttons above the right end of a plot."""
    return {
        "type": "buttons", "direction": "right", "buttons": buttons, "showactive": True,
        "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom", "pad": {"t": 0, "b": 2},
        "bgcolor": style.PAPER, "bordercolor": "#CBD2D9", "font": {"size": 12},
    }  # fmt: skip


def softmax(numbers: dict[str, Any]) -> Plot:
    """Three probabilities while the first output moves; they always sum to 1."""
    names = ["p₁", *(f"p of z = {z:g}" for z in numbers["others"])]
    traces = [
        line(numbers["x"], p, name, colour, dash)
        for p, name, colour, dash in zip(
            numbers["probabilities"], names, style.COLOURS, ("solid", "dash", "dot"), strict=False
        )
    ]
    caption = [
        numbers["formula"],
        f"{numbers['says']}. No choice of activation here: cross-entropy contains it.",
    ]
    return plot(
        traces, "output z₁ (the other two stand still)", "", caption, QUARTER_PX,
        legend=pieces.LEGEND_INSIDE | {"orientation": "h"},
        yaxis={"range": [-0.02, 1.2], "autorange": False},
    )  # fmt: skip


def about_activations(threshold: float) -> Any:
    return pieces.about(
        "atlas_activations",
        "Each small window has a function f (solid) and its slope f′ (dashed), "
        "which autograd computed.",
        f"Shaded: |f′| < {threshold:g}. There a unit is saturated: almost no gradient passes "
        "through it, so it hardly learns. On both sides for sigmoid and tanh, on one side for "
        "relu; leaky_relu keeps its small slope.",
        "A chain of layers multiplies slopes: with at most ¼ for each sigmoid, ten layers leave "
        "less than a millionth.",
    )


def losses(numbers: dict[str, Any]) -> list[Place]:
    """A window for each loss, against the error or the probability of the true class."""
    places = [
        place(name, name, THIRD_PX, 370, entry["says"], loss, entry)
        for name, entry in numbers.items()
    ]
    places.append(place("about", "how to read this", THIRD_PX, 370, "what the windows show",
                        about_losses))  # fmt: skip
    return [*places,
            place("sources", "where they come from", pieces.WHOLE_PX, 260, "what each compares",
                  pieces.sources, numbers, "compares", "compares")]  # fmt: skip


def loss(entry: dict[str, Any]) -> Plot:
    """One loss and its gradient with respect to the output."""
    raw = entry["outputs_as"] == "raw"
    x_title = "error z − t of one output" if raw else "probability p of the true class"
    gradient = "gradient in z" if raw else "gradient in the true class's output z"
    traces = [
        line(entry["x"], entry["loss"], "loss", BLUE),
        line(entry["x"], entry["gradient"], gradient, ORANGE, "dash"),
    ]
    top = float(np.max(entry["loss"]))
    return plot(
        traces, x_title, "", [entry["formula"], f"Compares {entry['compares']}: {entry['says']}."],
        THIRD_PX, legend=pieces.LEGEND_INSIDE | {"x": 0.97 if not raw else 0.5,
                                                 "xanchor": "right" if not raw else "center"},
        yaxis={"range": [min(-1.2, float(np.min(entry["gradient"])) * 1.05), top * 1.08],
               "autorange": False, "zerolinecolor": "#9AA5B1"},
    )  # fmt: skip


def about_losses() -> Any:
    return pieces.about(
        "atlas_losses",
        "The loss of a single output (solid), and its gradient with respect to that output "
        "(dashed): how hard the error pulls on the weights behind it.",
        "cross_entropy and bce first turn outputs into probabilities. Their gradient is p − 1: "
        "strong while the true class is thought unlikely, and gone when it is certain.",
        "mse, mae and smooth_l1 are made for regression. Here they compare raw outputs with a "
        "one-hot row: 1 for the true class, 0 for the others.",
        "Accuracy is the same under every loss: the share of pictures whose largest output "
        "is the true class's.",
    )
