"""Computes activations and losses as curves with their derivatives, all from autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trainers.tables.activations import ACTIVATIONS, SOFTMAX
from trainers.tables.losses import LOSSES, LossFunction

REACH = 6.0
"""Activations are drawn over [-REACH, REACH]."""
SATURATED_BELOW = 0.01
"""A unit counts as saturated where |f'| is below this: it then learns 100 times slower than at
slope 1."""
ERROR_REACH = 3.0
LEAST_PROBABILITY = 0.01
OTHER_OUTPUTS = (0.0, 1.0)
"""The outputs that stand still while the softmax view moves the first one."""


def activations() -> dict[str, Any]:
    """Every activation over [-6, 6] with its slope, and softmax as a view of outputs."""
    return {
        "saturated_below": SATURATED_BELOW,
        "entries": {
            name: {
                **curve(entry.make()),
                "formula": entry.formula,
                "says": entry.says,
                "source": entry.source,
                "saturates": entry.saturates,
            }
            for name, entry in ACTIVATIONS.items()
        },
        "softmax": softmax(),
    }


def curve(f: nn.Module) -> dict[str, Any]:
    """x, f(x) and f'(x), and the stretches [from, to] of x where |f'| < SATURATED_BELOW."""
    x = torch.linspace(-REACH, REACH, 481, dtype=torch.float64, requires_grad=True)
    y = f(x)
    slope = slope_of(y, x)
    return {
        "x": x.detach().numpy(),
        "f": y.detach().numpy(),
        "slope": slope,
        "saturated": stretches(x.detach().numpy(), np.abs(slope) < SATURATED_BELOW),
    }


def slope_of(y: Tensor, x: Tensor) -> NDArray[np.float64]:
    """dy/dx of an elementwise function; 0 where y does not depend on x at all."""
    if not y.requires_grad:
        return np.zeros(len(x))
    (slope,) = torch.autograd.grad(y.sum(), x, allow_unused=True)
    return np.zeros(len(x)) if slope is None else np.asarray(slope.numpy())


def stretches(x: NDArray[np.float64], inside: NDArray[np.bool_]) -> list[list[float]]:
    """The [first, last] x of every run of True values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int)))
    return [[float(x[a]), float(x[b - 1])] for a, b in zip(edges[::2], edges[1::2], strict=True)]


def softmax() -> dict[str, Any]:
    """Three outputs, the first moving over [-6, 6]: each one's probability (3, N)."""
    first = torch.linspace(-REACH, REACH, 241, dtype=torch.float64)
    rows = torch.stack([first, *(torch.full_like(first, z) for z in OTHER_OUTPUTS)], dim=1)
    return {
        "x": first.numpy(),
        "probabilities": SOFTMAX.make()(rows).t().numpy(),
        "others": list(OTHER_OUTPUTS),
        "formula": SOFTMAX.formula,
        "says": SOFTMAX.says,
        "source": SOFTMAX.source,
    }


def losses() -> dict[str, Any]:
    """Every loss of one sample with its gradient with respect to the output.

    A loss of raw outputs is drawn against the error z - t; one that makes probabilities of them
    against the probability of the true class.
    """
    return {
        name: {
            **loss_curve(entry.make(), entry.outputs_as),
            "outputs_as": entry.outputs_as,
            "formula": entry.formula,
            "compares": entry.compares,
            "says": entry.says,
            "source": entry.source,
        }
        for name, entry in LOSSES.items()
    }


def loss_curve(loss: LossFunction, outputs_as: str) -> dict[str, Any]:
    """x (error or probability), the loss there, and its gradient in the true class's output."""
    if outputs_as == "raw":
        x = torch.linspace(-ERROR_REACH, ERROR_REACH, 241, dtype=torch.float64)
        z = x
    else:
        x = torch.linspace(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY, 197, dtype=torch.float64)
        z = torch.logit(x)
    z = z.clone().requires_grad_()
    outputs, target = _outputs(z, outputs_as)
    values = loss(outputs, target, reduction="none")
    return {"x": x.numpy(), "loss": values.detach().numpy(), "gradient": slope_of(values, z)}


def _outputs(z: Tensor, outputs_as: str) -> tuple[Tensor, Tensor]:
    """Outputs and target rows (N, C) so that z is the only output that moves."""
    column = z.unsqueeze(1)
    if outputs_as == "raw":
        return column, torch.zeros_like(column)
    if outputs_as == "sigmoid":
        return column, torch.ones_like(column)
    # Of two classes, the other's output at 0: the softmax of the first is sigmoid(z).
    other = torch.zeros_like(column)
    return torch.cat([column, other], 1), torch.cat([torch.ones_like(column), other], 1).detach()
