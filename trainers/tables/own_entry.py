"""Makes a table's entry from a person's plain function, tried out once on a small example.

- ACTIVATIONS: `f(x)`; or an nn.Module class.
- INITS: `f(weight)`, which fills the weight in place.
- LOSSES: `f(outputs, labels)`, the mean over the samples.
- MODELS: `f(spec)` (`trainers.tables.models.ModelSpec`), any nn.Module that gives one row of
  outputs an image; the init that was chosen is applied to its Linear and convolution layers.
- OPTIMIZERS: `f(parameters, lr)`, which gives a torch.optim.Optimizer; or such a class.
- DATASETS: `f(data_dir)`, which gives training images (N, height, width) uint8, training labels,
  test images and test labels.

Further parameters whose default is a number, a truth value or a text can be set as
`name:parameter=value`. The first line of the function's docstring is what `--list` says.
Reading the person's file is `trainers.tables.own_file`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from dashboard.errors import UserError
from trainers.tables.activations import Activation
from trainers.tables.datasets import DATASETS, Dataset
from trainers.tables.idx import Images
from trainers.tables.inits import Init, init_layer_
from trainers.tables.losses import Loss
from trainers.tables.models import Layer, Model, ModelSpec, Sequence, TensorMLP
from trainers.tables.optimizers import MakeOptimizer, Rule

IMAGES, CLASSES = 3, 10
WEIGHTED = (nn.Linear, nn.Conv2d)


class Function(nn.Module):
    """A person's function of x as a module."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class OwnModel(nn.Module):
    """A person's module as a network whose layers are known."""

    def __init__(self, net: nn.Module, spec: ModelSpec) -> None:
        super().__init__()
        self.net = net
        for i, layer in enumerate(self.layers):
            spec.inits[min(i, len(spec.inits) - 1)](layer.weight, layer.bias)

    @property
    def layers(self) -> list[Layer]:
        return [
            Layer(name, module.weight, module.bias, None)
            for name, module in self.net.named_modules()
            if isinstance(module, WEIGHTED)
        ]

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(x)
        return out


def activation_of(value: Any, source: str) -> Activation:
    """Raises whatever is wrong with the value."""
    entry = value
    if not isinstance(value, Activation):
        make = value
        if not inspect.isclass(value):
            make = _maker(value, lambda f: Function(f))
        entry = Activation(make, says_of(value), source, f"see {source}", "")
    x = torch.linspace(-2, 2, 6).reshape(2, 3)
    _need_shape(entry.make()(x), (2, 3), "an activation")
    return entry


def init_of(value: Any, source: str) -> Init:
    """Raises whatever is wrong with the value."""
    entry = value
    if not isinstance(value, Init):
        fill = _maker(value, lambda f: lambda weight, generator=None: f(weight))
        entry = Init(fill, says_of(value), source)
    init_layer_(torch.zeros(4, 3), torch.zeros(4), entry.make(), entry.fill_bias)
    return entry


def loss_of(value: Any, source: str) -> Loss:
    """Raises whatever is wrong with the value."""
    entry = value
    if not isinstance(value, Loss):
        entry = Loss(
            _maker(value, _reducing),
            says_of(value),
            source,
            formula=f"see {source}",
            compares="the outputs with the class number",
            outputs_as="softmax",  # what the atlas draws it against
        )
    labels = torch.arange(IMAGES)
    for reduction in ("mean", "sum"):
        loss = entry.make()(torch.zeros(IMAGES, CLASSES), labels, reduction=reduction)
        _need_shape(loss, (), "a loss")
    return entry


def model_of(value: Any, source: str) -> Model:
    """Raises whatever is wrong with the value."""
    entry = value if isinstance(value, Model) else Model(_building(value), says_of(value), source)
    # One data set that it suits is enough; the person's own, which are known already, come first.
    shapes = dict.fromkeys((set_.input_shape, len(set_.classes)) for set_ in DATASETS.values())
    errors: list[Exception] = []
    for input_shape, n_classes in reversed(shapes):
        try:
            net = _net_for(entry, input_shape, n_classes)
            break
        except Exception as why:
            errors.append(why)
    else:
        raise errors[-1]
    if entry.stackable and not is_stackable(net):
        raise ValueError(
            "its entry says stackable, but it is no Sequence or TensorMLP of "
            "trainers.tables.models with all its weights in layers"
        )
    return entry


def _net_for(entry: Model, input_shape: tuple[int, ...], n_classes: int) -> nn.Module:
    spec = ModelSpec((nn.ReLU,), (lambda weight, bias: None,), input_shape, n_classes)
    with torch.random.fork_rng(devices=[]):
        net = entry.make(spec)
        outputs = net(torch.zeros(IMAGES, *input_shape))
    _need_shape(outputs, (IMAGES, n_classes), "a model")
    return net


def is_stackable(net: nn.Module) -> bool:
    """Whether `trainers.stack` can take the model apart: all that it needs to know is known."""
    if not isinstance(net, Sequence | TensorMLP):
        return False
    of_layers = {id(w) for layer in net.layers for w in (layer.weight, layer.bias)}
    return all(id(weight) in of_layers for weight in (*net.parameters(), *net.buffers()))


