"""OPTIMIZERS: how a gradient becomes a step, one entry each.

Makes PyTorch's own optimisers; the learning rate is not a parameter of the choice but a setting
of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from torch import nn
from torch.optim import Optimizer

from dashboard.errors import UserError
from trainers.tables.uncompiled import SGD, Adam, AdamW

MakeOptimizer = Callable[[Iterable[nn.Parameter], float], Optimizer]
"""Called with (parameters, learning rate)."""


class Rule(NamedTuple):
    """One optimiser; `make(**params)` gives a function of (parameters, lr) that builds it."""

    make: Callable[..., MakeOptimizer]
    says: str
    source: str
    formula: str
    stackable: bool = False
    """Whether it treats every number by itself, so that `trainers.stack` may give it the weights of
    many runs as one tensor and no run disturbs another."""


def _sgd(momentum: float = 0.0, weight_decay: float = 0.0, nesterov: bool = False) -> MakeOptimizer:
    _not_negative(momentum=momentum, weight_decay=weight_decay)
    if nesterov and momentum == 0:
        raise UserError("nesterov=true needs a momentum above 0, as in momentum=0.9")
    return lambda parameters, lr: SGD(
        parameters, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov
    )


def _adam(
    beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8, weight_decay: float = 0.0
) -> MakeOptimizer:
    _check_adam(beta1, beta2, eps, weight_decay)
    return lambda parameters, lr: Adam(
        parameters, lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=weight_decay
    )


def _adamw(
    beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8, weight_decay: float = 0.01
) -> MakeOptimizer:
    _check_adam(beta1, beta2, eps, weight_decay)
    return lambda parameters, lr: AdamW(
        parameters, lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=weight_decay
    )


def _not_negative(**values: float) -> None:
    for name, value in values.items():
        if value < 0:
            raise UserError(f"{name} must be 0 or greater")


def _check_adam(beta1: float, beta2: float, eps: float, weight_decay: float) -> None:
    for name, beta in (("beta1", beta1), ("beta2", beta2)):
        if not 0 <= beta < 1:
            raise UserError(f"{name} must lie in [0, 1)")
    _not_negative(eps=eps, weight_decay=weight_decay)


OPTIMIZERS: dict[str, Rule] = {
    "sgd": Rule(
        make=_sgd,
        says="a step against the gradient, with momentum and weight decay if asked for",
        source="Robbins & Monro 1951; momentum: Sutskever et al. 2013, On the importance of "
        "initialization and momentum in deep learning",
        formula="v = momentum * v + g + weight_decay * w; w = w - lr * v",
        stackable=True,
    ),
    "adam": Rule(
        make=_adam,
        says="a step of about lr for every weight, from running means of g and g²",
        source="Kingma & Ba 2014, Adam, arXiv 1412.6980",
        formula="w = w - lr * m / (sqrt(s) + eps), m and s unbiased running means of g and g²",
        stackable=True,
    ),
    "adamw": Rule(
        make=_adamw,
        says="Adam whose weight decay shrinks the weights directly",
        source="Loshchilov & Hutter 2017, Decoupled weight decay regularization, arXiv 1711.05101",
        formula="w = w - lr * weight_decay * w, then Adam's step",
        stackable=True,
    ),
}
