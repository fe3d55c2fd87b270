"""OPTIMIZERS: how a gradient becomes a step, one entry each.

Makes PyTorch's own optimisers; the learning rate is not a parameter of the choice but a setting
of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from dashboard.errors import UserError

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer

    from trainers.tables import uncompiled
else:
    from trainers.tables.late import uncompiled

MakeOptimizer = Callable[[Iterable["nn.Parameter"], float], "Optimizer"]
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
    return lambda parameters, lr: uncompiled.SGD(
        parameters, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov
    )


def _like_adam(rule: str, decay: float = 0.0) -> Callable[..., MakeOptimizer]:
    """What makes the optimiser of that name, which has Adam's parameters.

    decay: the weight decay by default.
    """

    def make(
        beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8, weight_decay: float = decay
    ) -> MakeOptimizer:
        _share(beta1=beta1, beta2=beta2)
        _not_negative(eps=eps, weight_decay=weight_decay)
        return lambda parameters, lr: getattr(uncompiled, rule)(
            parameters, lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=weight_decay
        )

    return make


def _rmsprop(
    alpha: float = 0.99, eps: float = 1e-8, momentum: float = 0.0, weight_decay: float = 0.0,
    centered: bool = False,
) -> MakeOptimizer:  # fmt: skip
    _share(alpha=alpha)
    _not_negative(eps=eps, momentum=momentum, weight_decay=weight_decay)
    return lambda parameters, lr: uncompiled.RMSprop(
        parameters, lr=lr, alpha=alpha, eps=eps, momentum=momentum, weight_decay=weight_decay,
        centered=centered,
    )  # fmt: skip


def _adagrad(lr_decay: float = 0.0, eps: float = 1e-10, weight_decay: float = 0.0) -> MakeOptimizer:
    _not_negative(lr_decay=lr_decay, eps=eps, weight_decay=weight_decay)
    return lambda parameters, lr: uncompiled.Adagrad(
        parameters, lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay
    )


def _adadelta(rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0.0) -> MakeOptimizer:
    _share(rho=rho)
    _not_negative(eps=eps, weight_decay=weight_decay)
    return lambda parameters, lr: uncompiled.Adadelta(
        parameters, lr=lr, rho=rho, eps=eps, weight_decay=weight_decay
    )


def _share(**values: float) -> None:
    for name, value in values.items():
        if not 0 <= value < 1:
            raise UserError(f"{name} must lie in [0, 1)")


def _not_negative(**values: float) -> None:
    for name, value in values.items():
        if value < 0:
            raise UserError(f"{name} must be 0 or greater")


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
        make=_like_adam("Adam"),
        says="a step of about lr for every weight, from running means of g and g²",
        source="Kingma & Ba 2014, Adam, arXiv 1412.6980",
        formula="w = w - lr * m / (sqrt(s) + eps), m and s unbiased running means of g and g²",
        stackable=True,
    ),
    "adamw": Rule(
        make=_like_adam("AdamW", decay=0.01),
        says="Adam whose weight decay shrinks the weights directly",
        source="Loshchilov & Hutter 2017, Decoupled weight decay regularization, arXiv 1711.05101",
        formula="w = w - lr * weight_decay * w, then Adam's step",
        stackable=True,
    ),
    "nadam": Rule(
        make=_like_adam("NAdam"),
        says="Adam that looks a step ahead, as Nesterov's momentum does; usual rate 0.002",
        source="Dozat 2016, Incorporating Nesterov momentum into Adam",
        formula="w = w - lr * (b * m + (1 - b) * g, unbiased) / (sqrt(s) + eps), b rising to beta1",
    ),
    "radam": Rule(
        make=_like_adam("RAdam"),
        says="Adam that goes by the mean gradient alone until g² is known well enough; usual rate "
        "0.001",
        source="Liu et al. 2019, On the variance of the adaptive learning rate and beyond, arXiv "
        "1908.03265",
        formula="Adam's step times r, which rises to 1; at first w = w - lr * m",
    ),
    "adamax": Rule(
        make=_like_adam("Adamax"),
        says="Adam that divides by the largest |g| of late; usual rate 0.002",
        source="Kingma & Ba 2014, Adam, arXiv 1412.6980, section 7.1",
        formula="w = w - lr * m / u, u = max(beta2 * u, |g| + eps)",
        stackable=True,
    ),
    "rmsprop": Rule(
        make=_rmsprop,
        says="the gradient over the root of a running mean of g²; usual rate 0.001",
        source="Hinton 2012, Neural networks for machine learning, lecture 6e; centered: Graves "
        "2013, arXiv 1308.0850",
        formula="s = alpha * s + (1 - alpha) * g²; w = w - lr * g / (sqrt(s) + eps)",
        stackable=True,
    ),
    "adagrad": Rule(
        make=_adagrad,
        says="the gradient over the root of the sum of all g² so far; usual rate 0.01",
        source="Duchi, Hazan & Singer 2011, Adaptive subgradient methods",
        formula="s = s + g²; w = w - lr * g / (sqrt(s) + eps)",
    ),
    "adadelta": Rule(
        make=_adadelta,
        says="steps in the size of those before, so that it hardly needs a rate; usual rate 1",
        source="Zeiler 2012, ADADELTA, arXiv 1212.5701",
        formula="w = w - lr * g * sqrt(d + eps) / sqrt(s + eps), d and s running means of steps² "
        "and g²",
        stackable=True,
    ),
}
