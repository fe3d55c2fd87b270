"""Computes K networks of one shape as one: StackedNet.

Every weight of the K members lies in one tensor with a leading axis of K, so a layer of all of them
is one batched product, and the activations, which differ, are applied to slices of neighbours. The
members stay ordinary models whose weights are views of the stacks: whatever measures one model
measures a member as it is now. Which runs belong together is decided in
`trainers.stack.grouping`; nothing here trains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
from trainers.stack.norms import StackedBatchNorm, group_norm, layer_norm
from trainers.tables.network import ACTIVATION, Layer, Network, Residual
from trainers.tables.perceptron import TensorMLP

BATCH_NORM = nn.BatchNorm1d | nn.BatchNorm2d


class StackedNet:
    """The members' networks in the order of `configs`, which must agree in all but their choices.

    batched: one product for all members wherever that can be, as is best for a GPU. Otherwise the
        operations are those of a run alone, which costs a CPU nothing and gives the same bits.
    parameters: the stacks (K, *shape), in the order of one member's `parameters()`.
    state: these and the stacks of buffers, by the names of a member's `state_dict()`.
    weights: the place in `parameters` of every layer's weight, by the layer's name.
    activations: what follows a layer, by its name. batch_norms: all of them.
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
        first = self.models[0]
        every = zip(*(model.parameters() for model in self.models), strict=True)
        self.parameters = [self._stack(ws).requires_grad_() for ws in every]
        self._place_of = {id(weight): i for i, weight in enumerate(first.parameters())}
        every = zip(*(model.buffers() for model in self.models), strict=True)
        self._buffers = {id(buffers[0]): self._stack(buffers) for buffers in every}
        stacks = {**self._buffers, **{i: self.parameters[n] for i, n in self._place_of.items()}}
        own = dict(first.named_parameters()) | dict(first.named_buffers())
        self.state = {name: stacks[id(own[name])] for name in first.state_dict()}
        self.activations: dict[str, StackedActivation] = {}
        self.batch_norms: list[StackedBatchNorm] = []
        self._is_shared = True
        self._steps = self._make_steps()

    def __call__(self, x: Tensor, inputs: dict[str, Tensor] | None = None) -> Tensor:
        """Outputs (K, N, C) for images (N, channels, height, width).

        inputs: collects by layer name that layer's pre-activations, (K, N, units) or
        (N, K * channels, height, width).
        """
        with rounding(self.configs[0].precision, self.device):
            x = self._steps(x, inputs)
        return x.to(self.parameters[0].dtype)

    def train(self, mode: bool) -> None:
        """Dropout on, or off, and batch norms by their batch or not; as of an nn.Module."""
        self.training = mode
        for norm in self.batch_norms:
            norm.training = mode

    def _stack(self, tensors: tuple[Tensor, ...]) -> Tensor:
        stack = torch.stack([tensor.detach() for tensor in tensors])
        for member, tensor in enumerate(tensors):
            tensor.data = stack[member]
        return stack

    def _make_steps(self) -> Chain:
        """One step for every part of a member; images have no member axis until the first layer."""
        layers = cast(Network, self.models[0]).layers
        self.weights = {layer.name: self._place_of[id(layer.weight)] for layer in layers}
        self._ends = {id(layer.norm or layer.weight): layer.name for layer in layers}
        self._follows = {id(layer.activation): layer.name for layer in layers}
        return self._chain(_parts(self.models[0]))

    def _chain(self, parts: Iterable[tuple[str, Layer | nn.Module]]) -> Chain:
        steps: list[tuple[str, Step]] = []
        for path, part in parts:
            step = self._step(path, part)
            if isinstance(step, StackedActivation) and id(part) in self._follows:
                self.activations[self._follows[id(part)]] = step
            ids = (id(part), id(getattr(part, "weight", None)))
            steps.append((next((self._ends[i] for i in ids if i in self._ends), ""), step))
        return Chain(steps)

    def _step(self, path: str, part: Layer | nn.Module) -> Step:
        """What does for all members what the part, which stands at `path`, does for one."""
        if path.startswith("activations.") or path.rpartition(".")[2].startswith(ACTIVATION):
            return StackedActivation(self._slices(path))
        if isinstance(part, Residual):
            before, branch = (self._chain(_named(path, part, s)) for s in ("before", "branch"))
            has_shortcut = part.shortcut is not None
            shortcut = self._chain(_named(path, part, "shortcut")) if has_shortcut else None
            return StackedResidual(before, branch, shortcut)
        if isinstance(part, nn.Dropout):
            return _Dropout(part.p, self)
        if isinstance(part, nn.Flatten):
            return flatten if self._is_shared else self._flatten_members
        if isinstance(part, BATCH_NORM | nn.GroupNorm | nn.LayerNorm):
            return self._norm(part)
        if not isinstance(part, Layer | nn.Linear | nn.Conv2d):
            return cast(Step, part)  # pooling: the same for every channel
        is_shared, self._is_shared = self._is_shared, False
        weight, bias = self._of(part.weight), self._of(part.bias)
        if isinstance(part, nn.Conv2d):
            convolve = convolution if self._batched else convolutions
            return convolve(part, weight, bias, is_shared)
        make_step = shared_linear if is_shared and self._batched else linear
        return make_step(part, weight, bias)

    def _norm(self, part: nn.Module) -> Step:
        weight, bias = self._of(part.weight), self._of(part.bias)
        if isinstance(part, nn.GroupNorm):
            return group_norm(part, weight, bias, self._batched)
        if isinstance(part, nn.LayerNorm):
            return layer_norm(part, weight, bias, self._batched)
        assert isinstance(part, BATCH_NORM)
        buffers = [self._buffers[id(buffer)] for buffer in part.buffers()]
        self.batch_norms.append(StackedBatchNorm(part, weight, bias, buffers, self._batched))
        return self.batch_norms[-1]

    def _of(self, weight: object) -> Tensor:
        """The stack of a weight of the first member."""
        return self.parameters[self._place_of[id(weight)]]

    def _flatten_members(self, x: Tensor) -> Tensor:
        """(N, K * channels, height, width) -> (K, N, channels * height * width)."""
        return x.reshape(x.shape[0], self.size, -1).transpose(0, 1)

    def freeze(self, member: int) -> None:
        """End a member: its weights become NaN, which no step changes and no other member sees."""
        for stack in self.parameters:
            stack.detach()[member].fill_(torch.nan)

    def _slices(self, path: str) -> list[tuple[int, nn.Module]]:
        """(how many neighbours, their activation) for the activation at `path`."""

        def text(member: int) -> str:
            return self.configs[member].activation

        groups = [list(group) for _, group in groupby(range(self.size), text)]
        # The first member of a slice lends it its module; activations have no weights.
        return [(len(group), self.models[group[0]].get_submodule(path)) for group in groups]

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


