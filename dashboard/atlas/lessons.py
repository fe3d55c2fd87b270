"""Draws the notes' remarks: accuracy is no loss, convolutions, `apply`, `parameters()`, dropout."""

from __future__ import annotations

from typing import Any

from dashboard.atlas import pieces
from dashboard.atlas.pieces import BLUE, HALF_PX, ORANGE, code, line, place, plot
from dashboard.board.scene import Place
from dashboard.windows import html, style
from dashboard.windows.content import Html, Plot
from dashboard.windows.html import tag


def of_losses(numbers: dict[str, Any]) -> list[Place]:
    """What the chapter of losses has of them."""
    return [
        place("accuracy", "accuracy is no loss", HALF_PX, 370,
              "accuracy and loss while one weight moves", accuracy, numbers["accuracy"]),
        place("soft_labels", "targets: a class, or a row of probabilities", HALF_PX, 370,
              "how targets are written", targets),
    ]  # fmt: skip


def of_layers(numbers: dict[str, Any]) -> list[Place]:
    """What the chapter of layers has of them."""
    return [
        place("convolution", "a convolution", HALF_PX, 400,
              "one by hand, and the sizes in LeNet", convolution, numbers["convolution"]),
        place("parameters", "parameters()", HALF_PX, 400,
              "what a layer's parameters() give", parameters, numbers["parameters"]),
        place("apply", "first weights by apply", HALF_PX, 330,
              "the notes' init of every linear layer", applied, numbers["apply"]),
        place("dropout_of_whole_numbers", "dropout needs floats", HALF_PX, 330,
              "what PyTorch says of whole numbers", whole_numbers,
              numbers["dropout_of_whole_numbers"]),
    ]  # fmt: skip


def accuracy(numbers: dict[str, Any]) -> Plot:
    """A staircase and a smooth line over one weight."""
    traces = [
        line(numbers["weight"], numbers["accuracy"], "accuracy", ORANGE) | {"yaxis": "y2"},
        line(numbers["weight"], numbers["loss"], "cross-entropy", BLUE),
    ]
    caption = [
        "d accuracy / d w = 0 almost everywhere",
        "32 of 100 images are right where the weight is 0. A little more or less of it and they "
        "are still 32 %, or 33 % at once: never 32.01 %. So accuracy says no weight where to go. "
        "The loss moves with every weight, and has a slope.",
    ]
    return plot(
        traces, "one weight", "cross-entropy", caption, HALF_PX,
        legend=pieces.LEGEND_INSIDE | {"x": 0.5, "xanchor": "center"},
        margin={"l": 54, "r": 58, "t": 76, "b": 36},
        yaxis2=style.axis("accuracy", overlaying="y", side="right", showgrid=False,
                          tickformat=".0%", dtick=0.01),
    )  # fmt: skip


def targets() -> Html:
    """The ways to write a target, and the choice that trains with each."""
    rows = [
        [code("tensor([1, 0, 3])"), "class numbers (N,)", code("--loss cross_entropy")],
        [code("F.one_hot(y, 8).float()"), "one-hot rows (N, C): all of it on the true class",
         code("--loss mse")],
        [code("randn(6, 8).softmax(1)"), "rows of probabilities (N, C), each with sum 1",
         code("--loss soft_cross_entropy:sure=0.9")],
        [code("label_smoothing=0.1"), "a tenth of it spread over all classes alike",
         code("--loss cross_entropy:label_smoothing=0.1")],
        [code("LogSoftmax, then NLLLoss"), "the same number as cross_entropy, in two parts",
         code("--loss log_softmax_nll")],
    ]  # fmt: skip
    return pieces.text_window(
        html.table(["target", "what it is", "as a choice"], rows),
        tag("p", "Cross-entropy contains the softmax: outputs go in as they are. Whoever applies "
            "softmax before it has it twice, and learns slowly.", css="tb-note"),
    )  # fmt: skip


def convolution(numbers: dict[str, Any]) -> Html:
    """The sum that a convolution is, an example, and the formula of its size."""
    from dashboard.atlas.examples import matrix

    x, w, z = (matrix(numbers[name], 0) for name in ("x", "w", "z"))
    rows = [[code(name), *sizes] for name, *sizes in numbers["sizes"]]
    return pieces.text_window(
        tag("p", code("z[o, i, j] = b[o] + Σ w[o, c, u, v] · x[c, s·i + u − p, s·j + v − p]")),
        tag("p", x, " by ", w, " gives ", z, ": each square of x times w, added up."),
        tag("p", "A side of n pixels becomes ", code("⌊(n + 2p − k) / s⌋ + 1"),
            ", with kernel k, padding p on both sides and stride s; pooling the same. In LeNet:"),
        html.table(["", "n", "k", "p", "s", "becomes"], rows),
        tag("p", "Pooling takes the mean of a square (", code("lenet"), ", after the notes) or its "
            "largest number (", code("--model lenet:pooling=max"), ").", css="tb-note"),
    )  # fmt: skip


def parameters(entries: list[tuple[str, list[int], str]]) -> Html:
    """Each parameter with its name, shape and values, as PyTorch prints them."""
    rows = [
        [code(name), "×".join(map(str, shape)), tag("pre", values)]
        for name, shape, values in entries
    ]
    return pieces.text_window(
        tag("p", code("for name, p in model.named_parameters(): print(name, p)")),
        html.table(["name", "shape", "values"], rows),
        tag("p", code("parameters()"), " gives the same tensors without their names, which is all "
            "an optimizer needs; ", code("state_dict()"), " the same by name, with what is no "
            "parameter too, such as the running means of batch norm. Those of a run stand in the "
            "window of its model.", css="tb-note"),
    )  # fmt: skip


def applied(numbers: dict[str, Any]) -> Html:
    """The notes' function, what it leaves in each layer, and the flags for the same."""
    bias = numbers["bias"]
    lines = (
        "def init_params(layer):\n"
        "    if isinstance(layer, nn.Linear):\n"
        "        nn.init.xavier_uniform_(layer.weight)\n"
        f"        nn.init.constant_(layer.bias, {bias:g})\n"
        "model.apply(init_params)"
    )
    rows = [
        [code(name), "×".join(map(str, shape)), f"{std:.3f}", " ".join(f"{b:g}" for b in biases)]
        for name, shape, std, biases in numbers["layers"]
    ]
    return pieces.text_window(
        tag("pre", lines),
        html.table(["layer", "weights", "their std", "biases"], rows),
        tag("p", "The same of any model here: ",
            code(f"--init xavier_uniform --bias-init constant:value={bias:g}"), css="tb-note"),
    )  # fmt: skip


def whole_numbers(numbers: dict[str, str]) -> Html:
    """The error, and the same with floats."""
    return pieces.text_window(
        tag("p", code(f"x = {numbers['x']}"), "; ", code("nn.Dropout(0.5)(x)"), " fails:"),
        tag("pre", numbers["error"] or "no error"),
        tag("p", "What is kept is divided by 1 − p, which whole numbers cannot hold. With ",
            code("x.float()"), ":"),
        tag("pre", numbers["floats"]),
    )  # fmt: skip
