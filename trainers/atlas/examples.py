"""Computes the notes' worked examples: entropies, cross-entropy, a linear layer, dropout, SGD.

Each is computed here, with the notes' own numbers, so that what is shown is what PyTorch does.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainers.config import RunConfig
from trainers.measure.summary import summarise
from trainers.tables.losses import LOSSES
from trainers.tables.models import MODELS
from trainers.tables.optimizers import OPTIMIZERS

DISTRIBUTIONS = {
    "all four equally likely": (0.25, 0.25, 0.25, 0.25),
    "one of them likely": (0.1, 0.1, 0.1, 0.7),
    "one of them almost certain": (0.001, 0.001, 0.001, 0.999),
}
"""The notes' three. The last sums to 1.002, as they have it; normalised, its entropy is 0.0342."""

TRUE = (0.1, 0.1, 0.1, 0.7)
GUESSES = {
    "q knows nothing": (0.25, 0.25, 0.25, 0.25),
    "q has the right idea": (0.2, 0.2, 0.2, 0.4),
    "q is p": (0.1, 0.1, 0.1, 0.7),
    "q is too sure": (0.01, 0.01, 0.01, 0.97),
    "q is sure of another": (0.7, 0.1, 0.1, 0.1),
    "q is quite wrong": (0.97, 0.01, 0.01, 0.01),
}

LEARNING_RATE = 0.1
DROPOUT = 0.5
BATCH, N_IN, N_OUT = 4, 784, 512  # the notes' four flattened pictures


def entropy_bits(p: Tensor) -> float:
    """-sum p log2 p (Shannon 1948)."""
    return float(-(p * torch.log2(p)).sum())


def entropy() -> dict[str, Any]:
    """The notes' distributions with their entropies, and cross-entropy = entropy + KL; in bits."""
    p = torch.tensor(TRUE, dtype=torch.float64)
    return {
        "distributions": {
            says: {"p": list(values), "bits": entropy_bits(torch.tensor(values))}
            for says, values in DISTRIBUTIONS.items()
        },
        "p": list(TRUE),
        "entropy": entropy_bits(p),
        "guesses": {says: _against(p, values) for says, values in GUESSES.items()},
    }


def _against(p: Tensor, values: tuple[float, ...]) -> dict[str, Any]:
    q = torch.tensor(values, dtype=torch.float64)
    return {
        "q": list(values),
        "cross_entropy": float(-(p * torch.log2(q)).sum()),
        "kl": float((p * torch.log2(p / q)).sum()),
    }


def layers() -> dict[str, Any]:
    """The layer of the notes with its shapes, dropout, a step of SGD, and every model's layers."""
    return {
        "linear": linear(),
        "dropout": dropout(),
        "sgd_step": sgd_step(),
        "models": {
            name: {"says": entry.says, "source": entry.source, **summarise(RunConfig(model=name))}
            for name, entry in MODELS.items()
        },
    }


def linear() -> list[tuple[str, list[int], str]]:
    """The parts of x @ w.t() + b as (part, shape, what it is), shapes as PyTorch gives them."""
    layer = nn.Linear(N_IN, N_OUT)
    x, w, b = torch.randn(BATCH, N_IN), layer.weight, layer.bias
    by_hand = x @ w.t() + b
    if not torch.allclose(by_hand, layer(x), atol=1e-5):
        raise ArithmeticError("nn.Linear does not compute x @ w.t() + b")
    return [
        ("x", list(x.shape), "four pictures, each flattened to 784 numbers"),
        ("w", list(w.shape), "PyTorch keeps (outputs, inputs): one row for each output"),
        ("w.t()", list(w.t().shape), "turned over, so that the inner sizes meet: 784 and 784"),
        ("x @ w.t()", list((x @ w.t()).shape), "each picture times each row of w"),
        ("b", list(b.shape), "one number for each output, added to every picture"),
        ("x @ w.t() + b", list(by_hand.shape), "the same numbers as nn.Linear(784, 512)(x)"),
    ]


def dropout() -> dict[str, Any]:
    """nn.Dropout on the numbers 1 to 10: while training (seed 0), and while evaluating."""
    x = torch.arange(1.0, 11.0)
    layer = nn.Dropout(DROPOUT)
    torch.manual_seed(0)
    training = layer(x)
    return {
        "p": DROPOUT,
        "x": x.tolist(),
        "training": training.tolist(),
        "evaluating": layer.eval()(x).tolist(),
    }


def sgd_step() -> dict[str, Any]:
    """The notes' Linear(5, 3) with known weights: MSE against zeros, one step with lr 0.1.

    w (3, 5), b (3,), x (2, 5); before and after, with the gradients and the loss at both.
    """
    w = (torch.arange(1, 16).reshape(5, 3) / 10).t().contiguous()
    b = torch.tensor([1.0, 2.0, 3.0])
    x, target = torch.arange(1.0, 11.0).reshape(2, 5), torch.zeros(2, 3)
    before = [w.tolist(), b.tolist()]
    optimizer = OPTIMIZERS["sgd"].make()([nn.Parameter(w), nn.Parameter(b)], LEARNING_RATE)
    parameters = optimizer.param_groups[0]["params"]
    mse = LOSSES["mse"].make()
    output = F.linear(x, *parameters)
    loss = mse(output, target)
    loss.backward()
    gradients = [p.grad.tolist() for p in parameters]
    optimizer.step()
    return {
        "x": x.tolist(),
        "output": output.tolist(),
        "lr": LEARNING_RATE,
        "loss_before": loss.item(),
        "loss_after": mse(F.linear(x, *parameters), target).item(),
        "w_before": before[0],
        "b_before": before[1],
        "w_gradient": gradients[0],
        "b_gradient": gradients[1],
        "w_after": parameters[0].tolist(),
        "b_after": parameters[1].tolist(),
    }
