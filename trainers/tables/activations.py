"""ACTIVATIONS: the functions f that stand between two layers, one entry each.

Makes modules only; where they stand in a model is `models.py`, how they are drawn is the atlas.
Softmax stands outside the table: it is a view of a model's outputs as probabilities (the order
of the outputs, and so the accuracy, stays the same) and cross-entropy already contains it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from dashboard.errors import UserError

if TYPE_CHECKING:
    from torch import nn
else:
    from trainers.tables.late import nn


class Activation(NamedTuple):
    """One activation; `make(**params)` gives a new module that changes nothing in place."""

    make: Callable[..., nn.Module]
    says: str
    source: str
    formula: str
    saturates: str
    """Where |f'| is close to 0, in words."""
    has_weights: bool = False
    """Whether the module has weights of its own, which are trained."""


def _leaky_relu(negative_slope: float = 0.01) -> nn.Module:
    return nn.LeakyReLU(negative_slope)


def _softplus(beta: float = 1.0) -> nn.Module:
    if beta <= 0:
        raise UserError("beta must be greater than 0")
    return nn.Softplus(beta)


def _elu(alpha: float = 1.0) -> nn.Module:
    if alpha <= 0:
        raise UserError("alpha must be greater than 0")
    return nn.ELU(alpha)


# nn.ReLU, nn.SELU and nn.SiLU take `inplace` and nn.GELU `approximate`, which are not for a
# person to choose here: hence the lambdas.
ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": Activation(
        make=lambda: nn.Sigmoid(),
        says="squeezes into (0, 1); slope at most 1/4, so deep stacks lose their gradient",
        source="Rumelhart, Hinton & Williams 1986, Learning representations by "
        "back-propagating errors",
        formula="1 / (1 + exp(-x))",
        saturates="both ends, |x| large",
    ),
    "tanh": Activation(
        make=lambda: nn.Tanh(),
        says="squeezes into (-1, 1), centred on 0, slope 1 at 0",
        source="LeCun, Bottou, Orr & Müller 1998, Efficient BackProp",
        formula="(exp(x) - exp(-x)) / (exp(x) + exp(-x))",
        saturates="both ends, |x| large",
    ),
    "relu": Activation(
        make=lambda: nn.ReLU(),
        says="keeps what is positive, zeroes the rest; a unit that is always negative is dead",
        source="Nair & Hinton 2010, Rectified linear units improve restricted Boltzmann machines",
        formula="max(0, x)",
        saturates="x < 0 (slope exactly 0)",
    ),
    "leaky_relu": Activation(
        make=_leaky_relu,
        says="ReLU with a small slope on the negative side, so no unit dies",
        source="Maas, Hannun & Ng 2013, Rectifier nonlinearities improve neural network "
        "acoustic models",
        formula="x if x > 0 else negative_slope * x",
        saturates="nowhere (unless negative_slope is 0)",
    ),
    "selu": Activation(
        make=lambda: nn.SELU(),
        says="scaled ELU whose outputs tend to mean 0 and variance 1; made for lecun_normal",
        source="Klambauer et al. 2017, Self-normalizing neural networks, arXiv 1706.02515",
        formula="1.0507 * (x if x > 0 else 1.6733 * (exp(x) - 1))",
        saturates="x far below 0",
    ),
    "softplus": Activation(
        make=_softplus,
        says="ReLU with a smooth corner; always positive",
        source="Dugas et al. 2000, Incorporating second-order functional knowledge for better "
        "option pricing",
        formula="log(1 + exp(beta * x)) / beta",
        saturates="x far below 0",
    ),
    "elu": Activation(
        make=_elu,
        says="linear above 0, bends smoothly to -alpha below",
        source="Clevert, Unterthiner & Hochreiter 2015, Fast and accurate deep network learning "
        "by exponential linear units, arXiv 1511.07289",
        formula="x if x > 0 else alpha * (exp(x) - 1)",
        saturates="x far below 0",
    ),
    "gelu": Activation(
        make=lambda: nn.GELU(),
        says="x times the probability that a standard normal variable is below x",
        source="Hendrycks & Gimpel 2016, Gaussian error linear units, arXiv 1606.08415",
        formula="x * Phi(x), Phi the normal distribution function",
        saturates="x far below 0, and near its minimum at x = -0.75",
    ),
    "silu": Activation(
        make=lambda: nn.SiLU(),
        says="x times its own sigmoid; also called swish",
        source="Elfwing, Uchibe & Doya 2017, Sigmoid-weighted linear units, arXiv 1702.03118",
        formula="x / (1 + exp(-x))",
        saturates="x far below 0, and near its minimum at x = -1.28",
    ),
    "identity": Activation(
        make=lambda: nn.Identity(),
        says="no nonlinearity: a stack of layers collapses into one linear map",
        source="Saxe, McClelland & Ganguli 2013, Exact solutions to the nonlinear dynamics of "
        "learning in deep linear neural networks, arXiv 1312.6120",
        formula="x",
        saturates="nowhere",
    ),
}

SOFTMAX = Activation(
    make=lambda: nn.Softmax(dim=1),
    says="turns a row of outputs into probabilities that sum to 1, keeping their order",
    source="Bridle 1990, Probabilistic interpretation of feedforward classification network "
    "outputs",
    formula="exp(x_i) / sum_j exp(x_j)",
    saturates="one output far above the others",
)
"""Not a choice of activation: how outputs (N, C) are shown as probabilities."""