def optimizer_of(value: Any, source: str) -> Rule:
    """Raises whatever is wrong with the value."""
    entry = value
    if not isinstance(value, Rule):
        make = _maker(value, lambda f: lambda parameters, lr: f(parameters, lr), without="lr")
        entry = Rule(make, says_of(value), source, formula=f"see {source}")
    build: MakeOptimizer = entry.make()
    weights = [nn.Parameter(torch.ones(4, 3)), nn.Parameter(torch.ones(3))]
    optimizer = build(weights, 0.1)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"an optimizer must be a torch.optim.Optimizer, not {type(optimizer).__name__}"
        )
    for weight in weights:
        weight.grad = torch.ones_like(weight)
    optimizer.step()
    return entry


def dataset_of(value: Any, source: str) -> Dataset:
    """Raises whatever is wrong with the value."""
    if isinstance(value, Dataset):
        channels = value.input_shape[0]
        if (len(value.mean), len(value.std)) != (channels, channels):
            raise ValueError(f"mean and std must be tuples of {channels}, one for each channel")
        return value
    read = functools.cache(lambda data_dir: _images(value(data_dir)))
    images: Images = read(None)
    pixels = images.train_images / 255
    return Dataset(
        make=read,
        says=says_of(value),
        source=source,
        classes=tuple(str(i) for i in range(int(images.train_labels.max()) + 1)),
        input_shape=(1, *images.train_images.shape[1:]),
        mean=(float(pixels.mean()),),
        std=(float(pixels.std()) or 1.0,),
    )


Entry = TypeVar("Entry", Activation, Init, Loss, Model, Dataset)


def refusing(entry: Entry) -> Entry:
    """The entry, whose own ValueError is what a person is told: it refuses what was asked of it."""
    make = _told(entry.make)
    if not isinstance(entry, Init):
        return entry._replace(make=make)

    @functools.wraps(make, updated=())
    def make_fill(**params: Any) -> Any:
        return _told(make(**params))

    return entry._replace(make=make_fill)


def says_of(value: Any) -> str:
    """The first line of its docstring."""
    lines = (inspect.getdoc(value) or "").splitlines()
    return lines[0] if lines and not isinstance(value, functools.partial) else ""


def _told(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function, updated=())
    def call(*args: Any, **params: Any) -> Any:
        try:
            return function(*args, **params)
        except UserError:
            raise
        except ValueError as why:
            raise UserError(str(why)) from why

    return call


def _maker(
    function: Any, wrap: Callable[[Callable[..., Any]], Any], without: str = "reduction"
) -> Callable[..., Any]:
    """A `make` whose parameters are those of the function that a person can write a value for.

    without: the name of one that is not chosen.
    """
    if not callable(function):
        raise TypeError(f"it must be a function, not {type(function).__name__}")

    def make(**params: Any) -> Any:
        return wrap(functools.partial(function, **params))

    free = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(function, eval_str=True).parameters.items()
        if isinstance(parameter.default, float | int | bool | str) and name != without
    ]
    make.__signature__ = inspect.Signature(free)  # type: ignore[attr-defined]
    return make


def _reducing(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A mean over the samples as a loss that can also give their sum and each one's own."""
    reduces = "reduction" in inspect.signature(function).parameters

    def loss(outputs: Tensor, labels: Tensor, reduction: str = "mean") -> Tensor:
        if labels.is_floating_point():  # the atlas gives target rows; a person expects classes
            labels = labels.argmax(1)
        if reduces:
            return function(outputs, labels, reduction=reduction)
        if reduction == "none":
            rows = zip(outputs.split(1), labels.split(1), strict=True)
            return torch.stack([function(*row) for row in rows])
        mean = function(outputs, labels)
        return mean * len(outputs) if reduction == "sum" else mean

    return loss


def _building(function: Any) -> Callable[..., nn.Module]:
    @functools.wraps(function)
    def make(spec: ModelSpec, **params: Any) -> nn.Module:
        net = function(spec, **params)
        if not isinstance(net, nn.Module):
            raise TypeError(f"a model must be an nn.Module, not {type(net).__name__}")
        return net if hasattr(net, "layers") else OwnModel(net, spec)

    return make


def _images(parts: Any) -> Images:
    arrays = [np.asarray(part) for part in parts]
    if len(arrays) != 4:
        raise UserError(f"a data set must give 4 arrays, not {len(arrays)}")
    for pixels in arrays[::2]:
        if pixels.dtype != np.uint8 or pixels.ndim != 3:
            raise UserError(
                f"images must be (N, H, W) uint8 in 0..255, not {pixels.shape} {pixels.dtype}"
            )
    return Images(arrays[0], arrays[1].astype(np.int64), arrays[2], arrays[3].astype(np.int64))


def _need_shape(value: Any, shape: tuple[int, ...], what: str) -> None:
    if not isinstance(value, Tensor) or tuple(value.shape) != shape:
        got = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        raise UserError(f"{what} must give a tensor of shape {shape} here, not {got}")
