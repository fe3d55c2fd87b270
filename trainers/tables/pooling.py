"""Computes PyTorch's average pooling faster, for 2×2 squares on a CPU: AvgPool2d.

Only the arithmetic of one layer; which model has it is decided in `trainers.tables.models`.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn


class AvgPool2d(nn.AvgPool2d):
    """The same layer as `nn.AvgPool2d`, the same bits: (N, C, H, W), any float type.

    PyTorch's goes from square to square on a CPU; for 2×2 squares, the way LeNet has them, all
    first corners, all second ones and so on are added here, in PyTorch's order. It takes about a
    sixth off a step of LeNet (`make bench`). An odd last row or column belongs to no square:
    PyTorch's own code leaves it out.
    """

    def forward(self, input: Tensor) -> Tensor:
        height, width = input.shape[-2:]
        squares = self.kernel_size == self.stride == 2 and self.padding == 0
        if not squares or input.device.type != "cpu" or height % 2 or width % 2:
            return super().forward(input)
        return cast(Tensor, _MeanOfSquares.apply(input))


class _MeanOfSquares(torch.autograd.Function):
    @staticmethod
    def forward(_ctx: Any, x: Tensor) -> Tensor:
        upper, lower = x[..., 0::2, :], x[..., 1::2, :]
        total = upper[..., 0::2] + upper[..., 1::2]
        return total.add_(lower[..., 0::2]).add_(lower[..., 1::2]).mul_(0.25)

    @staticmethod
    def backward(_ctx: Any, gradient: Tensor) -> Tensor:
        return (gradient * 0.25).repeat_interleave(2, -1).repeat_interleave(2, -2)
