"""Puts a person's plain function into the shape that a table's entry needs.

Says what is wrong with what the function gives; which function belongs to which table, and trying
it out, is `trainers.tables.own_entry`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from dashboard.errors import UserError
from trainers.tables.network import Layer, ModelSpec

WEIGHTED = (nn.Linear, nn.Conv2d)


class Function(nn.Module):
    """A person's function of x as a module."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class OwnModel(nn.Module):
    """A person's module as a network whose layers are known."""

    def __init__(self, net: nn.Module, spec: ModelSpec) -> None:
        super().__init__()
        self.net = net
        for i, layer in enumerate(self.layers):
            spec.inits[min(i, len(spec.inits) - 1)](layer.weight, layer.bias)

    @property
    def layers(self) -> list[Layer]:
        return [
            Layer(name, module.weight, module.bias, None)
            for name, module in self.net.named_modules()
            if isinstance(module, WEIGHTED)
        ]

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(x)
        return out


def says_of(value: Any) -> str:
    """The first line of its docstring."""
    lines = (inspect.getdoc(value) or "").splitlines()
    return lines[0] if lines and not isinstance(value, functools.partial) else ""


def telling(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whose own ValueError becomes a UserError: its sentence is for the person."""

    @functools.wraps(function, updated=())
    def call(*args: Any, **params: Any) -> Any:
        try:
            return function(*args, **params)
        except UserError:
            raise
        except ValueError as why:
            raise UserError(str(why)) from why

    return call


def make_with_parameters(
    function: Any, wrap: Callable[[Callable[..., Any]], Any], without: str = "reduction"
) -> Callable[..., Any]:
    """A `make` whose parameters are those of the function that a person can write a value for.

    without: the name of one that is not chosen.
    """
    if not callable(function):
        raise TypeError(f"it must be a function, not {type(function).__name__}")

    def make(**params: Any) -> Any:
        return wrap(functools.partial(function, **params))

    free = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(function, eval_str=True).parameters.items()
        if isinstance(parameter.default, float | int | bool | str) and name != without
    ]
    make.__signature__ = inspect.Signature(free)  # type: ignore[attr-defined]
    return make


def reducing(function: Callable[..., Tensor], by_class: bool = True) -> Callable[..., Tensor]:
    """A mean over the samples as a loss that can also give their sum and each one's own.

    by_class: the function expects class numbers, where others give it target rows.
    """
    reduces = "reduction" in inspect.signature(function).parameters

    def loss(outputs: Tensor, labels: Tensor, reduction: str = "mean") -> Tensor:
        if by_class and labels.is_floating_point():  # from the atlas
            labels = labels.argmax(1)
        if reduces:
            return function(outputs, labels, reduction=reduction)
        if reduction == "none":
            rows = zip(outputs.split(1), labels.split(1), strict=True)
            return torch.stack([function(*row) for row in rows])
        mean = function(outputs, labels)
        return mean * len(outputs) if reduction == "sum" else mean

    return loss


def building(function: Any) -> Callable[..., nn.Module]:
    """A model's `make`; `OwnModel` goes around a network that does not say which layers it has."""

    @functools.wraps(function)
    def make(spec: ModelSpec, **params: Any) -> nn.Module:
        net = function(spec, **params)
        if not isinstance(net, nn.Module):
            raise TypeError(f"a model must be an nn.Module, not {type(net).__name__}")
        return net if hasattr(net, "layers") else OwnModel(net, spec)

    return make
