"""A small network with what trains it, as the measuring modules take them."""

from typing import cast

import torch
from torch import nn

from trainers.build import build_for
from trainers.config import RunConfig
from trainers.measure.forecast import LossOf
from trainers.tables.choice import make
from trainers.tables.losses import LOSSES
from trainers.tables.network import Layer, Network
from trainers.tables.optimizers import OPTIMIZERS

SMALL = RunConfig(activation="relu", init="kaiming_normal", hidden=(30, 20), lr=0.1)


def parts(config: RunConfig) -> tuple[nn.Module, LossOf, torch.optim.Optimizer]:
    torch.manual_seed(config.seed)
    model = build_for(config)
    optimizer = make(config.optimizer, OPTIMIZERS, "optimizer")(model.parameters(), config.lr)
    return model, make(config.loss, LOSSES, "loss"), optimizer


def layers(model: nn.Module) -> list[Layer]:
    return cast(Network, model).layers
