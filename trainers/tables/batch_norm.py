"""PyTorch's batch norms, but for a last batch of one image: BatchNorm1d, BatchNorm2d.

How they are chosen is `trainers.tables.norms`.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class _OneImage:
    """A batch norm that takes a last batch of one image as evaluation does: by what it has seen.

    PyTorch's own refuses a single number for a channel, which has no spread.
    """

    def forward(self, input: Tensor) -> Tensor:
        own: nn.BatchNorm2d = self  # type: ignore[assignment]
        if not own.training or input.numel() > input.shape[1]:
            return super().forward(input)  # type: ignore[misc]
        means, variances = own.running_mean, own.running_var
        return F.batch_norm(input, means, variances, own.weight, own.bias, False, 0.0, own.eps)


class BatchNorm1d(_OneImage, nn.BatchNorm1d):
    """Of the units of a linear layer."""


class BatchNorm2d(_OneImage, nn.BatchNorm2d):
    """Of the channels of a convolution."""
