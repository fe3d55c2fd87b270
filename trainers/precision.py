"""Puts a model into a number format: those that a run may compute in.

fp32: float32 throughout. tf32: NVIDIA's matrix products with 10 bits of fraction; elsewhere the
same as fp32. bf16: matrix products in bfloat16 (7 bits of fraction), summed in float32. Weights,
losses and updates stay float32 in all of them. It trains nothing.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import torch
from torch import Tensor, nn

from trainers.tables.network import Layer, Network


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


class Rounded(nn.Module):
    """A model that computes in bfloat16; its weights and outputs are float32.

    Its state is the model's own, under the same names, so that either loads what the other saved.
    """

    def __init__(self, model: nn.Module, device: torch.device) -> None:
        super().__init__()
        self.model = model
        self._device = device

    def forward(self, x: Tensor) -> Tensor:
        with rounding("bf16", self._device):
            outputs: Tensor = self.model(x)
        return outputs.float()

    @property
    def layers(self) -> list[Layer]:
        return cast(Network, self.model).layers

    def state_dict(self, *args: Any, **options: Any) -> dict[str, Any]:  # type: ignore[override]
        """The model's own."""
        return self.model.state_dict(*args, **options)

    def load_state_dict(self, *args: Any, **options: Any) -> Any:
        """Into the model itself."""
        return self.model.load_state_dict(*args, **options)


def in_precision(model: nn.Module, precision: str, device: torch.device) -> nn.Module:
    """The model as it computes in `precision`; its outputs are float32, its weights stay its own.

    The model given is not changed: what is returned stands for it from now on.
    """
    set_precision(precision)
    return Rounded(model, device) if precision == "bf16" else model
