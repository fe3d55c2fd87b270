"""INITS: how a layer's first weights are drawn, one entry each.

Fills tensors only: which layer gets which init is `models.py`. Every entry works on linear
weights (out, in) and convolution weights (out, in, height, width), except `eye`, which says so.
For the same seed the numbers are those of `torch.nn.init`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from dashboard.errors import UserError

if TYPE_CHECKING:
    import torch
    from torch import Generator, Tensor, nn
else:
    from trainers.tables.late import nn, torch

Fill = Callable[["Tensor", "Generator | None"], object]
"""Fills a weight in place; the generator is None for PyTorch's global one."""
FillBias = Callable[["Tensor", "Tensor", "Generator | None"], object]
"""Fills a bias in place, given (bias, weight, generator)."""

Mode = Literal["fan_in", "fan_out"]
Nonlinearity = Literal["leaky_relu", "relu", "tanh", "sigmoid", "selu", "linear"]


def zero_bias_(bias: Tensor, weight: Tensor, generator: Generator | None = None) -> Tensor:
    """The rule for every init but `default`: biases start at 0."""
    return nn.init.zeros_(bias)


class Init(NamedTuple):
    """One init; `make(**params)` gives the function that fills a weight."""

    make: Callable[..., Fill]
    says: str
    source: str
    theory: Callable[..., float] | None = None
    """Called with (weight shape, parameters of `make`): the standard deviation the weights are
    expected to have; None where their values are fixed by their places."""
    fill_bias: FillBias = zero_bias_


def init_layer_(
    weight: Tensor,
    bias: Tensor | None,
    fill: Fill,
    fill_bias: FillBias = zero_bias_,
    generator: Generator | None = None,
) -> None:
    """Fill one layer's weight, then its bias, in place and without recording a gradient."""
    with torch.no_grad():
        fill(weight, generator)
        if bias is not None:
            fill_bias(bias, weight, generator)


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """(fan_in, fan_out): the inputs that reach one unit and the units that one input reaches."""
    receptive_field = math.prod(shape[2:])
    return shape[1] * receptive_field, shape[0] * receptive_field


def _default() -> Fill:
    return lambda w, g: nn.init.kaiming_uniform_(w, a=math.sqrt(5), generator=g)


def _default_bias_(bias: Tensor, weight: Tensor, generator: Generator | None = None) -> Tensor:
    bound = 1 / math.sqrt(fans(weight.shape)[0])
    return nn.init.uniform_(bias, -bound, bound, generator=generator)


def _constant(value: float = 0.1) -> Fill:
    return lambda w, g: nn.init.constant_(w, value)


def _eye() -> Fill:
    def fill(weight: Tensor, generator: Generator | None) -> Tensor:
        if weight.dim() != 2:
            raise UserError(
                f"eye fills linear weights (2-D) only, not a {weight.dim()}-D convolution "
                "weight: use dirac"
            )
        return nn.init.eye_(weight)

    return fill


def _dirac() -> Fill:
    return lambda w, g: nn.init.dirac_(w) if w.dim() > 2 else nn.init.eye_(w)


def _positive(name: str, value: float) -> None:
    if value <= 0:
        raise UserError(f"{name} must be greater than 0")


def _normal(mean: float = 0.0, std: float = 0.1) -> Fill:
    _positive("std", std)
    return lambda w, g: nn.init.normal_(w, mean, std, generator=g)


def _uniform(a: float = -0.1, b: float = 0.1) -> Fill:
    if a >= b:
        raise UserError("a must be less than b")
    return lambda w, g: nn.init.uniform_(w, a, b, generator=g)


def _xavier_uniform(gain: float = 1.0) -> Fill:
    _positive("gain", gain)
    return lambda w, g: nn.init.xavier_uniform_(w, gain, generator=g)


def _xavier_normal(gain: float = 1.0) -> Fill:
    _positive("gain", gain)
    return lambda w, g: nn.init.xavier_normal_(w, gain, generator=g)


def _kaiming_uniform(
    a: float = 0.0, mode: Mode = "fan_in", nonlinearity: Nonlinearity = "leaky_relu"
) -> Fill:
    return lambda w, g: nn.init.kaiming_uniform_(w, a, mode, nonlinearity, generator=g)


def _kaiming_normal(
    a: float = 0.0, mode: Mode = "fan_in", nonlinearity: Nonlinearity = "leaky_relu"
) -> Fill:
    return lambda w, g: nn.init.kaiming_normal_(w, a, mode, nonlinearity, generator=g)


def _lecun_normal() -> Fill:
    return lambda w, g: nn.init.kaiming_normal_(w, nonlinearity="linear", generator=g)


def _orthogonal(gain: float = 1.0) -> Fill:
    _positive("gain", gain)
    return lambda w, g: nn.init.orthogonal_(w, gain, generator=g)


def _trunc_normal(mean: float = 0.0, std: float = 0.1, a: float = -0.2, b: float = 0.2) -> Fill:
    _positive("std", std)
    if not a < b:
        raise UserError("a must be less than b")
    if not a - 2 * std <= mean <= b + 2 * std:  # beyond that PyTorch calls its own result wrong
        raise UserError("mean must lie within 2 std of [a, b]")
    return lambda w, g: nn.init.trunc_normal_(w, mean, std, a, b, generator=g)


def _kaiming_std(
    shape: Sequence[int],
    a: float = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
) -> float:
    gain = nn.init.calculate_gain(nonlinearity, a)
    return gain / math.sqrt(fans(shape)[0 if mode == "fan_in" else 1])


