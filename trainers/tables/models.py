"""MODELS: the networks, one entry each, built from a ModelSpec.

Activations and inits come in as plain callables, so this module knows no table but its own; it
trains nothing. Every model has `layers`: its weighted layers in forward order, each with the
activation module that is called on its output (a forward hook on that module sees the
pre-activations). Weights are drawn from PyTorch's global generator, layer by layer, weight
before bias: seed with `torch.manual_seed` before making a model.

The softmax at the end of one of the notes' models is not among the choices: cross-entropy
contains it, and it does not change which output is the largest.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Protocol, TypeVar, cast

import torch
from torch import Tensor, nn

from dashboard.errors import UserError
from trainers.tables.pooling import AvgPool2d

T = TypeVar("T")

LEAST_COUNT = 1e-6
HIDDEN = (200, 200)
"""Widths of the MLP's hidden layers where nothing else is asked for: the notes' 784-200-200-10."""

MakeActivation = Callable[[], nn.Module]
InitLayer = Callable[[Tensor, Tensor | None], None]
"""Fills (weight, bias) in place."""


@dataclass(frozen=True)
class ModelSpec:
    """What a model is made of. Of `activations` and `inits` the last one repeats."""

    activations: tuple[MakeActivation, ...]
    inits: tuple[InitLayer, ...]
    input_shape: tuple[int, ...]  # of one sample, for example channels, height, width
    n_classes: int  # outputs
    hidden: tuple[int, ...] | None = None  # None: the model's own
    dropout: tuple[float, ...] = ()  # one per hidden layer, or one for all
    output_activation: bool = False  # an activation on the outputs too
    tokens: int = 0  # ids there are where samples are token ids, 0: padding; 0: they are numbers


@dataclass(frozen=True)
class Layer:
    """One weighted layer of a model and the activation that follows it, if any does."""

    name: str
    weight: Tensor  # the nn.Parameter itself
    bias: Tensor | None
    activation: nn.Module | None


class Network(Protocol):
    """What the rest of trainers expects of a model, beside being an nn.Module."""

    @property
    def layers(self) -> list[Layer]:
        """The weighted layers, in forward order."""
        ...

    def __call__(self, x: Tensor) -> Tensor:
        """Outputs (N, C) for images (N, channels, height, width) or as rows."""
        ...


class Model(NamedTuple):
    """One network; `make(spec)` builds and initialises it, UserError for what it cannot be."""

    make: Callable[..., nn.Module]
    says: str
    source: str
    stackable: bool = False
    """Whether `trainers.stack` may train many of it as one, as it does on GPUs: it is a `Sequence`
    or a `TensorMLP`, and all its weights belong to `layers`."""


class Sequence(nn.Module):
    """Named modules one after the other; input of any shape that holds `input_shape` per row."""

    def __init__(self, input_shape: tuple[int, ...], steps: OrderedDict[str, nn.Module]) -> None:
        super().__init__()
        self.input_shape = input_shape
        self.net = nn.Sequential(steps)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (N, C)."""
        return cast(Tensor, self.net(x.reshape(-1, *self.input_shape)))

    @property
    def layers(self) -> list[Layer]:
        """The linear and convolution layers; `fc1` is followed by the activation `act_fc1`."""
        steps = dict(self.net.named_children())
        return [
            Layer(name, step.weight, step.bias, steps.get(f"act_{name}"))
            for name, step in steps.items()
            if isinstance(step, nn.Linear | nn.Conv2d)
        ]


class TokenCounts(nn.Module):
    """Token ids (N, T) int64 as how often each occurs (N, ids), a bag of words; 0 is no token.

    A linear layer on it sums its columns by token: an embedding, drawn as its init says. Each row
    is scaled to mean square 1, as the inits take inputs to be.
    """

    def __init__(self, ids: int) -> None:
        super().__init__()
        self.ids = ids

    def forward(self, tokens: Tensor) -> Tensor:
        """Scaled counts (N, ids); all 0 for a text without a token."""
        there = (tokens > 0).to(torch.get_default_dtype())
        counts = there.new_zeros(len(tokens), self.ids).scatter_add_(1, tokens, there)
        return counts / counts.square().mean(1, keepdim=True).sqrt().clamp_min(LEAST_COUNT)


