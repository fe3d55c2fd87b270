"""Draws the chapters of worked examples: entropy, cross-entropy, a layer, dropout, one SGD step."""

from __future__ import annotations

from typing import Any

from dashboard.atlas import pieces
from dashboard.atlas.pieces import (
    BLUE,
    GREEN,
    HALF_PX,
    ORANGE,
    PALE_BLUE,
    THIRD_PX,
    code,
    place,
    plot,
)
from dashboard.board.scene import Place
from dashboard.windows import html, style
from dashboard.windows.content import Html, Plot
from dashboard.windows.html import Safe, tag
from dashboard.windows.model import layers_html

WIDE_PX = 890
CLASSES = ["1", "2", "3", "4"]


def entropy(numbers: dict[str, Any]) -> list[Place]:
    """The notes' three distributions, and cross-entropy = entropy + KL with a slider."""
    places = [
        place(f"p{i}", says, THIRD_PX, 330, "a distribution and its entropy in bits",
              distribution, says, entry)
        for i, (says, entry) in enumerate(numbers["distributions"].items(), 1)
    ]  # fmt: skip
    return [
        *places,
        place("cross_entropy", "cross-entropy = entropy + KL", WIDE_PX, 420,
              "a guess q against the truth p; slider over guesses",
              cross_entropy, numbers),
        place("about", "how to read this", THIRD_PX, 420, "what the windows show", about_entropy),
    ]  # fmt: skip


def distribution(says: str, entry: dict[str, Any]) -> Plot:
    """Four bars and the entropy in bits."""
    caption = [
        f"-(p * log2(p)).sum() = {entry['bits']:.4f} bits",
        f"{says}: {', '.join(f'{p:g}' for p in entry['p'])}",
    ]
    return plot(
        [_bars(CLASSES, entry["p"], "p", BLUE) | {"showlegend": False}], "outcome", "probability",
        caption, THIRD_PX, margin={"l": 54, "r": 12, "t": 46, "b": 36}, bargap=0.4,
        yaxis={"range": [0, 1.12], "autorange": False}, xaxis={"type": "category"},
    )  # fmt: skip


def cross_entropy(numbers: dict[str, Any]) -> Plot:
    """Left p and q, right H(p) and KL stacked; a slider goes through the guesses q."""
    guesses = numbers["guesses"]
    first = next(iter(guesses.values()))
    top = max(entry["cross_entropy"] for entry in guesses.values())
    caption = [
        "H(p, q) = -sum p log2 q = H(p) + KL(p||q)",
        "The whole bar on the right is the cross-entropy. Its blue part belongs to p and stays; "
        "training can only take away the green part, and at q = p it is gone.",
    ]
    return plot(
        _two_sides(numbers["p"], numbers["entropy"], first), "outcome", "probability", caption,
        WIDE_PX, sliders=[_slider(guesses)], barmode="group",
        margin={"l": 54, "r": 12, "t": 64, "b": 36},
        xaxis={"type": "category", "domain": [0, 0.56]},
        yaxis={"range": [0, 1.1], "autorange": False},
        xaxis2=style.axis(total_text(first), type="category", domain=[0.66, 0.84],
                          anchor="y2"),
        yaxis2=style.axis("bits", range=[0, top * 1.08], autorange=False, anchor="x2"),
        legend={"x": 1, "xanchor": "right", "y": 1},
    )  # fmt: skip


def _two_sides(p: list[float], h: float, first: dict[str, Any]) -> list[dict[str, Any]]:
    traces = [
        _bars(CLASSES, p, "p, the truth", BLUE),
        _bars(CLASSES, first["q"], "q, the guess", ORANGE),
        _bars([""], [h], "entropy H(p)", PALE_BLUE, text=[f"{h:.2f}"]),
        _bars([""], [first["kl"]], "KL(p‖q)", GREEN),
    ]
    for trace in traces[2:]:
        trace |= {"xaxis": "x2", "yaxis": "y2", "offsetgroup": "stack", "textposition": "inside"}
    traces[3]["base"] = [h]
    traces[3]["text"] = [f"{first['kl']:.2f}"]
    return traces


def _slider(guesses: dict[str, Any]) -> dict[str, Any]:
    steps = [
        {
            "label": says, "method": "update",
            "args": [_guess(entry), {"xaxis2.title.text": total_text(entry)}, [1, 3]],
        }
        for says, entry in guesses.items()
    ]  # fmt: skip
    return {
        "active": 0, "steps": steps, "x": 0, "len": 0.95, "pad": {"t": 40}, "font": {"size": 11},
        "currentvalue": {"prefix": "the guess: ", "font": {"size": 13}},
    }  # fmt: skip


def _guess(entry: dict[str, Any]) -> dict[str, Any]:
    """What the slider changes in the traces of q and of KL."""
    texts = [_labels(entry["q"]), [f"{entry['kl']:.2f}"]]
    return {"y": [entry["q"], [entry["kl"]]], "text": texts}


def total_text(guess: dict[str, Any]) -> str:
    return f"H(p, q) = {guess['cross_entropy']:.2f} bits"


def _bars(x: list[str], y: list[float], name: str, colour: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "bar", "x": x, "y": y, "name": style.plain(name), "marker": {"color": colour},
        "text": _labels(y), "textposition": "outside", "cliponaxis": False,
        "textfont": {"color": style.INK},
        "hovertemplate": "%{y:.4f}<extra>" + style.plain(name) + "</extra>", **more,
    }  # fmt: skip


def _labels(values: list[float]) -> list[str]:
    return [f"{value:g}" for value in values]


