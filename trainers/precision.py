"""The number formats a run may compute in, and how a model is put into one.

fp32: float32 throughout. tf32: NVIDIA's matrix products with 10 bits of fraction; elsewhere the
same as fp32. bf16: matrix products in bfloat16 (7 bits of fraction), summed in float32. Weights,
losses and updates stay float32 in all of them. It trains nothing.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn


def set_precision(precision: str) -> None:
    """Let this process's NVIDIA matrix products use TF32, or not (PyTorch's convolutions would)."""
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.allow_tf32 = precision == "tf32"


def rounding(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """The context a forward pass runs in.

    Without autocast's cache of rounded weights: a CUDA graph would keep those of its capture.
    """
    if precision != "bf16":
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16, cache_enabled=False)


def in_precision(model: nn.Module, precision: str, device: torch.device) -> nn.Module:
    """The model itself, from now on computing in `precision`; its outputs are float32."""
    set_precision(precision)
    if precision == "bf16":
        forward = model.forward

        def rounded(x: Tensor) -> Tensor:
            with rounding(precision, device):
                outputs: Tensor = forward(x)
            return outputs.float()

        model.forward = rounded
    return model
