"""Builds a model and an optimiser from the texts of a run's settings: where the tables meet.

Reads no command line and trains nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from dashboard.errors import UserError
from dashboard.record.tasks import CLASSES, LABELS, REGRESSION
from trainers.config import RunConfig
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.bias_inits import BIAS_INITS
from trainers.tables.choice import (
    Choice,
    ChoiceError,
    make,
    make_choice,
    parameters,
    parse,
    parse_layers,
)
from trainers.tables.clipping import clipped
from trainers.tables.datasets import entry_of
from trainers.tables.inits import INITS, OWN, Fill, FillBias, init_layer_
from trainers.tables.losses import LOSSES
from trainers.tables.models import MODELS, Model
from trainers.tables.norms import NORMS
from trainers.tables.optimizers import OPTIMIZERS, MakeOptimizer

if TYPE_CHECKING:
    import torch
    from torch import nn

    from trainers.tables.network import InitLayer, MakeActivation
else:
    from trainers.tables.late import torch

DECAY = "weight_decay"

MODEL_FIELDS = (
    "dataset", "model", "activation", "norm", "init", "bias_init", "hidden", "channels", "skip",
    "dropout", "output_activation",
)  # fmt: skip
"""The settings of RunConfig that shape a model."""
TARGETS = {CLASSES: "class numbers", REGRESSION: "numbers", LABELS: "rows of 0 and 1"}


class ModelSettings(Protocol):
    """The settings that shape a model; RunConfig has them among others."""

    @property
    def model(self) -> str: ...
    @property
    def activation(self) -> str: ...
    @property
    def norm(self) -> str: ...
    @property
    def init(self) -> str: ...
    @property
    def bias_init(self) -> str: ...
    @property
    def hidden(self) -> tuple[int, ...] | None: ...
    @property
    def channels(self) -> tuple[int, ...] | None: ...
    @property
    def skip(self) -> bool: ...
    @property
    def dropout(self) -> tuple[float, ...]: ...
    @property
    def output_activation(self) -> bool: ...


def build_model(
    settings: ModelSettings,
    input_shape: tuple[int, ...],
    n_classes: int,
    tokens: int = 0,
) -> nn.Module:
    """The model that `settings` describe, initialised from PyTorch's global generator.

    Cheap (a few milliseconds), so a launcher may build once to learn whether it can be built.
    Raises UserError (ChoiceError for a text that names no choice) with one sentence.
    """
    from trainers.tables.network import ModelSpec  # PyTorch's classes

    activations = parse_layers(settings.activation, ACTIVATIONS, "activation")
    entry = MODELS[parse(settings.model, MODELS, "model").name]
    spec = ModelSpec(
        activations=tuple(_maker(choice) for choice in activations),
        inits=tuple(_fillers(settings.init, settings.bias_init, entry)),
        input_shape=input_shape,
        n_classes=n_classes,
        hidden=settings.hidden,
        channels=settings.channels,
        skip=settings.skip,
        dropout=settings.dropout,
        output_activation=settings.output_activation,
        tokens=tokens,
        norm=make(settings.norm, NORMS, "norm"),
    )
    return cast("nn.Module", make(settings.model, MODELS, "model", spec))


def build_for(config: RunConfig) -> nn.Module:
    """The model of a run, for samples as the entry of its data set states them; loads none.

    Raises ValueError like `build_model`.
    """
    dataset = entry_of(config.dataset)
    return build_model(config, dataset.input_shape, len(dataset.classes), dataset.tokens)


def check_loss(config: RunConfig) -> None:
    """Raise ChoiceError where the run's loss cannot compare what its data set asks for."""
    task = entry_of(config.dataset).task
    entry = LOSSES[parse(config.loss, LOSSES, "loss").name]
    if task not in entry.tasks:
        losses = [name for name, other in LOSSES.items() if task in other.tasks]
        raise ChoiceError(
            f"loss {config.loss} is for {' and '.join(entry.tasks)}, and the targets of "
            f"{config.dataset} are {TARGETS[task]}: allowed are {', '.join(losses)}"
        )


def optimizer_for(config: RunConfig) -> MakeOptimizer:
    """What makes the run's optimiser of (parameters, lr), with its weight decay and clipping.

    Raises UserError where the optimiser has no such weight decay, or one is said already.
    """
    choice = parse(config.optimizer, OPTIMIZERS, "optimizer")
    if config.weight_decay is not None:
        choice = _with_decay(choice, config.weight_decay)
    make: MakeOptimizer = make_choice(choice, OPTIMIZERS, "optimizer")
    return clipped(make, config.clip_norm) if config.clip_norm else make


def _with_decay(choice: Choice, decay: float) -> Choice:
    if DECAY in dict(choice.params):
        raise UserError(f"optimizer {choice.text} has its own weight decay beside --weight-decay")
    if DECAY not in parameters(OPTIMIZERS[choice.name]):
        able = [name for name, entry in OPTIMIZERS.items() if DECAY in parameters(entry)]
        raise UserError(
            f"optimizer {choice.name} has no weight decay: --weight-decay is for {', '.join(able)}"
        )
    return Choice(choice.name, tuple(sorted({**dict(choice.params), DECAY: decay}.items())))


def different_models(configs: Iterable[RunConfig]) -> list[RunConfig]:
    """The first config of each different model: what differs in training only is left out."""
    configs_by_model: dict[tuple[Any, ...], RunConfig] = {}
    for config in configs:
        configs_by_model.setdefault(model_key(config), config)
    return list(configs_by_model.values())


def model_key(config: RunConfig) -> tuple[Any, ...]:
    """What configs of one model have in common."""
    return tuple(getattr(config, field) for field in MODEL_FIELDS)


def model_bytes(configs: Iterable[RunConfig]) -> dict[tuple[Any, ...], int]:
    """The bytes that each different model's weights take, by its `model_key`.

    Builds each once, which proves that it can be built: raises UserError like `build_model`.
    """
    sizes = {}
    with torch.random.fork_rng(devices=[]):
        for config in different_models(configs):
            weights = build_for(config).state_dict().values()
            sizes[model_key(config)] = sum(w.numel() * w.element_size() for w in weights)
    return sizes


def _maker(choice: Choice) -> MakeActivation:
    return partial(ACTIVATIONS[choice.name].make, **dict(choice.params))


def _fillers(init: str, bias_init: str, model: Model) -> Iterator[InitLayer]:
    """What fills each layer, the last one of either repeated."""
    inits = parse_layers(init, INITS, "init")
    biases = parse_layers(bias_init, BIAS_INITS, "bias_init")
    for i in range(max(len(inits), len(biases))):
        fill, fill_bias = _weights(inits[min(i, len(inits) - 1)], model)
        own = make_choice(biases[min(i, len(biases) - 1)], BIAS_INITS, "bias_init")
        yield partial(init_layer_, fill=fill, fill_bias=own or fill_bias)


def _weights(choice: Choice, model: Model) -> tuple[Fill, FillBias]:
    """What fills a layer's weights and, where nothing else is said of them, its biases."""
    if choice.name == OWN and model.own_init is None:
        return _leave, _leave
    if choice.name == OWN:
        choice = parse(cast(str, model.own_init), INITS, "init")
    return make_choice(choice, INITS, "init"), INITS[choice.name].fill_bias


def _leave(*_tensors: object) -> None:
    """Fill nothing."""
