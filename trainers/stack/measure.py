"""Measures a stack between its steps: all members at once instead of one by one.

On a GPU a member by itself is a few milliseconds of the host's time at every evaluation, so that
many members would take longer to measure than to train. What the numbers mean stands in
`measure/signal.py` and `train.py`; when they are taken and recorded is decided in
`stack/train.py`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from trainers.answers import GUESSED_IMAGES
from trainers.evaluate import Score
from trainers.measure.layer_statistics import layer_statistics, slopes_of
from trainers.measure.pre_activations import by_batch, evaluating
from trainers.measure.signal import PROBE_IMAGES
from trainers.stack.layers import members_and_units
from trainers.stack.loss import StackedLoss
from trainers.stack.net import StackedNet
from trainers.stack.optimizer import StackedOptimizer
from trainers.tables.datasets import Data


def measure_stack(
    net: StackedNet, loss_of: StackedLoss, optimizer: StackedOptimizer, x: Tensor, y: Tensor
) -> list[dict[str, float]]:
    """What `signal.Probe` says of each member after the first step, all computed together.

    x: (N, ...) images, y: (N,) labels; the first PROBE_IMAGES are used. Changes nothing.
    """
    inputs, gradients = _inside(net, loss_of, x, y)
    updates = optimizer.next_update(gradients)
    statistics: dict[str, Tensor] = {}
    for name, place in net.weights.items():
        z, slopes = members_and_units(inputs[name].detach(), net.size), None
        if name in net.activations:
            slopes = members_and_units(slopes_of(net.activations[name], inputs[name]), net.size)
        weight = net.parameters[place].detach()
        of_layer = layer_statistics(weight, gradients[place], updates[place], z, slopes)
        statistics |= {f"{what}/{name}": values.double() for what, values in of_layer.items()}
    rows = torch.stack(list(statistics.values()), 1).tolist()
    return [dict(zip(statistics, row, strict=True)) for row in rows]


def stack_tensors(net: StackedNet, loss_of: StackedLoss, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """What is inside every layer, of all members: `trainers.measure.distribution.Tensors`."""
    inputs, gradients = _inside(net, loss_of, x, y)
    tensors: dict[str, Tensor] = {}
    for name, place in net.weights.items():
        z = inputs[name]
        if z.dim() == 4:  # the members' channels lie one after the other
            z = z.unflatten(1, (net.size, -1)).transpose(0, 1)
        tensors[f"preactivation/{name}"] = z.detach()
        tensors[f"gradient/{name}"] = gradients[place]
        tensors[f"weight/{name}"] = net.parameters[place].detach()
    return tensors


def _inside(
    net: StackedNet, loss_of: StackedLoss, x: Tensor, y: Tensor
) -> tuple[dict[str, Tensor], tuple[Tensor, ...]]:
    """The pre-activations on the probe, by layer, and all gradients."""
    inputs: dict[str, Tensor] = {}
    with evaluating(net), by_batch(net.batch_norms):
        outputs = net(x[:PROBE_IMAGES], inputs)
        losses = loss_of.means(outputs, y[:PROBE_IMAGES])
        gradients = torch.autograd.grad(losses.sum(), net.parameters)
    return inputs, gradients


@torch.no_grad()
def look_at_stack(
    net: StackedNet, loss_of: StackedLoss, x: Tensor, y: Tensor
) -> list[dict[str, float]]:
    """What `signal.Probe.look` records of each member, all computed together."""
    x, y = x[:PROBE_IMAGES], y[:PROBE_IMAGES]
    with evaluating(net), by_batch(net.batch_norms):
        outputs = net(x)
    accuracies = (outputs.argmax(2) == y).double().mean(1)
    rows = torch.stack([accuracies, loss_of.means(outputs, y).double()], 1).tolist()
    return [{"early_accuracy/all": right, "early_loss/all": loss} for right, loss in rows]


@torch.no_grad()
def evaluate_stack(
    net: StackedNet, loss_of: StackedLoss, data: Data, batch_size: int
) -> list[Score]:
    """What `trainers.evaluate` says of each member, all computed together."""
    loss = torch.zeros(net.size, dtype=torch.float64, device=data.test_y.device)
    batches = []
    with evaluating(net):
        for x, y in zip(data.test_x.split(batch_size), data.test_y.split(batch_size), strict=True):
            batches.append(net(x))
            loss += loss_of.of_samples(batches[-1], y).sum(1)
    logits = torch.cat(batches, 1)
    predictions, n = logits.argmax(2), logits.shape[1]
    right = (predictions == data.test_y).sum(1).tolist()
    # What is recorded of the single images is read on the host: copied once for all members.
    sure = logits[:, :GUESSED_IMAGES].softmax(2).amax(2).cpu()
    return [
        Score(total / n, count / n, guesses, confidences)
        for total, count, guesses, confidences in zip(
            loss.tolist(), right, predictions.cpu(), sure, strict=True
        )
    ]
