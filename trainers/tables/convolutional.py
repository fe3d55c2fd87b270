"""Builds convolutional networks without skips: LeNet.

How it is chosen is `trainers.tables.models`; networks with skips are `trainers.tables.residual`.
"""

from __future__ import annotations

import math
from collections import OrderedDict

from torch import nn

from dashboard.errors import UserError
from trainers.tables.network import (
    ACTIVATION,
    NORM,
    ModelSpec,
    Sequence,
    activations_for,
    initialised,
    undrawn,
)
from trainers.tables.pooling import AvgPool2d


def lenet(spec: ModelSpec) -> nn.Module:
    """Two convolutions with 2×2 pooling, then three linear layers."""
    if spec.hidden is not None:
        raise UserError("lenet has layers of fixed sizes: --hidden is for mlp and mlp_tensors")
    if spec.dropout:
        raise UserError("lenet has no dropout: --dropout is for mlp and mlp_tensors")
    if len(spec.input_shape) != 3:
        raise UserError("lenet needs pictures: for tables and texts there is mlp")
    channels, height, width = spec.input_shape
    # Pooled to a half, 4 lost to the second convolution (it has no padding), pooled again.
    pooled = [(side // 2 - 4) // 2 for side in (height, width)]
    if min(pooled) < 1:
        raise UserError(f"lenet needs images of at least 12×12 pixels, not {height}×{width}")
    layers: dict[str, nn.Module] = {
        "conv1": undrawn(nn.Conv2d, channels, 6, kernel_size=5, padding=2),
        "conv2": undrawn(nn.Conv2d, 6, 16, kernel_size=5),
        "fc1": undrawn(nn.Linear, 16 * math.prod(pooled), 120),
        "fc2": undrawn(nn.Linear, 120, 84),
        "out": undrawn(nn.Linear, 84, spec.n_classes),
    }
    activations = activations_for(spec, list(layers))
    steps: OrderedDict[str, nn.Module] = OrderedDict()
    for name, layer in layers.items():
        steps[name] = layer
        norm = (
            spec.norm(len(layer.get_parameter("weight")), name.startswith("conv"))
            if name != "out"
            else None
        )
        if norm is not None:
            steps[NORM + name] = norm
        if name in activations:
            steps[ACTIVATION + name] = activations[name]
        if name.startswith("conv"):
            steps[f"pool{name[-1]}"] = AvgPool2d(kernel_size=2, stride=2)
        if name == "conv2":
            steps["flatten"] = nn.Flatten()
    return initialised(Sequence(spec.input_shape, steps), spec)
