"""Computes the norms of all members of a stack of K networks at once.

x: (K, N, units), or (N, K * channels, height, width) behind a convolution. Each has a weight and a
bias of its own for every unit, (K, units). Which norms there are is `trainers.tables.norms`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainers.stack.layers import Step


class StackedBatchNorm:
    """By the batch while it trains, by its running means otherwise, like `nn.BatchNorm1d`.

    means, variances: (K, units). counts: (K,) batches seen. batched: all members in one call.
    """

    def __init__(
        self,
        part: nn.BatchNorm1d | nn.BatchNorm2d,
        weight: Tensor,
        bias: Tensor,
        buffers: Sequence[Tensor],
        batched: bool,
    ) -> None:
        self.training, self.track_running_stats = True, True
        self._part, self._weight, self._bias, self._batched = part, weight, bias, batched
        self._means, self._variances, self._counts = buffers

    def __call__(self, x: Tensor) -> Tensor:
        if self.training and self.track_running_stats:
            self._counts.add_(1)
        if self._batched:
            weights = (self._weight.flatten(), self._bias.flatten())
            stats = (self._means.view(-1), self._variances.view(-1))
            return _as_channels(x, lambda images: self._of(images, *stats, *weights))
        every = zip(self._means, self._variances, self._weight, self._bias, strict=True)
        members = _members(x, len(self._weight))
        return _joined([self._of(own, *parts) for own, parts in zip(members, every, strict=True)])

    def _of(
        self, x: Tensor, means: Tensor, variances: Tensor, weight: Tensor, bias: Tensor
    ) -> Tensor:
        one = x.numel() == x.shape[1]  # of which the module alone makes an exception too
        momentum = self._part.momentum or 0.0
        if not self.training or one:
            return F.batch_norm(x, means, variances, weight, bias, False, 0.0, self._part.eps)
        if not self.track_running_stats:
            return F.batch_norm(x, None, None, weight, bias, True, momentum, self._part.eps)
        return F.batch_norm(x, means, variances, weight, bias, True, momentum, self._part.eps)


def group_norm(part: nn.GroupNorm, weight: Tensor, bias: Tensor, batched: bool) -> Step:
    """The members' groups lie one after the other, like their channels; one by one on a CPU."""

    def norm(x: Tensor, groups: int, weight: Tensor, bias: Tensor) -> Tensor:
        return F.group_norm(x, groups, weight, bias, part.eps)

    def together(x: Tensor) -> Tensor:
        groups = len(weight) * part.num_groups
        return _as_channels(x, lambda rows: norm(rows, groups, weight.flatten(), bias.flatten()))

    def apart(x: Tensor) -> Tensor:
        every = zip(_members(x, len(weight)), weight, bias, strict=True)
        return _joined([norm(own, part.num_groups, w, b) for own, w, b in every])

    return together if batched else apart


def layer_norm(part: nn.LayerNorm, weight: Tensor, bias: Tensor, batched: bool) -> Step:
    """Of the units of a linear layer; one by one on a CPU, which gives the bits of a run alone."""

    def together(x: Tensor) -> Tensor:
        units = F.layer_norm(x, (x.shape[-1],), eps=part.eps)
        return units * weight.unsqueeze(1) + bias.unsqueeze(1)

    def apart(x: Tensor) -> Tensor:
        every = zip(x.unbind(0), weight, bias, strict=True)
        return _joined([F.layer_norm(own, (x.shape[-1],), w, b, part.eps) for own, w, b in every])

    return together if batched else apart


def _as_channels(x: Tensor, norm: Step) -> Tensor:
    """The norm of (K, N, units), each unit of each member as a channel; of maps as they are."""
    if x.dim() != 3:
        return norm(x)
    size, n, units = x.shape
    rows = x.transpose(0, 1).reshape(n, size * units)
    return norm(rows).view(n, size, units).transpose(0, 1)


def _members(x: Tensor, size: int) -> Sequence[Tensor]:
    return x.unbind(0) if x.dim() == 3 else x.chunk(size, 1)


def _joined(outputs: list[Tensor]) -> Tensor:
    return torch.stack(outputs) if outputs[0].dim() == 2 else torch.cat(outputs, 1)
