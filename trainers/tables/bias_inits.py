"""BIAS_INITS: how a layer's first biases are drawn, one entry each.

Fills tensors only, of linear layers and convolutions; weights are `inits.py`, and the biases of
norms start at 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from dashboard.errors import UserError
from trainers.tables.inits import FillBias

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn
else:
    from trainers.tables.late import nn


class BiasInit(NamedTuple):
    """One bias init; `make(**params)` gives what fills a bias, None for what the init does."""

    make: Callable[..., FillBias | None]
    says: str
    source: str


def _constant(value: float = 0.1) -> FillBias:
    def fill(bias: Tensor, weight: Tensor, generator: Generator | None = None) -> Tensor:
        return nn.init.constant_(bias, value)

    return fill


def _normal(mean: float = 0.0, std: float = 0.1) -> FillBias:
    if std <= 0:
        raise UserError("std must be greater than 0")

    def fill(bias: Tensor, weight: Tensor, generator: Generator | None = None) -> Tensor:
        return nn.init.normal_(bias, mean, std, generator=generator)

    return fill


def _uniform(a: float = -0.1, b: float = 0.1) -> FillBias:
    if a >= b:
        raise UserError("a must be less than b")

    def fill(bias: Tensor, weight: Tensor, generator: Generator | None = None) -> Tensor:
        return nn.init.uniform_(bias, a, b, generator=generator)

    return fill


BIAS_INITS: dict[str, BiasInit] = {
    "own": BiasInit(
        make=lambda: None,
        says="what the init does: 0, and with `default` and `own` what PyTorch does",
        source="PyTorch documentation of nn.Linear and nn.Conv2d",
    ),
    "zeros": BiasInit(
        make=lambda: _constant(0.0),
        says="every bias is 0",
        source="PyTorch documentation of torch.nn.init.zeros_",
    ),
    "constant": BiasInit(
        make=_constant,
        says="every bias is `value`; a little above 0 lets every ReLU fire at first, as the notes "
        "have it by `apply`",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.3.1; the source "
        "notes",
    ),
    "normal": BiasInit(
        make=_normal,
        says="normally distributed, with one std for layers of every size",
        source="PyTorch documentation of torch.nn.init.normal_",
    ),
    "uniform": BiasInit(
        make=_uniform,
        says="uniformly distributed in [a, b)",
        source="PyTorch documentation of torch.nn.init.uniform_",
    ),
}
