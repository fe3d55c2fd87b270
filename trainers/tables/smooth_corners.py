"""ELU, SELU and Softplus in fewer nanoseconds on a CPU, with PyTorch's values to 1e-6.

PyTorch computes them by expm1 and log1p, which take several times as long as exp and log; those
differ from them by less than float32 shows beside 1. On other devices, and for other types, these
modules are PyTorch's own.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
LARGEST_EXP = 80.0  # exp of it is finite in float32; from 17 on softplus(x) is x


class ELU(nn.ELU):
    """scale * (x if x > 0 else alpha * (exp(x) - 1))."""

    def __init__(self, alpha: float = 1.0, scale: float = 1.0) -> None:
        super().__init__(alpha)
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """Outputs of the shape of x."""
        if _is_ours(x):
            outputs: Tensor = _ELU.apply(x, self.alpha, self.scale)
            return outputs
        return torch._C._nn.elu(x, self.alpha, self.scale)


class Softplus(nn.Softplus):
    """log(1 + exp(beta * x)) / beta."""

    def forward(self, x: Tensor) -> Tensor:
        """Outputs of the shape of x."""
        if _is_ours(x):
            outputs: Tensor = _Softplus.apply(x, float(self.beta))
            return outputs
        return super().forward(x)


def _is_ours(x: Tensor) -> bool:
    return x.is_cpu and x.dtype is torch.float32


class _ELU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, alpha: float, scale: float) -> Tensor:
        ctx.alpha, ctx.scale = alpha, scale
        at_most_0 = x.clamp(max=0).exp_().sub_(1).mul_(alpha)
        outputs = at_most_0.add_(x.clamp(min=0))
        outputs = outputs if scale == 1 else outputs.mul_(scale)
        ctx.save_for_backward(outputs)
        return outputs

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (outputs,) = ctx.saved_tensors
        slope = torch.ops.aten.elu_backward
        return slope(gradients[0], ctx.alpha, ctx.scale, 1.0, True, outputs), None, None


class _Softplus(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, beta: float) -> Tensor:
        ctx.beta = beta
        ctx.save_for_backward(x)
        scaled = x if beta == 1 else x * beta
        outputs = scaled.clamp(max=LARGEST_EXP).exp_().add_(1).log_()
        outputs = torch.maximum(outputs, scaled)
        return outputs if beta == 1 else outputs.div_(beta)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        slope = torch.sigmoid(x if ctx.beta == 1 else x * ctx.beta)
        return slope * gradients[0], None
