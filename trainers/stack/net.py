"""Computes K networks of one shape as one: StackedNet.

Every weight of the K members lies in one tensor with a leading axis of K, so a layer of all of them
is one batched product, and the activations, which differ, are applied to slices of neighbours. The
members stay ordinary models whose weights are views of the stacks: whatever measures one model
measures a member as it is now. Which runs belong together is decided in
`trainers.stack.grouping`; nothing here trains.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import cast

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from trainers.build import build_model
from trainers.config import RunConfig
from trainers.precision import rounding
from trainers.stack.layers import (
    StackedActivation,
    Step,
    convolution,
    convolutions,
    flatten,
    linear,
    shared_linear,
)
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.choice import parse_layers
from trainers.tables.models import Layer, Network, TensorMLP


class StackedNet:
    """The members' networks in the order of `configs`, which must agree in all but their choices.

    batched: one product for all members wherever that can be, as is best for a GPU. Otherwise the
        operations are those of a run alone, which costs a CPU nothing and gives the same bits.
    parameters: the stacks (K, *shape), in the order of one member's `parameters()`.
    weights: the place in `parameters` of every layer's weight, by the layer's name.
    activations: what follows a layer, by its name.
    models: the members, whose parameters are views of the stacks.
    masks_from: each member's own generator of dropout masks on the CPU.
    """

    def __init__(
        self,
        configs: Sequence[RunConfig],
        input_shape: tuple[int, ...],
        n_classes: int,
        device: torch.device,
        batched: bool,
    ) -> None:
        self._batched = batched
        self.configs, self.device, self.size = list(configs), device, len(configs)
        self.training = True
        self.models: list[nn.Module] = []
        self.masks_from: list[Generator] = []
        for config in configs:
            torch.manual_seed(config.seed)
            self.models.append(build_model(config, input_shape, n_classes).to(device))
            # A single run draws its dropout masks from where the init left the generator.
            self.masks_from.append(Generator().set_state(torch.get_rng_state()))
        self.parameters = [self._stack(list(ws)) for ws in self._by_place()]
        self._steps = self._make_steps()

    def __call__(self, x: Tensor, inputs: dict[str, Tensor] | None = None) -> Tensor:
        """Outputs (K, N, C) for images (N, channels, height, width).

        given: collects by layer name what that layer's activations are given, (K, N, units) or
        (N, K * channels, height, width).
        """
        with rounding(self.configs[0].precision, self.device):
            for step in self._steps:
                if inputs is not None and isinstance(step, StackedActivation):
                    inputs[step.layer] = x
                x = step(x)
        return x.to(self.parameters[0].dtype)

    def train(self, mode: bool) -> None:
        """Dropout on, or off; as of an nn.Module."""
        self.training = mode

    def _by_place(self) -> Iterator[tuple[nn.Parameter, ...]]:
        return zip(*(model.parameters() for model in self.models), strict=True)

    def _stack(self, weights: list[nn.Parameter]) -> Tensor:
        stack = torch.stack([w.detach() for w in weights])
        for member, w in enumerate(weights):
            w.data = stack[member]
        return stack.requires_grad_()

    def _make_steps(self) -> list[Step]:
        """One step for every part of a member; images have no member axis until the first layer."""
        place_of = {id(weight): i for i, weight in enumerate(self.models[0].parameters())}
        layers = cast(Network, self.models[0]).layers
        self.weights = {layer.name: place_of[id(layer.weight)] for layer in layers}
        self.activations = {
            layer.name: StackedActivation(layer.name, self._slices(i))
            for i, layer in enumerate(layers)
            if layer.activation is not None
        }
        follows = {id(layer.activation): layer.name for layer in layers}
        steps: list[Step] = []
        shared = True
        for part in _parts(self.models[0]):
            if id(part) in follows:
                steps.append(self.activations[follows[id(part)]])
            elif isinstance(part, nn.Dropout):
                steps.append(_Dropout(part.p, self))
            elif isinstance(part, nn.Flatten):
                steps.append(flatten if shared else self._flatten_members)
            elif isinstance(part, Layer | nn.Linear | nn.Conv2d):
                weight, bias = (self.parameters[place_of[id(w)]] for w in (part.weight, part.bias))
                if isinstance(part, nn.Conv2d):
                    convolve = convolution if self._batched else convolutions
                    steps.append(convolve(part, weight, bias, shared))
                else:
                    make_step = shared_linear if shared and self._batched else linear
                    steps.append(make_step(part, weight, bias))
                shared = False
            else:
                steps.append(cast(Step, part))  # pooling: the same for every channel
        return steps

    def _flatten_members(self, x: Tensor) -> Tensor:
        """(N, K * channels, height, width) -> (K, N, channels * height * width)."""
        return x.reshape(x.shape[0], self.size, -1).transpose(0, 1)

    def freeze(self, member: int) -> None:
        """End a member: its weights become NaN, which no step changes and no other member sees."""
        for stack in self.parameters:
            stack.detach()[member].fill_(torch.nan)

    def _slices(self, layer: int) -> list[tuple[int, nn.Module]]:
        """(how many neighbours, their activation) for the activation after `layer`."""

        def text(member: int) -> str:
            choices = parse_layers(self.configs[member].activation, ACTIVATIONS, "activation")
            return choices[min(layer, len(choices) - 1)].text

        def module(member: int) -> nn.Module:
            activation = cast(Network, self.models[member]).layers[layer].activation
            return activation or nn.Identity()

        groups = [list(group) for _, group in groupby(range(self.size), text)]
        # The first member of a slice lends it its module; activations have no weights.
        return [(len(group), module(group[0])) for group in groups]

    def draw_masks(self, p: float, out: Tensor) -> None:
        """Fill `out` (K, N, H) with 0 and 1 / (1 - p): the masks that the runs alone would draw.

        On the CPU from each member's own generator. On a device single runs draw from the
        device's generator, which no init has touched, so members of one seed share one mask.
        """
        if self.device.type != "cpu":
            out.copy_(F.dropout(torch.ones_like(out[0]), p).expand_as(out))
            return
        for mask, generator in zip(out, self.masks_from, strict=True):
            mask.bernoulli_(1 - p, generator=generator)
        out.div_(1 - p)


class _Dropout:
    def __init__(self, p: float, net: StackedNet) -> None:
        self._p, self._net = p, net

    def __call__(self, x: Tensor) -> Tensor:
        if not self._net.training or self._p == 0:
            return x
        mask = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        self._net.draw_masks(self._p, mask)
        return x * mask


def _parts(model: nn.Module) -> Iterator[Layer | nn.Module]:
    """A model's parts in the order of its forward pass."""
    if not isinstance(model, TensorMLP):
        yield from cast(nn.Sequential, model.net)
        return
    yield nn.Flatten()
    for layer in model.layers:
        yield layer
        if layer.activation is not None:
            yield layer.activation
        if layer.name in model.dropouts:
            yield model.dropouts[layer.name]
