"""Builds a model from the texts of a run's settings: where the tables meet.

Reads no command line and trains nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Protocol, cast

from torch import nn

from dashboard.record.tasks import CLASSES, LABELS, REGRESSION
from trainers.config import RunConfig
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.choice import Choice, ChoiceError, make, make_choice, parse, parse_layers
from trainers.tables.datasets import entry_of
from trainers.tables.inits import INITS, init_layer_
from trainers.tables.losses import LOSSES
from trainers.tables.models import MODELS
from trainers.tables.network import InitLayer, MakeActivation, ModelSpec
from trainers.tables.norms import NORMS

MODEL_FIELDS = (
    "dataset", "model", "activation", "norm", "init", "hidden", "dropout", "output_activation",
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
    def hidden(self) -> tuple[int, ...] | None: ...
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
    activations = parse_layers(settings.activation, ACTIVATIONS, "activation")
    inits = parse_layers(settings.init, INITS, "init")
    spec = ModelSpec(
        activations=tuple(_maker(choice) for choice in activations),
        inits=tuple(_filler(choice) for choice in inits),
        input_shape=input_shape,
        n_classes=n_classes,
        hidden=settings.hidden,
        dropout=settings.dropout,
        output_activation=settings.output_activation,
        tokens=tokens,
        norm=make(settings.norm, NORMS, "norm"),
    )
    return cast(nn.Module, make(settings.model, MODELS, "model", spec))


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
        suited = [name for name, other in LOSSES.items() if task in other.tasks]
        raise ChoiceError(
            f"loss {config.loss} is for {' and '.join(entry.tasks)}, and the targets of "
            f"{config.dataset} are {TARGETS[task]}: allowed are {', '.join(suited)}"
        )


def different_models(configs: Iterable[RunConfig]) -> list[RunConfig]:
    """The first config of each different model: what differs in training only is left out."""
    configs_by_model: dict[tuple[Any, ...], RunConfig] = {}
    for config in configs:
        configs_by_model.setdefault(tuple(getattr(config, field) for field in MODEL_FIELDS), config)
    return list(configs_by_model.values())


def _maker(choice: Choice) -> MakeActivation:
    return partial(ACTIVATIONS[choice.name].make, **dict(choice.params))


def _filler(choice: Choice) -> InitLayer:
    return partial(
        init_layer_,
        fill=make_choice(choice, INITS, "init"),
        fill_bias=INITS[choice.name].fill_bias,
    )
