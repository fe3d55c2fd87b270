"""Updates stacked weights by PyTorch's own optimisers, each run at its own rate: StackedOptimizer.

An optimiser's arithmetic is done number by number, so that of a stack is that of its members, bit
for bit. Neighbours with the same learning rate are one parameter group. Nothing in a step comes
from the host, so a CUDA graph may hold it. It computes no gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from trainers.build import optimizer_for
from trainers.config import RunConfig
from trainers.tables.clipping import clipped_members


class StackedOptimizer:
    """The optimiser of `configs` for the stacks (K, *shape), K in the order of `configs`."""

    def __init__(self, configs: Sequence[RunConfig], stacks: Sequence[Tensor]) -> None:
        self._clip_norm = configs[0].clip_norm
        self._make = optimizer_for(replace(configs[0], clip_norm=0.0))
        self._make_own = optimizer_for(configs[0])
        self._rates = [config.lr for config in configs]
        self._stacks = [stack.detach() for stack in stacks]
        self._members: list[slice] = []
        self._weights: list[list[Tensor]] = []  # of every group, its part of every stack
        for _rate, group in groupby(range(len(configs)), self._rates.__getitem__):
            places = list(group)
            self._members.append(slice(places[0], places[-1] + 1))
            self._weights.append([stack[self._members[-1]] for stack in self._stacks])
        self._optimizer = self._made(self._weights)
        for options in self._optimizer.param_groups:
            if "capturable" in options and stacks[0].is_cuda:
                options["capturable"] = True  # counts its steps on the device

    def step(self, gradients: Sequence[Tensor]) -> None:
        """Change the stacks by these gradients, one for each stack."""
        if self._clip_norm:
            gradients = clipped_members(gradients, self._clip_norm)
        for members, weights in zip(self._members, self._weights, strict=True):
            for weight, gradient in zip(weights, gradients, strict=True):
                # As the weight lies in memory: a batched product's gradient comes transposed.
                weight.grad = gradient[members].contiguous()
        self._optimizer.step()
        self._optimizer.zero_grad()

    def next_update(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """What a step would add to every stack for these gradients; nothing is changed."""
        state = [*self._stacks, *self._memory()]
        copies = [tensor.clone() for tensor in state]
        self.step(gradients)
        updates = [new - old for new, old in zip(self._stacks, copies, strict=False)]
        if len(copies) < len(self._stacks) + len(self._memory()):  # it remembered nothing before
            self.forget()
        for tensor, before in zip(state, copies, strict=True):
            tensor.copy_(before)
        return updates

    def forget(self) -> None:
        """Set what the optimiser remembers to 0, where it is: as if it had made no step."""
        for tensor in self._memory():
            tensor.zero_()

    def of_member(self, member: int, parameters: Sequence[nn.Parameter]) -> Optimizer:
        """A member's own optimiser as it is now, for that member's parameters; a copy."""
        optimizer = self._make_own(parameters, self._rates[member])
        for members, weights in zip(self._members, self._weights, strict=True):
            if members.start <= member < members.stop:
                for parameter, weight in zip(parameters, weights, strict=True):
                    optimizer.state[parameter] = {
                        key: _of(member - members.start, value)
                        for key, value in self._optimizer.state.get(weight, {}).items()
                    }
        return optimizer

    def restore(self, optimizers: Sequence[Optimizer], models: Sequence[nn.Module]) -> None:
        """Remember what the members' own optimisers do, each with the parameters of its model."""
        parameters = [list(model.parameters()) for model in models]
        for members, weights in zip(self._members, self._weights, strict=True):
            for place, weight in enumerate(weights):
                memories = [
                    optimizers[m].state.get(parameters[m][place], {})
                    for m in range(members.start, members.stop)
                ]
                state = self._optimizer.state[weight]
                for key in memories[0]:
                    value = _together([memory[key] for memory in memories])
                    if isinstance(state.get(key), Tensor):
                        state[key].copy_(value)  # where a captured step looks for it
                    else:
                        state[key] = value

    def _memory(self) -> list[Tensor]:
        memories = self._optimizer.state.values()
        return [v for memory in memories for v in memory.values() if isinstance(v, Tensor)]

    def _made(self, groups: Sequence[Sequence[Tensor]]) -> Optimizer:
        optimizer = self._make(cast(Any, groups[0]), self._rates[self._members[0].start])
        for members, weights in list(zip(self._members, groups, strict=True))[1:]:
            optimizer.add_param_group({"params": weights, "lr": self._rates[members.start]})
        return optimizer


def _of(place: int, value: object) -> object:
    """A member's part of what is remembered for a stack; step counts are the same for all."""
    if not isinstance(value, Tensor):
        return value
    return value[place].clone() if value.dim() else value.to("cpu", copy=True)


def _together(values: Sequence[Any]) -> Any:
    """What is remembered for a stack, from the members' parts; see `_of`."""
    whole = isinstance(values[0], Tensor) and values[0].dim()
    return torch.stack(list(values)) if whole else values[0]
