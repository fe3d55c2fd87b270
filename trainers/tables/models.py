"""MODELS: the networks, one entry each, built from a ModelSpec.

What the networks are made of is `trainers.tables.network`; nothing is built or trained here.

The softmax at the end of one of the notes' models is not among the choices: cross-entropy
contains it, and it does not change which output is the largest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from torch import nn

    from trainers.tables.network import ModelSpec


class Model(NamedTuple):
    """One network; `make(spec)` builds and initialises it, UserError for what it cannot be."""

    make: Callable[..., nn.Module]
    says: str
    source: str
    stackable: bool = False
    """Whether `trainers.stack` may train many of it as one, as it does on GPUs: it is a `Sequence`
    or a `TensorMLP`, and all its weights belong to `layers` or to norms."""
    own_init: str | None = "default"
    """The init that --init own stands for; None: the weights that it has drawn itself stay."""


# Each imports what it is built by when it is built: that is made of PyTorch's classes.
def _mlp(spec: ModelSpec) -> nn.Module:
    from trainers.tables.perceptron import mlp

    return mlp(spec)


def _mlp_tensors(spec: ModelSpec) -> nn.Module:
    from trainers.tables.perceptron import TensorMLP

    return TensorMLP(spec)


def _lenet(spec: ModelSpec, pooling: Literal["average", "max"] = "average") -> nn.Module:
    from trainers.tables.convolutional import lenet

    return lenet(spec, pooling)


def _cnn(spec: ModelSpec, convs: int = 2) -> nn.Module:
    from trainers.tables.convolutional import cnn

    return cnn(spec, convs)


def _resnet(spec: ModelSpec, depth: int = 8, width: int = 16) -> nn.Module:
    from trainers.tables.residual import resnet

    return resnet(spec, depth, width)


_NOTES = "the source notes"

MODELS: dict[str, Model] = {
    "mlp": Model(
        make=_mlp,
        says="linear layers with the activation between, 784-200-200-10 unless --hidden says else",
        source="Rumelhart, Hinton & Williams 1986; sizes from " + _NOTES,
        stackable=True,
    ),
    "mlp_tensors": Model(
        make=_mlp_tensors,
        says="the same network from bare tensors: x @ w.t() + b, nothing hidden in nn.Linear",
        source=_NOTES,
        stackable=True,
    ),
    "lenet": Model(
        make=_lenet,
        says="LeNet-5 with average pooling, or max pooling: two convolutions, then 120-84-10",
        source="LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to "
        "document recognition",
        stackable=True,
    ),
    "cnn": Model(
        make=_cnn,
        says="stages of 3×3 convolutions and max pooling, 16-32-64 unless --channels says else, "
        "then --hidden layers if any",
        source="Simonyan & Zisserman 2014, Very deep convolutional networks, arXiv 1409.1556, made "
        "small",
        stackable=True,
        own_init="kaiming_normal",
    ),
    "resnet": Model(
        make=_resnet,
        says="a pre-activation ResNet of 6 n + 2 layers for small images; made for --norm batch",
        source="He, Zhang, Ren & Sun 2016, Identity mappings in deep residual networks, arXiv "
        "1603.05027",
        stackable=True,
        own_init="kaiming_normal:mode=fan_out,nonlinearity=relu",
    ),
}
