"""Computes the statistics of one layer, of one model or of a stack of them, from what is inside it.

Per layer, at every evaluation, as far as it is known: of a person's own model the activations are
not, nor is the output of a layer that is no module. The units of a linear layer are its outputs;
the units of a convolution are its channels, each seen at every position of every image. z:
pre-activations, which are what the activation is given, so behind a norm what the norm gives; f':
the slope of the activation there. A batch norm goes by the probe, as it goes by its batch while it
trains: its running means know nothing at step 0, and too little for a while.

- preactivation_std: standard deviation of z over all units and images.
- dead_share: share of units with |f'| < DEAD_SLOPE on every image: no image reaches their weights.
- saturated_share: share of units whose |f'|, averaged over the images, is < SATURATED_SLOPE.
- gradient_norm: Euclidean norm of the gradient of the probe's mean loss by the layer's weights.
- update_ratio: |Δw| / |w| of the update that the optimiser, as it is now, would make of that
  gradient.

Draws no random number and changes nothing; when they are measured is `trainers.measure.signal`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

DEAD_SLOPE = 1e-3
SATURATED_SLOPE = 0.02


def layer_statistics(
    weight: Tensor, gradient: Tensor, update: Tensor, z: Tensor | None, slopes: Tensor | None
) -> dict[str, Tensor]:
    """The quantities of every evaluation for one layer of K models, (K,) each.

    weight, gradient, update: (K, *shape). z: (K, ...) pre-activations. slopes: (K, samples, units)
    |f'(z)|. Either is None where it is not known: what is computed from it is left out.
    """
    statistics = {}
    if z is not None:
        # float32 would find a spread of rounding errors in numbers that are all the same.
        statistics["preactivation_std"] = z.flatten(1).double().std(1, correction=0)
    if slopes is not None:
        statistics["dead_share"] = (slopes < DEAD_SLOPE).all(1).double().mean(1)
        statistics["saturated_share"] = (slopes.mean(1) < SATURATED_SLOPE).double().mean(1)
    statistics["gradient_norm"] = _norms(gradient)
    statistics["update_ratio"] = _norms(update) / _norms(weight)
    return statistics


def slopes_of(activation: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    """|f'(z)| for every number in z."""
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        return torch.autograd.grad(activation(z).sum(), z)[0].abs()


def units(z: Tensor) -> Tensor:
    """(N, units) or (N, channels, height, width) as (samples, units)."""
    return z.movedim(1, -1).flatten(0, -2)


def _norms(stack: Tensor) -> Tensor:
    return stack.flatten(1).norm(dim=1)
