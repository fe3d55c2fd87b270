"""Forecasts at step 0 how fast a run will learn and whether it will blow up.

Functions of a model, its loss, its optimiser and a probe of images, all before training. They draw
no random number and leave weights and optimiser as they were; the model must be in eval mode, so
that dropout draws none either. What the numbers mean for a run is judged by
`dashboard.runs.verdict`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

from trainers.tables.network import Layer

LARGEST_SCALE = 2.0
SCALE_HALVINGS = 4
TWIN_TOLERANCE = 1e-5
TWINS_AMONG = 1024

LossOf = Callable[[Tensor, Tensor], Tensor]
"""The mean loss of outputs (N, C) and labels (N,)."""


def next_update(
    optimizer: Optimizer, parameters: Sequence[Tensor], gradients: Sequence[Tensor]
) -> list[Tensor]:
    """What the optimiser would add to every parameter for these gradients; it is not changed.

    A copy of the optimiser, its memory included, steps on copies of the parameters.
    """
    copies = [nn.Parameter(parameter.detach().clone()) for parameter in parameters]
    trial = copy_for(optimizer, copies)
    for copy, parameter, gradient in zip(copies, parameters, gradients, strict=True):
        copy.grad = gradient.detach().clone()
        if parameter in optimizer.state:
            trial.state[copy] = deepcopy(optimizer.state[parameter])
    trial.step()
    return [
        copy.detach() - parameter.detach()
        for copy, parameter in zip(copies, parameters, strict=True)
    ]


def copy_for(optimizer: Optimizer, parameters: Sequence[nn.Parameter]) -> Optimizer:
    """Another optimiser of this kind, with its rate and options but no memory, for `parameters`."""
    arguments = inspect.signature(type(optimizer)).parameters
    options = {key: value for key, value in optimizer.defaults.items() if key in arguments}
    return type(optimizer)(parameters, **options)


def overshoot(
    model: nn.Module, loss_of: LossOf, optimizer: Optimizer, x: Tensor, y: Tensor
) -> Tensor:
    """uᵀHu / -gᵀu for the first update u, gradient g and Hessian H of the loss.

    Along u the loss changes by about -s·|gᵀu| + s²·uᵀHu / 2: above 2 a full step ends higher than
    it began. For plain gradient descent this is the learning rate times the curvature along the
    gradient (LeCun, Simard & Pearlmutter 1993).

    Logits that start far below 1 must grow to about 1 before classes can be told apart, and the
    curvature grows with the weights that make them grow: it is taken at weights times the factor,
    at most LARGEST_SCALE, that brings the logits' root mean square to 1. NaN without a gradient or
    a second derivative.
    """
    parameters = list(model.parameters())
    with scaling(parameters) as scale_by:
        scale_by(working_scale(model, x, scale_by))
        loss = loss_of(model(x), y)
        gradients = torch.autograd.grad(loss, parameters, create_graph=True)
        update = next_update(optimizer, parameters, gradients)
        slope = dot(gradients, update)
        try:
            bends = torch.autograd.grad(slope, parameters, materialize_grads=True)
        except RuntimeError:  # so says torch of a loss that has no second derivative
            return slope.new_full((), torch.nan)
        return dot(bends, update) / -slope


@contextmanager
def scaling(parameters: Sequence[Tensor]) -> Iterator[Callable[[Tensor], None]]:
    """Gives a function that sets all weights to a multiple of what they are; they are put back."""
    copies = [parameter.detach().clone() for parameter in parameters]

    @torch.no_grad()
    def scale_by(factor: Tensor) -> None:
        for parameter, first in zip(parameters, copies, strict=True):
            parameter.copy_(first * factor if first.dim() > 1 else first)

    try:
        yield scale_by
    finally:
        scale_by(copies[0].new_ones(()))


@torch.no_grad()
def working_scale(model: nn.Module, x: Tensor, scale_by: Callable[[Tensor], None]) -> Tensor:
    """The factor in 1 .. LARGEST_SCALE that brings the logits' root mean square to 1.

    1 where the logits are that large already, and where no factor in the range makes them so.
    """

    def too_small(factor: Tensor) -> Tensor:
        scale_by(factor)
        return model(x).square().mean() < 1

    one = x.new_ones(())
    low, high = one, one * LARGEST_SCALE
    within = too_small(low) & ~too_small(high)
    for _ in range(SCALE_HALVINGS):
        middle = (low + high) / 2
        small = too_small(middle)
        low, high = torch.where(small, middle, low), torch.where(small, high, middle)
    return torch.where(within, (low + high) / 2, one)


def label_growth(
    model: nn.Module, optimizer: Optimizer, x: Tensor, y: Tensor
) -> tuple[Tensor, Tensor]:
    """(growth, agreement): what one update learns from half of the images about the others.

    The margin of a half is the mean over its images of the logits times the centred one-hot label:
    it grows by 1 logit when every right class gains 1 over the mean of all. Centring leaves out
    what is learned by biases alone, and the second half what is only memorised.

    growth: logits that one update for the first half's margin adds to the second's, to first order:
    the alignment of the tangent kernel with the labels (Jacot, Gabriel & Hongler 2018; Cristianini
    et al. 2001). Momentum carries every update on, 1 / (1 - momentum) times in all.
    agreement: cosine between the two halves' gradients by the last layer's weights, which is high
    when images of one class, whichever half they are in, look alike to that layer.
    """
    parameters = list(model.parameters())
    last = max(i for i, parameter in enumerate(parameters) if parameter.dim() > 1)
    gradients = []
    for half in (slice(0, None, 2), slice(1, None, 2)):
        outputs = model(x[half])
        labels = F.one_hot(y[half], outputs.shape[1]).to(outputs.dtype)
        centred_labels = labels - labels.mean(0)
        margin = (outputs * centred_labels).sum(1).mean() / centred_labels.square().sum(1).mean()
        gradients.append(torch.autograd.grad(-margin, parameters))
    first, second = gradients
    update = next_update(optimizer, parameters, first)
    boost = 1 / (1 - optimizer.defaults.get("momentum", 0.0))
    agreement = F.cosine_similarity(first[last].flatten(), second[last].flatten(), dim=0)
    return boost * -dot(update, second), agreement


def label_alignment(outputs: Tensor, y: Tensor) -> Tensor:
    """How far outputs (N, C) part the images as their labels y (N,) do.

    The cosine between outputs and one-hot labels, both around their means over the images and over
    the classes (centred alignment: Cortes, Mohri & Rostamizadeh 2012). What all images or all
    classes share is left out, so it grows from 0 long before an answer changes, while accuracy
    still counts how often the class is right that a bias prefers. 1 at best; 0 where outputs are
    not finite or the same for all images.
    """
    outputs = outputs.double()
    outputs = outputs - outputs.mean(1, keepdim=True)
    outputs = outputs - outputs.mean(0)
    labels = F.one_hot(y, outputs.shape[1]).double()
    labels = labels - labels.mean(0)
    return F.cosine_similarity(outputs.flatten(), labels.flatten(), dim=0).nan_to_num(0.0)


def twin_shares(
    layers: Sequence[Layer], parameters: Sequence[Tensor], gradients: Sequence[Tensor]
) -> dict[str, Tensor]:
    """For every layer the share of units with a twin: equal weights and, but for rounding, an equal
    gradient. Of a wider layer the first TWINS_AMONG units are compared.
    """
    places = {id(parameter): i for i, parameter in enumerate(parameters)}
    shares = {}
    for layer in layers:
        weights = _marks(layer.weight)
        pulls = _marks(gradients[places[id(layer.weight)]])
        same = (weights[:, None] == weights).logical_and_(
            (pulls[:, None] - pulls).abs() <= TWIN_TOLERANCE * pulls.abs().max()
        )
        shares[f"twin_share/{layer.name}"] = (same.sum(1) > 1).double().mean()
    return shares


def _marks(weights: Tensor) -> Tensor:
    """One number for each unit, the same for equal units: its weights times fixed numbers."""
    rows = weights.detach().flatten(1)[:TWINS_AMONG].double()
    numbers = torch.arange(1, rows.shape[1] + 1, device=rows.device).double().sin()
    return (rows * numbers).sum(1)


def expected_stds(layers: Sequence[Layer], x: Tensor) -> dict[str, Tensor]:
    """The std of every layer's pre-activations where weights are independent with mean 0.

    Var[z] = fan_in · E[w²] · E[a²] + E[b²] with a the layer's inputs (He et al. 2015, eq. 6; Glorot
    & Bengio 2010 for f(z) = z), and E[a²] of the next layer is that of f at normal z of this
    variance. E[w²] and E[b²] are those of the weights drawn. Behind a norm Var[z] is 1, whatever
    came before. Pooling and sums are not in the theory, so a convolution, or a layer that is added
    to what it was given, says nothing of the layer behind it; nor does a layer whose weights are
    not spread around 0. Of a layer whose inputs are not known
    nothing is said, unless a norm follows it.
    """
    stds = {}
    z = torch.linspace(-8, 8, 801, dtype=torch.float64, device=x.device)
    normal = torch.exp(-z.square() / 2)
    normal /= normal.sum()
    power: Tensor | None = x.double().square().mean()
    for layer in layers:
        variance = _variance(layer, power)
        power = None
        if variance is None:
            continue
        stds[f"expected_std/{layer.name}"] = variance.sqrt()
        is_beyond_theory = layer.weight.dim() > 2 or layer.in_residual
        if layer.activation is not None and not is_beyond_theory:
            power = (layer.activation(variance.sqrt() * z).square() * normal).sum()
    return stds


def _variance(layer: Layer, power: Tensor | None) -> Tensor | None:
    """The variance expected of a layer's pre-activations, given that of its inputs around 0."""
    w = layer.weight.detach().double().flatten(1)
    if not w.mean().abs() < 0.1 * w.std() or _is_sparse(w):
        return None
    if layer.norm is not None:
        return w.new_ones(())
    if power is None or not layer.follows:
        return None
    variance = w.shape[1] * w.square().mean() * power
    if layer.bias is not None:
        variance = variance + layer.bias.detach().double().square().mean()
    return variance


def _is_sparse(w: Tensor) -> bool:
    """Whether most weights are exactly 0, as of `eye` and `dirac`: fixed by place, not drawn."""
    return bool((w == 0).double().mean() > 0.5)


def dot(left: Sequence[Tensor], right: Sequence[Tensor]) -> Tensor:
    """The sum of all products of what stands at the same place."""
    return torch.stack([(a * b).sum() for a, b in zip(left, right, strict=True)]).sum()
