"""A small network with what trains it, as the measuring modules take them."""

from dataclasses import fields
from types import SimpleNamespace
from typing import Any, cast

import torch
from torch import nn

from trainers.build import build_for, build_model
from trainers.config import RunConfig
from trainers.measure.forecast import LossOf
from trainers.tables.choice import make
from trainers.tables.losses import LOSSES
from trainers.tables.network import Layer, Network
from trainers.tables.optimizers import OPTIMIZERS

SMALL = RunConfig(activation="relu", init="kaiming_normal", hidden=(30, 20), lr=0.1)
MLPS = ("mlp", "mlp_tensors")


def parts(config: RunConfig) -> tuple[nn.Module, LossOf, torch.optim.Optimizer]:
    torch.manual_seed(config.seed)
    model = build_for(config)
    optimizer = make(config.optimizer, OPTIMIZERS, "optimizer")(model.parameters(), config.lr)
    return model, make(config.loss, LOSSES, "loss"), optimizer


def layers(model: nn.Module) -> list[Layer]:
    return cast(Network, model).layers


def build(seed: int = 0, **settings: Any) -> nn.Module:
    """A model from settings as a run has them, those not given at their defaults."""
    torch.manual_seed(seed)
    defaults = {field.name: field.default for field in fields(RunConfig)}
    return build_model(SimpleNamespace(**{**defaults, **settings}), (1, 28, 28), 10)