def _trunc_normal_std(
    shape: Sequence[int], mean: float = 0.0, std: float = 0.1, a: float = -0.2, b: float = 0.2
) -> float:
    """Standard deviation of a normal cut to [a, b] (Johnson, Kotz & Balakrishnan 1994, 13.10)."""
    low, high = (a - mean) / std, (b - mean) / std
    at_low, at_high = (math.exp(-z * z / 2) / math.sqrt(2 * math.pi) for z in (low, high))
    mass = (math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2))) / 2
    if mass < 1e-6:  # so narrow that the normal is flat across it, and the formula only noise
        return (b - a) / math.sqrt(12)
    shift = (at_low - at_high) / mass
    return std * math.sqrt(1 + (low * at_low - high * at_high) / mass - shift**2)


_GLOROT = "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward networks"
_HE = "He et al. 2015, Delving deep into rectifiers, arXiv 1502.01852"

OWN = "own"
"""What a model starts with by itself; which that is says its entry (`trainers.tables.models`)."""

INITS: dict[str, Init] = {
    "default": Init(
        make=_default,
        says="what nn.Linear and nn.Conv2d do: uniform in ±1/sqrt(fan_in), biases too",
        source="PyTorch documentation of nn.Linear and nn.Conv2d",
        theory=lambda shape: 1 / math.sqrt(3 * fans(shape)[0]),
        fill_bias=_default_bias_,
    ),
    "zeros": Init(
        make=lambda: lambda w, g: nn.init.zeros_(w),
        says="every weight is 0: hidden layers get no gradient and never learn",
        source="PyTorch documentation of torch.nn.init.zeros_",
        theory=lambda shape: 0.0,
    ),
    "ones": Init(
        make=lambda: lambda w, g: nn.init.ones_(w),
        says="every weight is 1: all units of a layer compute and learn the same",
        source="PyTorch documentation of torch.nn.init.ones_",
        theory=lambda shape: 0.0,
    ),
    "constant": Init(
        make=_constant,
        says="every weight is `value`: as symmetric as ones, whatever the value",
        source="PyTorch documentation of torch.nn.init.constant_",
        theory=lambda shape, value=0.1: 0.0,
    ),
    "eye": Init(
        make=_eye,
        says="1 on the diagonal, 0 elsewhere: a linear layer passes on its first inputs",
        source="PyTorch documentation of torch.nn.init.eye_",
    ),
    "dirac": Init(
        make=_dirac,
        says="eye for convolutions: channels pass unchanged; on linear layers the same as eye",
        source="Zagoruyko & Komodakis 2017, DiracNets, arXiv 1706.00388",
    ),
    "normal": Init(
        make=_normal,
        says="normally distributed, with one std for layers of every size (0.1 as in the notes)",
        source="PyTorch documentation of torch.nn.init.normal_",
        theory=lambda shape, mean=0.0, std=0.1: std,
    ),
    "uniform": Init(
        make=_uniform,
        says="uniformly distributed in [a, b); the notes' a=-1,b=1 is too wide for 784 inputs",
        source="PyTorch documentation of torch.nn.init.uniform_",
        theory=lambda shape, a=-0.1, b=0.1: (b - a) / math.sqrt(12),
    ),
    "xavier_uniform": Init(
        make=_xavier_uniform,
        says="uniformly distributed, variance 2/(fan_in + fan_out): for sigmoid and tanh",
        source=_GLOROT,
        theory=lambda shape, gain=1.0: gain * math.sqrt(2 / sum(fans(shape))),
    ),
    "xavier_normal": Init(
        make=_xavier_normal,
        says="normally distributed, variance 2/(fan_in + fan_out): for sigmoid and tanh",
        source=_GLOROT,
        theory=lambda shape, gain=1.0: gain * math.sqrt(2 / sum(fans(shape))),
    ),
    "kaiming_uniform": Init(
        make=_kaiming_uniform,
        says="uniformly distributed, variance gain²/fan_in: for ReLU and its variants",
        source=_HE,
        theory=_kaiming_std,
    ),
    "kaiming_normal": Init(
        make=_kaiming_normal,
        says="normally distributed, variance gain²/fan_in: for ReLU and its variants",
        source=_HE,
        theory=_kaiming_std,
    ),
    "lecun_normal": Init(
        make=_lecun_normal,
        says="normally distributed, variance 1/fan_in: for SELU",
        source="LeCun, Bottou, Orr & Müller 1998, Efficient BackProp",
        theory=lambda shape: 1 / math.sqrt(fans(shape)[0]),
    ),
    "orthogonal": Init(
        make=_orthogonal,
        says="a random rotation times gain: keeps lengths through linear layers of one width",
        source="Saxe, McClelland & Ganguli 2013, arXiv 1312.6120",
        theory=lambda shape, gain=1.0: gain / math.sqrt(max(shape[0], math.prod(shape[1:]))),
    ),
    "trunc_normal": Init(
        make=_trunc_normal,
        says="normally distributed; values outside [a, b] (by default 2 std) are drawn again",
        source="PyTorch documentation of torch.nn.init.trunc_normal_",
        theory=_trunc_normal_std,
    ),
    OWN: Init(
        make=_default,
        says="what the model starts with by itself: Kaiming for cnn and resnet, else `default`; a "
        "model of yours keeps what it has drawn",
        source="He et al. 2015, arXiv 1502.01852; PyTorch documentation of nn.Linear and nn.Conv2d",
        theory=lambda shape: 1 / math.sqrt(3 * fans(shape)[0]),
        fill_bias=_default_bias_,
    ),
}
