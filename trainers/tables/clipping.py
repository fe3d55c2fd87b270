"""Makes optimisers that shorten gradients before they step: clipping by the norm of all together.

Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks. The norm is
taken by `torch.nn.utils`; which optimiser steps is `trainers.tables.optimizers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from trainers.tables.optimizers import MakeOptimizer

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.optim import Optimizer
else:
    from trainers.tables.late import nn, torch

LEAST = 1e-6
"""Added to a norm before it divides, as `torch.nn.utils.clip_grad_norm_` does."""


def clipped(make: MakeOptimizer, max_norm: float) -> MakeOptimizer:
    """Such an optimiser whose steps go by gradients of at most this norm, all together.

    What is made is of a class of its own, so that a copy of it, made by its class, clips too.
    """

    def made(parameters: Iterable[nn.Parameter], lr: float) -> Optimizer:
        optimizer = make(parameters, lr)
        optimizer.__class__ = _clipping(type(optimizer), max_norm)
        return optimizer

    return made


def _clipping(kind: type[Optimizer], max_norm: float) -> type[Optimizer]:
    def step(self: Optimizer, closure: Any = None) -> Any:
        weights = [weight for group in self.param_groups for weight in group["params"]]
        nn.utils.clip_grad_norm_(weights, max_norm)
        return kind.step(self, closure)

    return type(kind.__name__, (kind,), {"step": step, "__doc__": kind.__doc__})


def clipped_members(gradients: Sequence[Tensor], max_norm: float) -> list[Tensor]:
    """The gradients (K, *shape) of K networks, each network's shortened by themselves."""
    norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients]).norm(dim=0)
    shares = (max_norm / (norms + LEAST)).clamp(max=1.0)
    return [g * shares.view(-1, *[1] * (g.dim() - 1)) for g in gradients]