def about_entropy() -> Html:
    return pieces.about(
        "atlas_entropy",
        "Entropy (Shannon 1948, A mathematical theory of communication) is the mean surprise, in "
        "bits: high when everything is possible, near 0 when one outcome is almost certain.",
        "The third distribution is written as in the notes; it sums to 1.002.",
        "Cross-entropy is the mean surprise of somebody who believes q while p is true. It is the "
        "entropy plus the Kullback–Leibler divergence (Kullback & Leibler 1951), which is 0 only "
        "at q = p. With a one-hot p the entropy is 0, and the loss is −log q of the true class.",
        "PyTorch's loss uses the natural logarithm: 1 bit is 0.693 there.",
    )


def layers(numbers: dict[str, Any]) -> list[Place]:
    """A linear layer, a step of SGD, dropout, and the layers of every model."""
    places = [
        place("linear", "a linear layer", HALF_PX, 300, "x @ w.t() + b with its shapes",
              linear, numbers["linear"]),
        place("dropout", "dropout", HALF_PX, 300, "dropout on a sample vector",
              dropout, numbers["dropout"]),
        place("sgd_step", "one step of SGD", HALF_PX, 350, "weights before and after",
              sgd_step, numbers["sgd_step"]),
        place("about", "how to read this", HALF_PX, 350, "what the windows show", about_layers),
    ]  # fmt: skip
    for name, model in numbers["models"].items():
        places.append(
            place(
                name,
                f"model {name}",
                HALF_PX,
                430,
                model["says"],
                layers_html,
                model,
            )
        )
    return places


def linear(parts: list[tuple[str, list[int], str]]) -> Html:
    rows = [[code(part), shape_text(shape), says] for part, shape, says in parts]
    return pieces.text_window(
        tag("p", code("nn.Linear(784, 512)"), " computes ", code("x @ w.t() + b"), ":"),
        html.table(["part", "shape", "what it is"], rows),
        tag("p", "Source: the notes; PyTorch documentation of nn.Linear.", css="tb-note"),
    )


def shape_text(shape: list[int]) -> Safe:
    inside = ", ".join(str(size) for size in shape)
    return code(f"({inside},)" if len(shape) == 1 else f"({inside})")


def dropout(numbers: dict[str, Any]) -> Plot:
    """Bars of the vector before and after, with the values on them."""
    places = [f"x[{i}]" for i in range(len(numbers["x"]))]
    caption = [
        f"y = x * mask / (1 - p), p = {numbers['p']:g}",
        "While training a value is dropped with probability p; what is kept is divided by 1 − p, "
        "here doubled, so that the mean stays. While evaluating, x passes unchanged. "
        "Srivastava et al. 2014, Dropout.",
    ]
    return plot(
        [_bars(places, numbers["x"], "x (and y while evaluating)", PALE_BLUE),
         _bars(places, numbers["training"], "y while training", ORANGE)],
        "", "value", caption, HALF_PX, margin={"l": 54, "r": 12, "t": 64, "b": 30},
        legend=pieces.LEGEND_INSIDE, yaxis={"range": [0, 23], "autorange": False},
        xaxis={"type": "category"}, barmode="group",
    )  # fmt: skip


def sgd_step(numbers: dict[str, Any]) -> Html:
    """w and b before the step, their gradients, and after."""
    parts = [
        ("before", numbers["w_before"], numbers["b_before"]),
        ("gradient", numbers["w_gradient"], numbers["b_gradient"]),
        ("after", numbers["w_after"], numbers["b_after"]),
    ]
    rows = [
        [tag("b", says), matrix(w, digits), matrix([[value] for value in b], digits)]
        for (says, w, b), digits in zip(parts, (1, 2, 3), strict=True)
    ]
    lr = numbers["lr"]
    return pieces.text_window(
        tag("p", code(f"w = w - {lr:g} * gradient"), ", with x = ", matrix_text(numbers["x"]),
            ", target 0, MSE."),
        html.table(["", "w, shape (3, 5)", "b, shape (3,)"], rows),
        tag("p", f"The loss goes from {numbers['loss_before']:,.1f} to "
            f"{numbers['loss_after']:,.0f}: up, because for inputs as large as 10 a rate of "
            f"{lr:g} steps far past the minimum. The gradient points the right way; the step is "
            "too long."),
    )  # fmt: skip


def matrix(rows: list[list[float]], digits: int) -> Safe:
    """A table of numbers, right-aligned."""
    cell = "padding:0 6px;text-align:right;border:0;font-variant-numeric:tabular-nums"
    lines = [
        tag(
            "tr", *(tag("td", f"{value:.{digits}f}".replace("-", "−"), style=cell) for value in row)
        )
        for row in rows
    ]
    return tag("table", *lines, style="display:inline-table")


def matrix_text(rows: list[list[float]]) -> Safe:
    return code("[" + ", ".join("[" + " ".join(f"{v:g}" for v in row) + "]" for row in rows) + "]")


def about_layers() -> Html:
    return pieces.about(
        "atlas_layers",
        "A linear layer is one matrix product and one addition. PyTorch keeps w as (outputs, "
        "inputs), which is why the formula turns it over. The model mlp_tensors is written this "
        "way and gives the same numbers as mlp.",
        "The step of SGD is the notes' example of a layer with known weights: multiply the "
        "gradient by the learning rate and subtract it. Try it by hand: 0.1 − 0.1 × 68.83 = "
        "−6.783.",
        "Below, every model layer by layer: what comes out of each for one picture, and how many "
        "numbers it learns.",
    )
