"""PALETTE: which colour, dash and marker stands for which value of a setting.

A value has the same colour in every experiment: the choices that people compare most have places of
their own, any other value gets one by its name, and the next free one where two would meet. What a
colour index looks like, in light and in dark, is below; who uses it is decided elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

# Four of Okabe and Ito's set for colour-blind readers (2008) and eight more; the first six keep
# apart for every reader. The dark ones are the same hues, lighter, for a dark ground.
LIGHT = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#3D9BD9", "#5A2D82",
    "#6B3E00", "#C98500", "#5B5B5B", "#A3245B", "#2F6F4F", "#8A6D00",
)  # fmt: skip
DARK = (
    "#4BA8E0", "#FF8A3D", "#2BC79B", "#E79CC6", "#8CC8F2", "#B48CDE",
    "#C99A5B", "#F0B429", "#A9B0B8", "#F0709F", "#7CC29E", "#D1B84A",
)  # fmt: skip
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKERS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "pentagon", "hexagon")

# Choices with a place of their own, each list within one setting; the most compared first.
PLACES: tuple[tuple[str, ...], ...] = (
    ("relu", "sigmoid", "tanh", "leaky_relu", "gelu", "elu", "selu", "softplus", "identity",
     "silu"),
    ("kaiming_normal", "zeros", "xavier_normal", "normal", "default", "uniform", "orthogonal",
     "constant", "ones", "kaiming_uniform", "xavier_uniform", "lecun_normal"),
    ("sgd", "adam", "adamw"),
    ("cross_entropy", "mse", "mae", "smooth_l1", "bce"),
    ("mlp", "lenet", "mlp_tensors"),
    ("mnist", "fashion_mnist"),
)  # fmt: skip


def colours(values: Sequence[Any]) -> list[int]:
    """The colour index of each value of one setting; no two share one while there are enough."""
    return _spread([_place(value, len(LIGHT)) for value in values], len(LIGHT))


def _place(value: Any, count: int) -> int:
    name = value.partition(":")[0] if isinstance(value, str) else ""
    for names in PLACES:
        if name in names:
            return names.index(name) % count
    return int(hashlib.sha256(repr(value).encode()).hexdigest()[:8], 16) % count


def _spread(places: Sequence[int], count: int) -> list[int]:
    """Each its own index, or the next free one; beyond `count` they are shared in turn."""
    busy: set[int] = set()
    indices = []
    for index in places:
        if len(busy) < count:
            while index in busy:
                index = (index + 1) % count
            busy.add(index)
        indices.append(index)
    return indices
