"""Computes the losses of K members, each by its own function: StackedLoss.

The members' outputs come from `trainers.stack.net`; what the functions compute is in
`trainers.tables.losses`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import torch
from torch import Tensor

from trainers.config import RunConfig
from trainers.tables.choice import make
from trainers.tables.losses import LOSSES, LossFunction


class StackedLoss:
    """The members' loss functions; neighbours with the same one are computed together."""

    def __init__(self, configs: Sequence[RunConfig], batched: bool) -> None:
        self._batched = batched
        self.functions: list[LossFunction] = [make(c.loss, LOSSES, "loss") for c in configs]
        self._groups: list[tuple[int, LossFunction]] = [
            (len(list(group)), make(text, LOSSES, "loss"))
            for text, group in groupby(config.loss for config in configs)
        ]

    def means(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """The members' losses (K,) for outputs (K, N, C) and labels (N,)."""
        if self._batched:
            return self.of_samples(outputs, labels).mean(1)
        both = zip(self.functions, outputs, strict=True)
        return torch.stack([loss_of(rows, labels) for loss_of, rows in both])

    def of_samples(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """The samples' losses (K, N) for outputs (K, N, C) and labels (N,)."""
        counts = [count for count, _ in self._groups]
        losses = []
        for part, (count, loss_of) in zip(outputs.split(counts), self._groups, strict=True):
            rows = loss_of(part.flatten(0, 1), labels.repeat(count), reduction="none")
            losses.append(rows.view(count, -1))
        return torch.cat(losses)
