"""Builds convolutional networks without skips: LeNet, and stages of small convolutions.

How they are chosen is `trainers.tables.models`; networks with skips are `trainers.tables.residual`.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Literal

from torch import nn

from dashboard.errors import UserError
from trainers.tables.network import (
    ModelSpec,
    Sequence,
    Steps,
    activations_for,
    add_layer,
    image_shape,
    initialised,
    no_norm,
    refuse,
    undrawn,
)
from trainers.tables.perceptron import add_linear, linear_names
from trainers.tables.pooling import AvgPool2d

CHANNELS = (16, 32, 64)
"""Channels of the stages of `cnn` where nothing else is asked for."""


def lenet(spec: ModelSpec, pooling: Literal["average", "max"] = "average") -> nn.Module:
    """Two convolutions with 2×2 pooling, then three linear layers."""
    refuse(spec, "lenet", "hidden", "dropout", "channels", "skip")
    channels, height, width = image_shape(spec, "lenet")
    # Pooled to a half, 4 lost to the second convolution (it has no padding), pooled again.
    sides = [(side // 2 - 4) // 2 for side in (height, width)]
    if min(sides) < 1:
        raise UserError(f"lenet needs images of at least 12×12 pixels, not {height}×{width}")
    layers = {
        "conv1": undrawn(nn.Conv2d, channels, 6, kernel_size=5, padding=2),
        "conv2": undrawn(nn.Conv2d, 6, 16, kernel_size=5),
        "fc1": undrawn(nn.Linear, 16 * math.prod(sides), 120),
        "fc2": undrawn(nn.Linear, 120, 84),
        "out": undrawn(nn.Linear, 84, spec.n_classes),
    }
    activations = activations_for(spec, list(layers))
    pool = AvgPool2d if pooling == "average" else nn.MaxPool2d
    steps: Steps = OrderedDict()
    for name, layer in layers.items():
        norm = spec.norm if name != "out" else no_norm
        add_layer(steps, name, layer, norm, activations.get(name))
        if name.startswith("conv"):
            steps[f"pool{name[-1]}"] = pool(kernel_size=2, stride=2)
        if name == "conv2":
            steps["flatten"] = nn.Flatten()
    return initialised(Sequence(spec.input_shape, steps), spec)


def cnn(spec: ModelSpec, convs: int = 2) -> nn.Module:
    """Stages of `convs` 3×3 convolutions and a 2×2 max pooling, then linear layers."""
    refuse(spec, "cnn", "skip")
    if not 1 <= convs <= 8:
        raise UserError("convs must be a number of convolutions in 1 .. 8")
    stages = spec.channels or CHANNELS
    channels, height, width = image_shape(spec, "cnn")
    if min(height, width) >> len(stages) < 1:
        raise UserError(
            f"cnn of {len(stages)} stages, each of which halves an image, needs images of at least "
            f"{2 ** len(stages)}×{2 ** len(stages)} pixels, not {height}×{width}"
        )
    names = [f"conv{i + 1}" for i in range(len(stages) * convs)]
    flat = stages[-1] * (height >> len(stages)) * (width >> len(stages))
    widths = [flat, *(spec.hidden or ()), spec.n_classes]
    activations = activations_for(spec, [*names, *linear_names(widths)])
    steps: Steps = OrderedDict()
    for i, name in enumerate(names):
        stage = i // convs
        layer = undrawn(nn.Conv2d, channels, stages[stage], kernel_size=3, padding=1)
        add_layer(steps, name, layer, spec.norm, activations[name])
        channels = stages[stage]
        if (i + 1) % convs == 0:
            steps[f"pool{stage + 1}"] = nn.MaxPool2d(2)
    steps["flatten"] = nn.Flatten()
    add_linear(steps, spec, widths, activations)
    return initialised(Sequence(spec.input_shape, steps), spec)
