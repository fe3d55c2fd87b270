"""Draws the weights of each init, and measures what ten layers of them make of a signal."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainers.tables.activations import ACTIVATIONS
from trainers.tables.inits import INITS, Init

FAN_IN, FAN_OUT = 784, 200  # the MLP's first layer
BARS = 61
WIDTH = 200  # of the layers that the signal goes through: the MLP's hidden layers
DEPTH = 10
INPUTS = 256
SEED = 0


def inits() -> dict[str, Any]:
    """A histogram for each init, and the signal through DEPTH layers for each activation × init."""
    return {
        "fan_in": FAN_IN,
        "fan_out": FAN_OUT,
        "entries": {name: histogram(entry) for name, entry in INITS.items()},
        "signal": signal(),
    }


def histogram(entry: Init) -> dict[str, Any]:
    """The weights of a (200, 784) layer: bar centres, share of the weights in each, mean, std.

    theory_std is what the paper expects, None where there is no such figure.
    """
    weight = _weight(entry, FAN_OUT, FAN_IN, _generator()).flatten().double().numpy()
    low, high = float(weight.min()), float(weight.max())
    # One value alone, or 0 and 1: bars of a readable width around them.
    margin = (high - low) * 0.05 or max(0.5 * abs(high), 0.05)
    counts, edges = np.histogram(weight, bins=BARS, range=(low - margin, high + margin))
    theory = entry.theory((FAN_OUT, FAN_IN)) if entry.theory else None
    return {
        "centres": (edges[:-1] + edges[1:]) / 2,
        "bar_width": float(edges[1] - edges[0]),
        "shares": counts / weight.size,
        "mean": float(weight.mean()),
        "std": float(weight.std()),
        "theory_std": theory,
        "says": entry.says,
        "source": entry.source,
    }


def signal() -> dict[str, Any]:
    """How far apart different inputs still are after each layer, for every init × activation.

    The inputs are INPUTS rows of WIDTH independent normal numbers (mean 0, std 1); a layer is
    f(x @ w.t()) with w (WIDTH, WIDTH) from the init. log_std (DEPTH + 1, inits, activations) is
    log10 of the std of a unit's output over the inputs, root mean square over the units: about 0
    where the signal keeps its size, -inf where all inputs give the same, nan where it overflowed.
    """
    x = torch.randn(INPUTS, WIDTH, generator=_generator())
    log_std = np.empty((DEPTH + 1, len(INITS), len(ACTIVATIONS)))
    for i, init in enumerate(INITS.values()):
        generator = _generator()
        weights = [_weight(init, WIDTH, WIDTH, generator) for _ in range(DEPTH)]
        for j, activation in enumerate(ACTIVATIONS.values()):
            log_std[:, i, j] = _through(x, weights, activation.make())
    return {
        "log_std": log_std,
        "inits": list(INITS),
        "activations": list(ACTIVATIONS),
        "width": WIDTH,
        "depth": DEPTH,
        "inputs": INPUTS,
    }


@torch.no_grad()
def _through(x: Tensor, weights: list[Tensor], f: torch.nn.Module) -> NDArray[np.float64]:
    spread = [_log_spread(x)]
    for w in weights:
        x = f(x @ w.t())
        spread.append(_log_spread(x))
    return np.array(spread)


def _log_spread(x: Tensor) -> float:
    x = x.double()
    squares = (x - x.mean(0)).square().sum().item()  # x.var(0) takes five times as long
    spread = math.sqrt(squares / (x.numel() - x.shape[1]))
    return math.log10(spread) if spread > 0 else (-math.inf if spread == 0 else math.nan)


def _weight(entry: Init, fan_out: int, fan_in: int, generator: torch.Generator) -> Tensor:
    weight = torch.empty(fan_out, fan_in)
    entry.make()(weight, generator)
    return weight


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(SEED)
