"""The parts of networks: what a model is asked to be, its layers, and how they are put together.

Which networks there are is `trainers.tables.models`; how each is built from these parts stands in
`perceptron`, `convolutional` and `residual` beside it. Activations, inits and norms come in as
plain callables, so nothing here knows a table; nothing is trained.

Every model has `layers`: its weighted layers in forward order, each with the norm and the
activation that follow it. Weights are drawn from PyTorch's global generator, layer by layer, weight
before bias: seed with `torch.manual_seed` before making a model.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar, cast

import torch
from torch import Tensor, nn

from dashboard.errors import UserError

T = TypeVar("T")

MakeActivation = Callable[[], nn.Module]
InitLayer = Callable[[Tensor, Tensor | None], None]
"""Fills (weight, bias) in place."""
MakeNorm = Callable[[int, bool], nn.Module | None]
"""Called with how many units or channels there are, and whether each is a map (height, width);
gives the module that follows a layer, None for none."""
NORM, ACTIVATION = "norm_", "act_"
"""A norm and an activation are named by these and the layer that they follow."""


def no_norm(units: int, is_map: bool) -> nn.Module | None:
    """Nothing between a layer and its activation."""
    return None


@dataclass(frozen=True)
class ModelSpec:
    """What a model is made of. Of `activations` and `inits` the last one repeats."""

    activations: tuple[MakeActivation, ...]
    inits: tuple[InitLayer, ...]
    input_shape: tuple[int, ...]  # of one sample, for example channels, height, width
    n_classes: int  # outputs
    hidden: tuple[int, ...] | None = None  # None: the model's own
    channels: tuple[int, ...] | None = None  # of convolutions; None: the model's own
    skip: bool = False  # hidden layers are added to what they are given
    dropout: tuple[float, ...] = ()  # one per hidden layer, or one for all
    output_activation: bool = False  # an activation on the outputs too
    norm: MakeNorm = no_norm  # behind every layer but the last
    tokens: int = 0  # ids there are where samples are token ids, 0: padding; 0: they are numbers


@dataclass(frozen=True)
class Layer:
    """One weighted layer of a model, and the norm and the activation that follow it, if any do."""

    name: str
    weight: Tensor  # the nn.Parameter itself
    bias: Tensor | None
    activation: nn.Module | None
    norm: nn.Module | None = None
    in_residual: bool = False  # what comes of it is added to what was there before
    follows: bool = True  # it is given what the layer before it gives, or the first one the inputs


class Network(Protocol):
    """What the rest of trainers expects of a model, beside being an nn.Module."""

    @property
    def layers(self) -> list[Layer]:
        """The weighted layers, in forward order."""
        ...

    def __call__(self, x: Tensor) -> Tensor:
        """Outputs (N, C) for images (N, channels, height, width) or as rows."""
        ...


Steps = OrderedDict[str, nn.Module]
"""Parts by name, in the order in which they are passed; no two layers of a network have one."""


class Sequence(nn.Module):
    """Named modules one after the other; input of any shape that holds `input_shape` per row."""

    def __init__(self, input_shape: tuple[int, ...], steps: Steps) -> None:
        super().__init__()
        self.input_shape = input_shape
        self.net = nn.Sequential(steps)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (N, C)."""
        return cast(Tensor, self.net(x.reshape(-1, *self.input_shape)))

    @property
    def layers(self) -> list[Layer]:
        """The linear and convolution layers; `fc1` is followed by `norm_fc1` and `act_fc1`."""
        return list(_layers(self.net))