class Chain:
    """Steps one after the other, each with the name of the layer whose pre-activations it gives."""

    def __init__(self, steps: list[tuple[str, Step]]) -> None:
        self._steps = steps

    def __call__(self, x: Tensor, inputs: dict[str, Tensor] | None = None) -> Tensor:
        for layer, step in self._steps:
            x = step(x, inputs) if isinstance(step, StackedResidual) else step(x)
            if layer and inputs is not None:
                inputs[layer] = x
        return x


class StackedResidual:
    """What `network.Residual` computes, of all members."""

    def __init__(self, before: Chain, branch: Chain, shortcut: Chain | None) -> None:
        self._before, self._branch, self._shortcut = before, branch, shortcut

    def __call__(self, x: Tensor, inputs: dict[str, Tensor] | None = None) -> Tensor:
        h = self._before(x, inputs)
        outputs = self._branch(h, inputs)
        return outputs + (self._shortcut(h, inputs) if self._shortcut else x)


def _parts(model: nn.Module) -> Iterator[tuple[str, Layer | nn.Module]]:
    """A model's parts, each with its path, in the order of its forward pass."""
    if not isinstance(model, TensorMLP):
        yield from _named("", model, "net")
        return
    yield "", nn.Flatten()
    for layer in model.layers:
        yield "", layer
        for kind in ("norms", "activations", "dropouts"):
            parts = cast(nn.ModuleDict, model.get_submodule(kind))
            if layer.name in parts:
                yield f"{kind}.{layer.name}", parts[layer.name]


def _named(path: str, part: nn.Module, steps: str) -> Iterator[tuple[str, nn.Module]]:
    for name, child in part.get_submodule(steps).named_children():
        yield f"{path}.{steps}.{name}".removeprefix("."), child