class TensorMLP(nn.Module):
    """The MLP as the notes write it with bare tensors: `x @ w.t() + b`, layer after layer."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        widths = _widths(spec)
        n_hidden = len(widths) - 2
        self.names = [f"fc{i + 1}" for i in range(n_hidden)] + ["out"]
        self.activations = nn.ModuleDict(_activations(spec, self.names))
        self.dropouts = nn.ModuleDict(_dropouts(spec, self.names[:-1]))
        self.first = TokenCounts(spec.tokens) if spec.tokens else None
        fills = _one_per_layer(spec.inits, len(self.names), "inits")
        for i, (n_in, n_out) in enumerate(pairwise(widths), start=1):
            self.register_parameter(f"w{i}", nn.Parameter(torch.empty(n_out, n_in)))
            self.register_parameter(f"b{i}", nn.Parameter(torch.empty(n_out)))
            fills[i - 1](self.get_parameter(f"w{i}"), self.get_parameter(f"b{i}"))

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (N, C)."""
        x = x.flatten(1) if self.first is None else self.first(x)
        for i, name in enumerate(self.names, start=1):
            x = x @ self.get_parameter(f"w{i}").t() + self.get_parameter(f"b{i}")
            if name in self.activations:
                x = self.activations[name](x)
            if name in self.dropouts:
                x = self.dropouts[name](x)
        return x

    @property
    def layers(self) -> list[Layer]:
        """w1, b1 as layer `fc1` and so on; the last pair is `out`."""
        activations = dict(self.activations.items())
        return [
            Layer(
                name,
                self.get_parameter(f"w{i}"),
                self.get_parameter(f"b{i}"),
                activations.get(name),
            )
            for i, name in enumerate(self.names, start=1)
        ]


def _mlp(spec: ModelSpec) -> nn.Module:
    widths = _widths(spec)
    names = [f"fc{i + 1}" for i in range(len(widths) - 2)] + ["out"]
    activations = _activations(spec, names)
    dropouts = _dropouts(spec, names[:-1])
    steps: OrderedDict[str, nn.Module] = OrderedDict(flatten=_first(spec))
    for name, (n_in, n_out) in zip(names, pairwise(widths), strict=True):
        steps[name] = _undrawn(nn.Linear, n_in, n_out)
        if name in activations:
            steps[f"act_{name}"] = activations[name]
        if name in dropouts:
            steps[f"drop_{name}"] = dropouts[name]
    return _initialised(Sequence(spec.input_shape, steps), spec)


