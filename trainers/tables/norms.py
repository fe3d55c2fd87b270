"""NORMS: what brings a layer's outputs to mean 0 and variance 1 before the activation, one entry
each.

Makes modules only; where they stand is `trainers.tables.network` and the models. Each has a weight
and a bias for every unit or channel, 1 and 0 at first, which are trained like the others and which
no init fills.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from dashboard.errors import UserError

if TYPE_CHECKING:
    from torch import nn

    from trainers.tables.network import MakeNorm
else:
    from trainers.tables.late import nn


class Norm(NamedTuple):
    """One norm; `make(**params)` gives what is called with (units or channels, whether each is a
    map of height and width) and gives the module."""

    make: Callable[..., MakeNorm]
    says: str
    source: str
    formula: str
    least_batch: int = 1
    """Images that a step must have, for there to be a mean to speak of."""
    stackable: bool = False
    """Whether `trainers.stack` may train many of it as one: it is a BatchNorm, LayerNorm or
    GroupNorm of `torch.nn`, or none."""


def _none() -> MakeNorm:
    return lambda units, is_map: None


def _batch(momentum: float = 0.1, eps: float = 1e-5) -> MakeNorm:
    if not 0 < momentum <= 1:
        raise UserError("momentum must lie in (0, 1]")
    _positive(eps)

    def norm(units: int, is_map: bool) -> nn.Module:
        from trainers.tables.batch_norm import BatchNorm1d, BatchNorm2d  # they are PyTorch's

        return (BatchNorm2d if is_map else BatchNorm1d)(units, eps=eps, momentum=momentum)

    return norm


def _layer(eps: float = 1e-5) -> MakeNorm:
    _positive(eps)

    def norm(units: int, is_map: bool) -> nn.Module:
        # Over all channels and places of an image, which is one group.
        return nn.GroupNorm(1, units, eps=eps) if is_map else nn.LayerNorm(units, eps=eps)

    return norm


def _group(groups: int = 4, eps: float = 1e-5) -> MakeNorm:
    if groups < 1:
        raise UserError("groups must be at least 1")
    _positive(eps)

    def norm(units: int, is_map: bool) -> nn.Module:
        most = units if is_map else max(1, units // 2)  # a number by itself has no spread
        count = next(n for n in range(min(groups, most), 0, -1) if units % n == 0)
        return nn.GroupNorm(count, units, eps=eps)

    return norm


def _positive(eps: float) -> None:
    if eps <= 0:
        raise UserError("eps must be greater than 0")


_FORMULA = "weight * (z - mean) / sqrt(variance + eps) + bias"

NORMS: dict[str, Norm] = {
    "none": Norm(
        make=_none,
        says="nothing stands between a layer and its activation",
        source="the source notes' networks",
        formula="z",
        stackable=True,
    ),
    "batch": Norm(
        make=_batch,
        says="each unit over the images of the batch; in evaluation by running means of them",
        source="Ioffe & Szegedy 2015, Batch normalization, arXiv 1502.03167",
        formula=_FORMULA + ", over the batch (and all places of a map)",
        least_batch=2,
        stackable=True,
    ),
    "layer": Norm(
        make=_layer,
        says="each image over all units of the layer (channels and places of a convolution)",
        source="Ba, Kiros & Hinton 2016, Layer normalization, arXiv 1607.06450",
        formula=_FORMULA + ", over the units",
        stackable=True,
    ),
    "group": Norm(
        make=_group,
        says="each image over the units of one of `groups` groups (fewer where they do not divide)",
        source="Wu & He 2018, Group normalization, arXiv 1803.08494",
        formula=_FORMULA + ", over the units of a group",
        stackable=True,
    ),
}
