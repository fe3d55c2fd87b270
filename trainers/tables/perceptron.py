"""Builds multilayer perceptrons: from modules, and from bare tensors as the notes write them.

How it is chosen is `trainers.tables.models`.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn

from dashboard.errors import UserError
from trainers.tables.bag_of_words import TokenCounts
from trainers.tables.network import (
    Layer,
    ModelSpec,
    Residual,
    Sequence,
    Steps,
    activations_for,
    add_layer,
    dropouts_for,
    initialised,
    no_norm,
    one_per_layer,
    refuse,
    undrawn,
)

HIDDEN = (200, 200)
"""Widths of the MLP's hidden layers where nothing else is asked for: the notes' 784-200-200-10."""


def mlp(spec: ModelSpec) -> nn.Module:
    """Linear layers, each but the last followed by norm, activation and dropout."""
    refuse(spec, "mlp", "channels")
    widths = _widths(spec)
    steps: Steps = OrderedDict(flatten=_first(spec))
    add_linear(steps, spec, widths, activations_for(spec, linear_names(widths)))
    if spec.skip and not any(isinstance(step, Residual) for step in steps.values()):
        raise UserError("--skip needs two hidden layers of one width, one behind the other")
    return initialised(Sequence(spec.input_shape, steps), spec)


def add_linear(
    steps: Steps, spec: ModelSpec, widths: list[int], activations: Mapping[str, nn.Module]
) -> None:
    """Add linear layers of these widths, from the inputs to the outputs, as `spec` has them.

    With skips a hidden layer behind one of the same width is added to what it is given.
    """
    names = linear_names(widths)
    dropouts = dropouts_for(spec, names[:-1])
    for name, (n_in, n_out) in zip(names, pairwise(widths), strict=True):
        part: Steps = OrderedDict()
        norm = spec.norm if name != names[-1] else no_norm
        add_layer(part, name, undrawn(nn.Linear, n_in, n_out), norm, activations.get(name))
        if name in dropouts:
            part[f"drop_{name}"] = dropouts[name]
        if spec.skip and n_in == n_out and name not in (names[0], names[-1]):
            part = OrderedDict({f"skip_{name}": Residual(part)})
        steps.update(part)


class TensorMLP(nn.Module):
    """The MLP as the notes write it with bare tensors: `x @ w.t() + b`, layer after layer."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        refuse(spec, "mlp_tensors", "channels", "skip")
        widths = _widths(spec)
        self.names = linear_names(widths)
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


def linear_names(widths: list[int]) -> list[str]:
    """fc1, fc2, … and out, for layers from each of these widths to the next."""
    return [f"fc{i + 1}" for i in range(len(widths) - 2)] + ["out"]


def _widths(spec: ModelSpec) -> list[int]:
    hidden = HIDDEN if spec.hidden is None else spec.hidden
    if any(width < 1 for width in hidden):
        raise UserError(f"every hidden layer needs at least 1 unit, not {min(hidden)}")
    return [spec.tokens or math.prod(spec.input_shape), *hidden, spec.n_classes]


def _first(spec: ModelSpec) -> nn.Module:
    """What makes a row of numbers of a sample."""
    return TokenCounts(spec.tokens) if spec.tokens else nn.Flatten()
