"""Makes a table's entry from a person's plain function, tried out once on a small example.

- ACTIVATIONS: `f(x)`; or an nn.Module class.
- NORMS: `f(units, is_map)`, which gives an nn.Module for so many units, or for so many channels
  that are maps (height, width).
- INITS: `f(weight)`, which fills the weight in place.
- BIAS_INITS: `f(bias)`, which fills the bias in place.
- LOSSES: `f(outputs, targets)`, the mean over the samples; targets are class numbers (N,), or
  numbers (N, K) where it does not take those.
- MODELS: `f(spec)` (`trainers.tables.network.ModelSpec`), any nn.Module that gives one row of
  outputs an image; the init that was chosen is applied to its Linear and convolution layers.
- OPTIMIZERS: `f(parameters, lr)`, which gives a torch.optim.Optimizer; or such a class.
- SCHEDULES: `f(step, total_steps)`, which gives the next step's share of the learning rate.
- DATASETS: `f(data_dir)`, which gives training samples, their targets, test samples and theirs
  (`trainers.tables.own_data`).

Further parameters whose default is a number, a truth value or a text can be set as
`name:parameter=value`. The first line of the function's docstring is what `--list` says. How a
function is put into the shape of an entry is `trainers.tables.own_function`, reading the person's
file `trainers.tables.own_file`.
"""

from __future__ import annotations

import functools
import inspect
import math
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer

from dashboard.errors import UserError
from dashboard.record.tasks import CLASSES, LABELS, REGRESSION
from trainers.tables.activations import Activation
from trainers.tables.bias_inits import BiasInit
from trainers.tables.datasets import DATASETS, Dataset
from trainers.tables.inits import Init, init_layer_
from trainers.tables.losses import Loss
from trainers.tables.models import Model
from trainers.tables.network import ModelSpec, Sequence
from trainers.tables.norms import Norm
from trainers.tables.optimizers import MakeOptimizer, Rule
from trainers.tables.own_function import (
    Function,
    building,
    make_with_parameters,
    reducing,
    says_of,
    telling,
)
from trainers.tables.perceptron import TensorMLP
from trainers.tables.schedules import Schedule

IMAGES, OUTPUTS = 3, 10
ROWS = torch.zeros(IMAGES, OUTPUTS)


def activation_of(value: Any, source: str) -> Activation:
    """Raises whatever is wrong with the value."""
    entry = value
    if not isinstance(value, Activation):
        make = value
        if not inspect.isclass(value):
            make = make_with_parameters(value, Function)
        entry = Activation(make, says_of(value), source, f"see {source}", "")
    module, x = entry.make(), torch.linspace(-2, 2, 6).reshape(2, 3)
    _need_shape(module(x), (2, 3), "an activation")
    return entry._replace(has_weights=any(True for _ in module.parameters()))


def norm_of(value: Any, source: str) -> Norm:
    """Raises whatever is wrong with the value."""
    entry = value
    if not isinstance(value, Norm):
        make = make_with_parameters(value, lambda f: lambda units, is_map: f(units, is_map))
        entry = Norm(make, says_of(value), source, f"see {source}")
    for shape in ((4, 3), (4, 3, 5, 5)):
        norm = entry.make()(3, len(shape) == 4)
        if norm is not None:
            _need_shape(norm(torch.zeros(shape)), shape, "a norm")
    return entry


def init_of(value: Any, source: str) -> Init:
    """Raises whatever is wrong with the value."""
    entry = value
    if not isinstance(value, Init):
        fill = make_with_parameters(value, lambda f: lambda weight, generator=None: f(weight))
        entry = Init(fill, says_of(value), source)
    init_layer_(torch.zeros(4, 3), torch.zeros(4), entry.make(), entry.fill_bias)
    return entry


def bias_init_of(value: Any, source: str) -> BiasInit:
    """Raises whatever is wrong with the value."""
    entry = value
    if not isinstance(value, BiasInit):
        fill = make_with_parameters(value, lambda f: lambda bias, weight, generator=None: f(bias))
        entry = BiasInit(fill, says_of(value), source)
    init_layer_(torch.zeros(4, 3), torch.zeros(4), lambda weight, generator: None, entry.make())
    return entry


