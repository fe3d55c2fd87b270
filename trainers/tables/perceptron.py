"""Builds multilayer perceptrons: from modules, and from bare tensors as the notes write them.

How it is chosen is `trainers.tables.models`.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from itertools import pairwise

import torch
from torch import Tensor, nn

from dashboard.errors import UserError
from trainers.tables.bag_of_words import TokenCounts
from trainers.tables.network import (
    ACTIVATION,
    NORM,
    Layer,
    ModelSpec,
    Sequence,
    activations_for,
    dropouts_for,
    initialised,
    one_per_layer,
    undrawn,
)

HIDDEN = (200, 200)
"""Widths of the MLP's hidden layers where nothing else is asked for: the notes' 784-200-200-10."""


def mlp(spec: ModelSpec) -> nn.Module:
    """Linear layers, each but the last followed by norm, activation and dropout."""
    widths = _widths(spec)
    names = _names(widths)
    activations = activations_for(spec, names)
    dropouts = dropouts_for(spec, names[:-1])
    steps: OrderedDict[str, nn.Module] = OrderedDict(flatten=_first(spec))
    for name, (n_in, n_out) in zip(names, pairwise(widths), strict=True):
        steps[name] = undrawn(nn.Linear, n_in, n_out)
        norm = spec.norm(n_out, False) if name != names[-1] else None
        if norm is not None:
            steps[NORM + name] = norm
        if name in activations:
            steps[ACTIVATION + name] = activations[name]
        if name in dropouts:
            steps[f"drop_{name}"] = dropouts[name]
    return initialised(Sequence(spec.input_shape, steps), spec)


class TensorMLP(nn.Module):
    """The MLP as the notes write it with bare tensors: `x @ w.t() + b`, layer after layer."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        widths = _widths(spec)
        self.names = _names(widths)
        self.activations = nn.ModuleDict(activations_for(spec, self.names))
        self.dropouts = nn.ModuleDict(dropouts_for(spec, self.names[:-1]))
        norms = {
            name: spec.norm(n, False) for name, n in zip(self.names[:-1], widths[1:-1], strict=True)
        }
        self.norms = nn.ModuleDict({name: norm for name, norm in norms.items() if norm})
        self.first = TokenCounts(spec.tokens) if spec.tokens else None
        fills = one_per_layer(spec.inits, len(self.names), "inits")
        for i, (n_in, n_out) in enumerate(pairwise(widths), start=1):
            self.register_parameter(f"w{i}", nn.Parameter(torch.empty(n_out, n_in)))
            self.register_parameter(f"b{i}", nn.Parameter(torch.empty(n_out)))
            fills[i - 1](self.get_parameter(f"w{i}"), self.get_parameter(f"b{i}"))

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (N, C)."""
        x = x.flatten(1) if self.first is None else self.first(x)
        for i, name in enumerate(self.names, start=1):
            x = x @ self.get_parameter(f"w{i}").t() + self.get_parameter(f"b{i}")
            for follows in (self.norms, self.activations, self.dropouts):
                if name in follows:
                    x = follows[name](x)
        return x

    @property
    def layers(self) -> list[Layer]:
        """w1, b1 as layer `fc1` and so on; the last pair is `out`."""
        activations, norms = dict(self.activations.items()), dict(self.norms.items())
        return [
            Layer(
                name,
                self.get_parameter(f"w{i}"),
                self.get_parameter(f"b{i}"),
                activations.get(name),
                norms.get(name),
            )
            for i, name in enumerate(self.names, start=1)
        ]


def _names(widths: list[int]) -> list[str]:
    return [f"fc{i + 1}" for i in range(len(widths) - 2)] + ["out"]


def _widths(spec: ModelSpec) -> list[int]:
    hidden = HIDDEN if spec.hidden is None else spec.hidden
    if any(width < 1 for width in hidden):
        raise UserError(f"every hidden layer needs at least 1 unit, not {min(hidden)}")
    return [spec.tokens or math.prod(spec.input_shape), *hidden, spec.n_classes]


def _first(spec: ModelSpec) -> nn.Module:
    """What makes a row of numbers of a sample."""
    return TokenCounts(spec.tokens) if spec.tokens else nn.Flatten()
