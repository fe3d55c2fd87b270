"""Decides which runs are trained as one stack: those that differ in choices only, as many as fit.

Decides and measures; the training is `trainers.stack.train`.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from dashboard.record.tasks import CLASSES
from trainers.build import build_for
from trainers.config import RunConfig
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.augments import NONE
from trainers.tables.choice import parse, parse_layers
from trainers.tables.datasets import entry_of
from trainers.tables.models import MODELS
from trainers.tables.norms import NORMS
from trainers.tables.optimizers import OPTIMIZERS
from trainers.tables.schedules import SCHEDULES

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
else:
    from trainers.tables.late import torch

FREE_CHOICES = frozenset({"activation", "init", "bias_init", "loss", "lr"})
"""What may differ between the members of a stack. Not the seed: it orders the shared batches."""

MOST_MEMBERS = 256
BATCH = 32
"""Members of a stack that are enough to begin with, where more could only come one by one."""
USABLE_SHARE = 0.7
"""Of a GPU's free memory: the rest is for the libraries' scratch space and fragmentation."""


class Named(Protocol):
    """A run to be trained, as the pool has it."""

    @property
    def settings(self) -> Mapping[str, Any]: ...


J = TypeVar("J", bound=Named)
T = TypeVar("T")


def key(config: RunConfig) -> RunConfig:
    """What runs must agree in to share a stack: equal keys, one stack."""
    free = {field: getattr(RunConfig(), field) for field in FREE_CHOICES}
    return replace(config, **free)


def stacks(jobs: Sequence[J], limit: int = MOST_MEMBERS) -> list[list[J]]:
    """The jobs in stacks of at most `limit`, in the order of their first; sizes are about equal.

    A job that `can_stack` refuses is one by itself.
    """
    groups: dict[object, list[J]] = {}
    for i, job in enumerate(jobs):
        config = RunConfig.from_dict(job.settings)
        groups.setdefault(key(config) if can_stack(config) else i, []).append(job)
    return [part for group in groups.values() for part in evenly(group, limit)]


def can_stack(config: RunConfig) -> bool:
    """Whether `trainers.stack.train` can train such a run, alone or with others."""
    return not what_is_alone(config)


def what_is_alone(config: RunConfig) -> str:
    """The choice for which a run is trained by itself, as "model mine"; empty where it is not.

    Data that ask for something else than the class of what is no text, augmented images, a model, a
    norm or an optimiser whose entry is not `stackable`, a schedule that changes the rate, or an
    activation that has weights.
    """
    data = entry_of(config.dataset)
    if data.task != CLASSES or data.tokens:
        return f"dataset {config.dataset}"
    if config.augment != NONE:
        return f"augment {config.augment}"
    tables: dict[str, Mapping[str, Any]] = {
        "model": MODELS, "norm": NORMS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES
    }  # fmt: skip
    for field, table in tables.items():
        name = parse(getattr(config, field), table, field).name
        entry = table[name]
        if entry.varies if field == "schedule" else not entry.stackable:
            return f"{field} {name}"
    for choice in parse_layers(config.activation, ACTIVATIONS, "activation"):
        if ACTIVATIONS[choice.name].has_weights:
            return f"activation {choice.name}"
    return ""


def evenly(group: Sequence[T], limit: int) -> list[list[T]]:
    """The group in as few parts of at most `limit` as will do, their sizes at most 1 apart."""
    parts = math.ceil(len(group) / max(1, min(limit, MOST_MEMBERS)))
    return [
        list(group[i * len(group) // parts : (i + 1) * len(group) // parts]) for i in range(parts)
    ]


def members_that_fit(config: RunConfig, device: torch.device) -> int:
    """How many runs like `config` the device has memory for now; at least 1."""
    if device.type != "cuda":
        return MOST_MEMBERS
    gc.collect()  # the stack before this one is no longer needed
    torch.cuda.empty_cache()
    free, _total = torch.cuda.mem_get_info(device)
    return max(1, int(free * USABLE_SHARE / bytes_of_member(config)))


def bytes_of_member(config: RunConfig) -> int:
    """An upper estimate of what one member needs on the device while it trains.

    Weights: themselves, their gradient, two moments of an optimiser, a copy during the warm-up, and
    those of the best and the last evaluation.
    Numbers between the layers: each with its gradient, once more while slices are joined, and all
    twice, because the captured graph has its own memory beside that of the warm-up; or those of an
    evaluation, which need no gradient.
    """
    with torch.random.fork_rng(devices=[]):
        model = build_for(config)
    weights = sum(p.numel() for p in model.parameters())
    between = _numbers_between_layers(model, entry_of(config.dataset).input_shape)
    numbers = max(6 * config.batch_size, 3 * config.test_batch_size) * between
    return 4 * (7 * weights + numbers)


def _numbers_between_layers(model: nn.Module, input_shape: tuple[int, ...]) -> int:
    """Numbers that all parts of a model give for one image."""
    total = 0

    def count(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        nonlocal total
        total += output.numel()

    handles = [module.register_forward_hook(count) for module in model.modules()]
    with torch.no_grad():
        model.eval()(torch.zeros(1, *input_shape))
    for handle in handles:
        handle.remove()
    return total
