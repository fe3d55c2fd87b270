"""Builds residual networks: convolutions whose outputs are added to what they are given.

How they are chosen is `trainers.tables.models`.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise

from torch import nn

from dashboard.errors import UserError
from trainers.tables.network import (
    ModelSpec,
    Residual,
    Sequence,
    Steps,
    activations_for,
    add_layer,
    add_norm,
    image_shape,
    initialised,
    no_norm,
    refuse,
    undrawn,
)

STAGES = 3
"""Each behind the first has twice the channels and half the height and width of the one before."""
DEEPEST, WIDEST = 110, 256


def resnet(spec: ModelSpec, depth: int = 8, width: int = 16) -> nn.Module:
    """A convolution, three stages of pre-activation blocks, a mean over all places, a linear layer.

    depth: 6 n + 2 layers, for n blocks of two convolutions in each stage; where the shape changes
    a 1×1 convolution takes the place of the skip. width: channels of the first stage.
    """
    refuse(spec, "resnet", "hidden", "dropout", "channels", "skip")
    if (depth - 2) % 6 or not 8 <= depth <= DEEPEST:
        raise UserError(f"depth must be 6 n + 2, such as 8, 14 or 20, and at most {DEEPEST}")
    if not 1 <= width <= WIDEST:
        raise UserError(f"width must be a number of channels in 1 .. {WIDEST}")
    channels, _, _ = image_shape(spec, "resnet")
    blocks = [stage for stage in range(STAGES) for _ in range((depth - 2) // 6)]
    widths = [width, *(width << stage for stage in blocks)]
    places = [place for i in range(len(blocks)) for place in (f"block{i + 1}", f"conv{i + 1}a")]
    active = activations_for(spec, [*places, "last", "out"])
    steps: Steps = OrderedDict(stem=_conv(channels, width))
    for i, (n_in, n_out) in enumerate(pairwise(widths), start=1):
        steps[f"block{i}"] = _block(spec, i, n_in, n_out, active)
    add_norm(steps, "last", spec.norm(widths[-1], True), active["last"])
    steps |= OrderedDict(pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten())
    out = undrawn(nn.Linear, widths[-1], spec.n_classes)
    add_layer(steps, "out", out, no_norm, active.get("out"))
    return initialised(Sequence(spec.input_shape, steps), spec)


def _block(
    spec: ModelSpec, number: int, n_in: int, n_out: int, active: dict[str, nn.Module]
) -> nn.Module:
    """Norm, activation, convolution, norm, activation, convolution; and what is skipped to."""
    stride = 1 if n_in == n_out else 2
    before: Steps = OrderedDict()
    add_norm(before, f"block{number}", spec.norm(n_in, True), active[f"block{number}"])
    branch: Steps = OrderedDict()
    first = f"conv{number}a"
    add_layer(branch, first, _conv(n_in, n_out, stride=stride), spec.norm, active[first])
    branch[f"conv{number}b"] = _conv(n_out, n_out)
    if stride == 1:
        return Residual(branch, before)
    project = undrawn(nn.Conv2d, n_in, n_out, kernel_size=1, stride=stride)
    return Residual(branch, before, OrderedDict({f"project{number}": project}))


def _conv(n_in: int, n_out: int, stride: int = 1) -> nn.Module:
    return undrawn(nn.Conv2d, n_in, n_out, kernel_size=3, stride=stride, padding=1)