class Residual(nn.Module):
    """x + branch(h), with h = before(x); instead of x the shortcut of h where there is one.

    Behind a shortcut, which is a layer too, x may have another shape (He et al. 2016).
    """

    def __init__(
        self,
        branch: Steps,
        before: Steps | None = None,
        shortcut: Steps | None = None,
    ) -> None:
        super().__init__()
        self.before = nn.Sequential(before or OrderedDict())
        self.branch = nn.Sequential(branch)
        self.shortcut = nn.Sequential(shortcut) if shortcut else None

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (N, ...) of the shape that the branch gives."""
        h = self.before(x)
        outputs: Tensor = self.branch(h)
        return outputs + (x if self.shortcut is None else self.shortcut(h))


def _layers(steps: nn.Module) -> Iterator[Layer]:
    parts = dict(steps.named_children())
    for name, part in parts.items():
        if isinstance(part, nn.Linear | nn.Conv2d):
            activation, norm = parts.get(ACTIVATION + name), parts.get(NORM + name)
            yield Layer(name, part.weight, part.bias, activation, norm)
        elif isinstance(part, nn.Sequential):
            yield from _layers(part)
        elif isinstance(part, Residual):
            yield from (replace(layer, in_residual=True) for layer in _layers(part))


def add_layer(
    steps: Steps, name: str, layer: nn.Module, norm: MakeNorm, activation: nn.Module | None
) -> None:
    """Add a linear layer or a convolution with its norm and its activation, if it has them."""
    steps[name] = layer
    units = len(layer.get_parameter("weight"))
    add_norm(steps, name, norm(units, isinstance(layer, nn.Conv2d)), activation)


def add_norm(steps: Steps, name: str, norm: nn.Module | None, activation: nn.Module | None) -> None:
    """Add the norm and the activation of a layer, or of what several layers add up to."""
    if norm is not None:
        steps[NORM + name] = norm
    if activation is not None:
        steps[ACTIVATION + name] = activation


def image_shape(spec: ModelSpec, model: str) -> tuple[int, int, int]:
    """(channels, height, width) of the images. Raises UserError where the inputs are none."""
    if len(spec.input_shape) != 3:
        shape = "×".join(map(str, spec.input_shape))
        raise UserError(f"{model} needs images (channels, height, width), not inputs of {shape}")
    channels, height, width = spec.input_shape
    return channels, height, width


def refuse(spec: ModelSpec, model: str, *settings: str) -> None:
    """Raise UserError where one of these settings asks for what the model has not."""
    for setting in settings:
        if getattr(spec, setting) not in (None, (), False):
            raise UserError(f"{model} has {_FIXED[setting]}")


_FIXED = {
    "hidden": "layers of fixed sizes: --hidden is for mlp, mlp_tensors and cnn",
    "dropout": "no dropout: --dropout is for mlp, mlp_tensors and cnn",
    "channels": "no stages of channels: --channels is for cnn",
    "skip": "no skips to choose: --skip is for mlp",
}


def activations_for(spec: ModelSpec, names: list[str]) -> dict[str, nn.Module]:
    """A module of its own for every layer in `names` that is followed by one."""
    active = names if spec.output_activation else names[:-1]
    makes = one_per_layer(spec.activations, len(active), "activations")
    return {name: make() for name, make in zip(active, makes, strict=True)}


def dropouts_for(spec: ModelSpec, hidden_names: list[str]) -> dict[str, nn.Module]:
    """A dropout for every hidden layer; none where none is asked for."""
    if not spec.dropout:
        return {}
    if len(spec.dropout) not in (1, len(hidden_names)) or not hidden_names:
        raise UserError(
            f"dropout needs one value, or one for each of the {len(hidden_names)} hidden layers, "
            f"not {len(spec.dropout)}"
        )
    if not all(0 <= p < 1 for p in spec.dropout):
        raise UserError("dropout is the share of units to drop and must lie in [0, 1)")
    shares = one_per_layer(spec.dropout, len(hidden_names), "dropout values")
    return {name: nn.Dropout(p) for name, p in zip(hidden_names, shares, strict=True)}


def one_per_layer(entries: tuple[T, ...], n_layers: int, what: str) -> tuple[T, ...]:
    """`entries` stretched to `n_layers` by repeating the last; a single one suits any number."""
    if len(entries) > max(n_layers, 1):
        raise UserError(f"{len(entries)} {what} are given for a model with places for {n_layers}")
    return (entries + entries[-1:] * n_layers)[:n_layers]


def undrawn(layer: Callable[..., nn.Module], *sizes: int, **options: int) -> nn.Module:
    """The layer, with the global generator where it was: PyTorch's own first weights go unused.

    `nn.utils.skip_init` would do, but its first call imports a quarter of a second of PyTorch.
    """
    with torch.random.fork_rng(devices=[]):
        return layer(*sizes, **options)


def initialised(model: Sequence, spec: ModelSpec) -> nn.Module:
    """The model, each of its layers filled by its init."""
    layers = model.layers
    for layer, fill in zip(layers, one_per_layer(spec.inits, len(layers), "inits"), strict=True):
        fill(layer.weight, layer.bias)
    return model
