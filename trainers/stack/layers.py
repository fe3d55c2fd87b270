"""Computes each layer for all members of a stack of K networks at once.

Functions of tensors with a member axis; which parts a network has is decided in
`trainers.stack.net`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainers.tables.network import Layer

Step = Callable[[Tensor], Tensor]


class StackedActivation:
    """What follows one layer: each slice of neighbours goes through its own function.

    z: (K, N, units), or (N, K * channels, height, width) behind a convolution.
    """

    def __init__(self, slices: list[tuple[int, nn.Module]]) -> None:
        self._counts, self._functions = zip(*slices, strict=True)

    def __call__(self, z: Tensor) -> Tensor:
        axis = _axis_of_members(z)
        width = z.shape[axis] // sum(self._counts)  # channels of a member, or 1
        parts = z.split([count * width for count in self._counts], axis)
        return _joined([f(p) for f, p in zip(self._functions, parts, strict=True)], axis)


def members_and_units(z: Tensor, size: int) -> Tensor:
    """What an activation of `size` members is given, or gives, as (K, samples, units)."""
    if _axis_of_members(z) == 0:
        return z
    return z.unflatten(1, (size, -1)).permute(1, 0, 3, 4, 2).flatten(1, 3)


def _axis_of_members(z: Tensor) -> int:
    return 1 if z.dim() == 4 else 0


def linear(part: Layer | nn.Linear, weight: Tensor, bias: Tensor) -> Step:
    """weight (K, out, in), bias (K, out): (K, N, in), or (N, in) for all, -> (K, N, out)."""
    size, fused = len(weight), isinstance(part, nn.Linear)  # bare tensors add the bias afterwards

    def step(x: Tensor) -> Tensor:
        x, w, b = x.expand(size, -1, -1), weight.transpose(1, 2), bias.unsqueeze(1)
        return torch.baddbmm(b, x, w) if fused else x @ w + b

    return step


def shared_linear(_part: object, weight: Tensor, bias: Tensor) -> Step:
    """The same rows (N, in) go to every member: one large product instead of K small ones."""
    size, n_out, _ = weight.shape

    def step(x: Tensor) -> Tensor:
        rows = F.linear(x, weight.flatten(0, 1), bias.flatten())
        return rows.view(-1, size, n_out).transpose(0, 1)

    return step


def convolution(part: nn.Conv2d, weight: Tensor, bias: Tensor, is_shared: bool) -> Step:
    """weight (K, out, in, height, width): the members' channels lie one after the other."""
    groups = 1 if is_shared else weight.shape[0]

    def step(x: Tensor) -> Tensor:
        return F.conv2d(
            x, weight.flatten(0, 1), bias.flatten(), part.stride, part.padding, groups=groups
        )

    return step


def convolutions(part: nn.Conv2d, weight: Tensor, bias: Tensor, is_shared: bool) -> Step:
    """The same one by one: a CPU takes twice as long for groups of few channels (measured)."""

    def step(x: Tensor) -> Tensor:
        images = [x] * len(weight) if is_shared else x.chunk(len(weight), 1)
        outputs = [
            F.conv2d(image, w, b, part.stride, part.padding)
            for image, w, b in zip(images, weight, bias, strict=True)
        ]
        return torch.cat(outputs, 1)

    return step


def flatten(x: Tensor) -> Tensor:
    return x.flatten(1)


def _joined(parts: list[Tensor], axis: int) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts, axis)