def _lenet(spec: ModelSpec) -> nn.Module:
    if spec.hidden is not None:
        raise UserError("lenet has layers of fixed sizes: --hidden is for mlp and mlp_tensors")
    if spec.dropout:
        raise UserError("lenet has no dropout: --dropout is for mlp and mlp_tensors")
    if len(spec.input_shape) != 3:
        raise UserError("lenet needs pictures: for tables and texts there is mlp")
    channels, height, width = spec.input_shape
    # Pooled to a half, 4 lost to the second convolution (it has no padding), pooled again.
    pooled = [(side // 2 - 4) // 2 for side in (height, width)]
    if min(pooled) < 1:
        raise UserError(f"lenet needs images of at least 12×12 pixels, not {height}×{width}")
    f = _activations(spec, ["conv1", "conv2", "fc1", "fc2", "out"])
    steps: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=_undrawn(nn.Conv2d, channels, 6, kernel_size=5, padding=2),
        act_conv1=f["conv1"],
        pool1=AvgPool2d(kernel_size=2, stride=2),
        conv2=_undrawn(nn.Conv2d, 6, 16, kernel_size=5),
        act_conv2=f["conv2"],
        pool2=AvgPool2d(kernel_size=2, stride=2),
        flatten=nn.Flatten(),
        fc1=_undrawn(nn.Linear, 16 * math.prod(pooled), 120),
        act_fc1=f["fc1"],
        fc2=_undrawn(nn.Linear, 120, 84),
        act_fc2=f["fc2"],
        out=_undrawn(nn.Linear, 84, spec.n_classes),
    )
    if "out" in f:
        steps["act_out"] = f["out"]
    return _initialised(Sequence(spec.input_shape, steps), spec)


def _widths(spec: ModelSpec) -> list[int]:
    hidden = HIDDEN if spec.hidden is None else spec.hidden
    if any(width < 1 for width in hidden):
        raise UserError(f"every hidden layer needs at least 1 unit, not {min(hidden)}")
    return [spec.tokens or math.prod(spec.input_shape), *hidden, spec.n_classes]


def _first(spec: ModelSpec) -> nn.Module:
    """What makes a row of numbers of a sample."""
    return TokenCounts(spec.tokens) if spec.tokens else nn.Flatten()


def _activations(spec: ModelSpec, names: list[str]) -> dict[str, nn.Module]:
    """A module of its own for every layer in `names` that is followed by one."""
    active = names if spec.output_activation else names[:-1]
    makes = _one_per_layer(spec.activations, len(active), "activations")
    return {name: make() for name, make in zip(active, makes, strict=True)}


def _dropouts(spec: ModelSpec, hidden_names: list[str]) -> dict[str, nn.Module]:
    if not spec.dropout:
        return {}
    if len(spec.dropout) not in (1, len(hidden_names)) or not hidden_names:
        raise UserError(
            f"dropout needs one value, or one for each of the {len(hidden_names)} hidden layers, "
            f"not {len(spec.dropout)}"
        )
    if not all(0 <= p < 1 for p in spec.dropout):
        raise UserError("dropout is the share of units to drop and must lie in [0, 1)")
    shares = _one_per_layer(spec.dropout, len(hidden_names), "dropout values")
    return {name: nn.Dropout(p) for name, p in zip(hidden_names, shares, strict=True)}


def _one_per_layer(entries: tuple[T, ...], n_layers: int, what: str) -> tuple[T, ...]:
    """`given` stretched to `n_layers` by repeating its last; a single one suits any number."""
    if len(entries) > max(n_layers, 1):
        raise UserError(f"{len(entries)} {what} are given for a model with places for {n_layers}")
    return (entries + entries[-1:] * n_layers)[:n_layers]


def _undrawn(layer: Callable[..., nn.Module], *sizes: int, **options: int) -> nn.Module:
    """The layer, with the global generator where it was: PyTorch's own first weights go unused.

    `nn.utils.skip_init` would do, but its first call imports a quarter of a second of PyTorch.
    """
    with torch.random.fork_rng(devices=[]):
        return layer(*sizes, **options)


def _initialised(model: Sequence, spec: ModelSpec) -> nn.Module:
    layers = model.layers
    for layer, fill in zip(layers, _one_per_layer(spec.inits, len(layers), "inits"), strict=True):
        fill(layer.weight, layer.bias)
    return model


_NOTES = "the source notes"

MODELS: dict[str, Model] = {
    "mlp": Model(
        make=_mlp,
        says="linear layers with the activation between, 784-200-200-10 unless --hidden says else",
        source="Rumelhart, Hinton & Williams 1986; sizes from " + _NOTES,
        stackable=True,
    ),
    "mlp_tensors": Model(
        make=TensorMLP,
        says="the same network from bare tensors: x @ w.t() + b, nothing hidden in nn.Linear",
        source=_NOTES,
        stackable=True,
    ),
    "lenet": Model(
        make=_lenet,
        says="LeNet-5 with average pooling: two convolutions, then 120-84-10",
        source="LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to "
        "document recognition",
        stackable=True,
    ),
}