def schedule_of(value: Any, source: str) -> Schedule:
    """Raises whatever is wrong with the value."""
    entry = value
    if not isinstance(value, Schedule):
        make = make_with_parameters(value, lambda f: lambda step, total: f(step, total))
        entry = Schedule(make, says_of(value), source, formula=f"see {source}")
    shares = [entry.make()(step, 10) for step in range(10)]
    if not all(isinstance(share, int | float) and 0 <= share < math.inf for share in shares):
        raise UserError(f"a schedule must give numbers of at least 0, not {shares}")
    return entry


def loss_of(value: Any, source: str) -> Loss:
    """Raises whatever is wrong with the value."""
    if isinstance(value, Loss):
        _try_loss(value, torch.arange(IMAGES) if CLASSES in value.tasks else ROWS)
        return value
    by_class = Loss(
        make_with_parameters(value, reducing),
        says_of(value),
        source,
        formula=f"see {source}",
        compares="the outputs with the class number",
        outputs_as="softmax",  # what the atlas draws it against
        tasks=(CLASSES,),
    )
    by_row = by_class._replace(
        make=make_with_parameters(value, functools.partial(reducing, by_class=False)),
        compares="the outputs with the target row",
        outputs_as="raw",
        tasks=(REGRESSION, LABELS),
    )
    try:
        _try_loss(by_class, torch.arange(IMAGES))
    except Exception as why:  # a function of numbers may fail in any way on class numbers
        try:
            _try_loss(by_row, ROWS)
        except Exception:
            raise why from None
        return by_row
    return by_class


def _try_loss(entry: Loss, targets: Tensor) -> None:
    for reduction in ("mean", "sum"):
        loss = entry.make()(torch.zeros(IMAGES, OUTPUTS), targets, reduction=reduction)
        _need_shape(loss, (), "a loss")


def model_of(value: Any, source: str) -> Model:
    """Raises whatever is wrong with the value."""
    entry = value
    if not isinstance(value, Model):
        entry = Model(building(value), says_of(value), source, own_init=None)
    # One data set that it suits is enough; the person's own, which are known already, come first.
    shapes = dict.fromkeys(
        (each.input_shape, len(each.classes), each.tokens)
        for each in DATASETS.values()
        if each.about is None
    )
    errors: list[Exception] = []
    for input_shape, n_classes, tokens in reversed(shapes):
        try:
            net = _net_for(entry, input_shape, n_classes, tokens)
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


def _net_for(entry: Model, input_shape: tuple[int, ...], n_classes: int, tokens: int) -> nn.Module:
    init = (lambda weight, bias: None,)
    spec = ModelSpec((nn.ReLU,), init, input_shape, n_classes, tokens=tokens)
    with torch.random.fork_rng(devices=[]):
        net = entry.make(spec)
        kind = torch.long if tokens else torch.float32
        outputs = net(torch.zeros(IMAGES, *input_shape, dtype=kind))
    _need_shape(outputs, (IMAGES, n_classes), "a model")
    return net


def is_stackable(net: nn.Module) -> bool:
    """Whether `trainers.stack` can take the model apart: all that it needs to know is known."""
    if not isinstance(net, Sequence | TensorMLP):
        return False
    place = {id(w) for layer in net.layers for w in (layer.weight, layer.bias)}
    for norm in net.modules():
        if isinstance(norm, _BatchNorm | nn.GroupNorm | nn.LayerNorm):
            place |= {id(w) for w in (*norm.parameters(), *norm.buffers())}
    return all(id(weight) in place for weight in (*net.parameters(), *net.buffers()))


def optimizer_of(value: Any, source: str) -> Rule:
    """Raises whatever is wrong with the value."""
    entry = value
    if not isinstance(value, Rule):
        make = make_with_parameters(
            value, lambda f: lambda parameters, lr: f(parameters, lr), without="lr"
        )
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


Entry = TypeVar("Entry", Activation, Norm, Init, BiasInit, Schedule, Loss, Model, Dataset)


def refusing(entry: Entry) -> Entry:
    """The entry, whose own ValueError is what a person is told: it refuses what was asked of it."""
    make = telling(entry.make)
    if not isinstance(entry, Init):
        return entry._replace(make=make)

    @functools.wraps(make, updated=())
    def make_fill(**params: Any) -> Any:
        return telling(make(**params))

    return entry._replace(make=make_fill)


def _need_shape(value: Any, shape: tuple[int, ...], what: str) -> None:
    if not isinstance(value, Tensor) or tuple(value.shape) != shape:
        actual = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        raise UserError(f"{what} must give a tensor of shape {shape} here, not {actual}")
