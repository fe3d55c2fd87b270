"""Looks into a model while it computes: its layers' pre-activations, and nothing is changed by it.

What is made of them is `trainers.measure.signal`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Protocol

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from trainers.tables.network import Layer


class Trainable(Protocol):
    """What has dropout to turn off: an nn.Module, a stack of them."""

    training: bool

    def train(self, mode: bool) -> object: ...


class ByBatch(Protocol):
    """A batch norm, of `torch.nn` or of a stack."""

    training: bool
    track_running_stats: bool


@contextmanager
def evaluating(model: Trainable) -> Iterator[None]:
    """Dropout off, which also means that no random number is drawn; then as it was."""
    was_training = model.training
    model.train(False)
    try:
        yield
    finally:
        model.train(was_training)


@contextmanager
def measuring(model: nn.Module) -> Iterator[None]:
    """As `evaluating`, but batch norms go by what they are given, and learn nothing of it."""
    with evaluating(model), by_batch([m for m in model.modules() if isinstance(m, _BatchNorm)]):
        yield


@contextmanager
def by_batch(norms: Sequence[ByBatch]) -> Iterator[None]:
    """Let batch norms that evaluate go by their batch, without a change of their running means."""
    before = [(norm.training, norm.track_running_stats) for norm in norms]
    for norm in norms:
        norm.training, norm.track_running_stats = True, False
    try:
        yield
    finally:
        for norm, (training, tracks) in zip(norms, before, strict=True):
            norm.training, norm.track_running_stats = training, tracks


def with_pre_activations(
    model: nn.Module, layers: Sequence[Layer], x: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    """The model's outputs for `x`, and the pre-activations of its layers by layer name.

    They are the output of the layer's norm or, where it has none, of the module that holds its
    weight. Of a layer of bare tensors without a norm they are what its activation is given or,
    where none follows the last layer, the model's outputs. A layer of which none of this is known
    is left out.
    """
    holders = {id(module.weight): module for module in model.modules() if hasattr(module, "weight")}
    z: dict[str, Tensor] = {}

    def keep(layer: Layer, values: Tensor) -> None:
        z[layer.name] = values.detach().clone()  # what follows may change them in place

    with ExitStack() as hooks:
        for layer in layers:
            holder = layer.norm or holders.get(id(layer.weight))
            if holder is not None:
                handle = holder.register_forward_hook(lambda _m, _x, out, at=layer: keep(at, out))
            elif layer.activation is not None:
                handle = layer.activation.register_forward_pre_hook(
                    lambda _module, inputs, at=layer: keep(at, inputs[0])
                )
            else:
                continue
            hooks.callback(handle.remove)
        outputs: Tensor = model(x)
    last = layers[-1]
    if last.activation is None and id(last.weight) not in holders:
        keep(last, outputs)
    return outputs, z
