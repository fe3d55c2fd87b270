"""MODELS: the networks, one entry each, built from a ModelSpec.

What the networks are made of is `trainers.tables.network`; nothing is built or trained here.

The softmax at the end of one of the notes' models is not among the choices: cross-entropy
contains it, and it does not change which output is the largest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import nn

from trainers.tables.convolutional import cnn, lenet
from trainers.tables.perceptron import TensorMLP, mlp
from trainers.tables.residual import resnet


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


_NOTES = "the source notes"

MODELS: dict[str, Model] = {
    "mlp": Model(
        make=mlp,
        says="linear layers with the activation between, 784-200-200-10 unless --hidden says else",
        source="Rumelhart, Hinton & Williams 1986; sizes from " + _NOTES,
        stackable=True,
    ),
    "mlp_tensors": Model(
        make=TensorMLP,
        says="the same network from bare tensors: x @ w.t() + b, nothing hidden in nn.Linear",
        source=_NOTES,
        stackable=True,
    ),
    "lenet": Model(
        make=lenet,
        says="LeNet-5 with average pooling, or max pooling: two convolutions, then 120-84-10",
        source="LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to "
        "document recognition",
        stackable=True,
    ),
    "cnn": Model(
        make=cnn,
        says="stages of 3×3 convolutions and max pooling, 16-32-64 unless --channels says else, "
        "then --hidden layers if any",
        source="Simonyan & Zisserman 2014, Very deep convolutional networks, arXiv 1409.1556, made "
        "small",
        stackable=True,
        own_init="kaiming_normal",
    ),
    "resnet": Model(
        make=resnet,
        says="a pre-activation ResNet of 6 n + 2 layers for small images; made for --norm batch",
        source="He, Zhang, Ren & Sun 2016, Identity mappings in deep residual networks, arXiv "
        "1603.05027",
        stackable=True,
        own_init="kaiming_normal:mode=fan_out,nonlinearity=relu",
    ),
}
