"""Finds the layers of any nn.Module: what a Probe needs to know of a network that is not of ours.

A dry run on two samples sees every function of torch that is called, whether a module or a line of
`forward` calls it: what is linear in a weight is a layer, an activation or a norm that is given a
layer's output belongs to it. Any other weight of two or more axes (an embedding, attention's) is a
layer of which no pre-activations are known. Measures nothing, and changes nothing of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from dashboard.errors import UserError
from trainers.tables.network import Layer

DRY_SAMPLES = 2
LINEAR = frozenset({F.linear, torch.conv1d, torch.conv2d, torch.conv3d})
"""Called with (input, weight, bias)."""
NORMS = frozenset({F.batch_norm, F.layer_norm, F.group_norm, F.instance_norm, F.rms_norm})
PLACES = (torch, torch.Tensor, F)


def _functions(*names: str) -> frozenset[Any]:
    """Every function or method of these names, and those that write in place."""
    both = [spelling for name in names for spelling in (name, f"{name}_")]
    return frozenset(getattr(at, name) for at in PLACES for name in both if hasattr(at, name))


ACTIVATIONS = _functions(
    "relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "celu", "gelu", "silu", "mish",
    "sigmoid", "logsigmoid", "hardsigmoid", "tanh", "hardtanh", "tanhshrink", "softplus",
    "softsign", "hardswish", "softshrink", "hardshrink", "threshold",
)  # fmt: skip
"""Taken one number at a time; softmax and its like are not."""
PASSING = _functions(
    "view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "contiguous", "dropout",
    "dropout2d", "alpha_dropout", "transpose", "permute", "movedim", "to", "float",
)  # fmt: skip
"""Hand their input on; dropout does while a model is measured."""


class Applied(nn.Module):
    """A function as a module that writes nothing in place; further arguments are those it had."""

    def __init__(self, function: Callable[..., Tensor], more: Sequence[Any], options: Any) -> None:
        super().__init__()
        name = function.__name__
        self._function = getattr(torch, name[:-1]) if name.endswith("_") else function
        self._more = more
        self._options = options | ({"inplace": False} if "inplace" in options else {})

    def forward(self, z: Tensor) -> Tensor:
        return cast(Tensor, self._function(z, *self._more, **self._options))


@dataclass
class _Seen:
    """A layer, and whose output it was given: a place among the layers; -1: the model's input."""

    layer: Layer
    source: int | None


class _Tracing(TorchFunctionMode):
    """Follows tensors through a dry run."""

    def __init__(self, model: nn.Module, x: Tensor) -> None:
        super().__init__()
        self.entries: list[_Seen] = []
        self._names = {id(p): name for name, p in model.named_parameters() if p.dim() > 1}
        self._holders = {id(getattr(m, "weight", None)): m for m in model.modules()}
        self._from = {id(x): -1}
        self._calls: list[Any] = []  # so that no other tensor gets the identity of one that is gone

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        options = kwargs or {}
        at = self._from.get(id(args[0])) if args else None
        out = function(*args, **options)
        self._calls.append((args, out))
        before = len(self.entries)
        self._enter_weights(function, args, options, at)
        if len(self.entries) > before and function in LINEAR:
            self._from[id(out)] = len(self.entries) - 1
        elif at is None:
            self._from.pop(id(out), None)
        elif function in PASSING:
            self._from[id(out)] = at
        else:
            self._follow(function, args, options, out, at)
        return out

    def _enter_weights(self, function: Any, args: Any, options: Any, source: int | None) -> None:
        """A layer for every weight that is used for the first time."""
        for weight in _tensors([*args, *options.values()]):
            name = self._names.pop(id(weight), None)
            if name is None:
                continue
            linear = function in LINEAR
            bias = (options.get("bias") if len(args) < 3 else args[2]) if linear else None
            layer = Layer(name.removesuffix(".weight"), weight, bias, None)
            self.entries.append(_Seen(layer, source if linear else None))

    def _follow(self, function: Any, args: Any, options: Any, out: Any, at: int) -> None:
        """Give a layer the norm or the activation that takes its output."""
        self._from.pop(id(out), None)
        layer = self.entries[at].layer if at >= 0 else None
        if layer is None or layer.activation is not None:
            return
        if function in NORMS and layer.norm is None:
            norm = next((self._holders.get(id(t)) for t in _tensors([*args[1:], *options.values()])
                         if id(t) in self._holders), None)  # fmt: skip
            if norm is None:
                return
            self.entries[at].layer = replace(layer, norm=norm)
        elif function in ACTIVATIONS:
            activation = Applied(function, args[1:], options)
            self.entries[at].layer = replace(layer, activation=activation)
        else:
            return
        self._from[id(out)] = at


def _tensors(values: Sequence[Any]) -> Iterator[Tensor]:
    """Those of a call, also within lists, as `torch.lstm` has its weights."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


class AnyNetwork(nn.Module):
    """A model as a Probe takes it: with `layers`, and of its parameters those that are trained.

    x: (N, ...) samples. Of a model that gives several things the first, or its `logits`, is what
    is meant.
    Raises UserError where a dry run finds no layer; whatever the model raises.
    """

    def __init__(self, model: nn.Module, loss_of: Callable[..., Tensor], x: Tensor, y: Any) -> None:
        super().__init__()
        self.model = model
        few = slice(DRY_SAMPLES)
        with torch.enable_grad():
            loss = loss_of(self(x[few]), y[few])
        parameters = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
        pulls = torch.autograd.grad(loss, [p for _, p in parameters], allow_unused=True)
        self._names = [
            name for (name, _), g in zip(parameters, pulls, strict=True) if g is not None
        ]
        weight_ids = {id(model.get_parameter(name)) for name in self._names}
        entries = self._dry_run(x[few])
        self.layers = list(_trained_layers(entries, weight_ids))
        if not self.layers:
            raise UserError("the loss trains no weight of the model, so nothing is measured")

    def forward(self, x: Tensor) -> Tensor:
        """The outputs (N, ...)."""
        out = self.model(x)
        if isinstance(out, Mapping):
            out = out["logits"] if "logits" in out else next(iter(out.values()))
        return cast(Tensor, out[0] if isinstance(out, list | tuple) else out)

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        """Those that a loss trains."""
        return map(self.model.get_parameter, self._names)

    def _dry_run(self, x: Tensor) -> list[_Seen]:
        trace = _Tracing(self.model, x)
        with torch.no_grad(), trace:
            self(x)
        return trace.entries


def _trained_layers(entries: Sequence[_Seen], weight_ids: Collection[int]) -> Iterator[Layer]:
    """Those with weights that are trained; `follows` is said of them as they are in this list."""
    before = -1
    for i, one in enumerate(entries):
        if id(one.layer.weight) in weight_ids:
            yield replace(one.layer, follows=one.source == before)
            before = i
