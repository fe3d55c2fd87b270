"""Forks a run: another one that begins at a kept checkpoint of it, with some settings changed.

Weights, the order of the data and the random numbers go on where they were; so does the optimiser,
unless it is the one that is changed. Without a change a fork would compute what its parent did.
What is made here is a run's settings and its first checkpoint; nothing is trained or recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dashboard.errors import UserError
from dashboard.record.places import Place, kept
from dashboard.record.schema import FORK
from trainers.build import build_for, check_loss, optimizer_for
from trainers.checkpoint import Checkpoint, load
from trainers.config import RunConfig, name_part
from trainers.local.orders import Job
from trainers.tables.choice import make
from trainers.tables.losses import LOSSES
from trainers.tables.schedules import SCHEDULES

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from trainers.tables.network import Network
else:
    from trainers.tables.late import torch

_RULES = {"lr": "lr", "schedule": "lr", "weight_decay": "weight_decay"}
"""Settings that an optimiser keeps with its memory, by its own name for what they change."""
LONGEST_FORK = 94  # characters of a name, which may get a number behind it
CHANGEABLE = (
    "lr", "optimizer", "schedule", "weight_decay", "clip_norm", "dropout", "activation", "loss",
    "batch_size", "epochs",
)  # fmt: skip
"""The settings that a fork may change: those that leave the weights of its parent a meaning."""


class ForkError(UserError):
    """A run cannot be forked so; the message is one sentence that says what is possible."""


def place_of(folder: Path, run: str, at: int | None) -> Place:
    """The kept checkpoint of a run at a step; without one the last. Raises ForkError."""
    places = kept(folder, run)
    if not places:
        raise ForkError(f"{run} has kept no checkpoint: it keeps one at the end of each epoch")
    if at is None:
        return places[-1]
    place = next((place for place in places if place.step == at), None)
    if place is None:
        steps = ", ".join(str(place.step) for place in places)
        raise ForkError(f"{run} has kept no checkpoint at step {at}; it has: {steps}")
    return place


def forked(
    run: str, settings: Mapping[str, Any], changes: Mapping[str, Any], place: Place,
    names: Collection[str],
) -> Job:  # fmt: skip
    """The fork: its name, which is none of `names`, and its settings. Raises UserError.

    settings: the parent's. changes: values of CHANGEABLE as RunConfig has them.
    """
    parent = RunConfig.from_dict(settings)
    odd = [field for field in changes if field not in CHANGEABLE]
    if odd:
        raise ForkError(f"a fork cannot change {odd[0]}: it can change {', '.join(CHANGEABLE)}")
    config = RunConfig.from_dict({**parent.as_dict(), **changes})
    values = {k: getattr(config, k) for k in changes if getattr(config, k) != getattr(parent, k)}
    if not values:
        raise ForkError(f"say what to change of {run}: {', '.join(CHANGEABLE)}")
    if config.epochs <= place.epoch:
        raise ForkError(
            f"step {place.step} is the end of epoch {place.epoch} of {config.epochs}, so nothing "
            "is left to train: give more epochs too"
        )
    _check(config)
    parts = [name_part(field, value) for field, value in values.items()]
    name = _free("-".join([run, f"at{place.step}", *parts]), names)
    return Job(name, {**config.as_dict(), FORK: f"{run}@{place.step}"})


def parent_of(settings: Mapping[str, Any]) -> tuple[str, int]:
    """The run, and its step, that a fork was made of."""
    run, _, step = str(settings[FORK]).rpartition("@")
    return run, int(step)


def write_start(folder: Path, job: Job, place: Place) -> None:
    """Write the checkpoint from which the fork begins. Raises ForkError where it would be none.

    Doing it again writes the same; it must be there before the run is queued.
    """
    state = load(place.file)
    if not state:
        raise ForkError(f"the checkpoint {place.file.name} cannot be read")
    config, before = RunConfig.from_dict(job.settings), RunConfig.from_dict(state["config"])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = build_for(config)
    same = carry_over(state["model"], model)
    optimizer = optimizer_for(config)(model.parameters(), config.lr)
    if same and config.optimizer == before.optimizer:
        optimizer.load_state_dict(state["optimizer"])
        fields = {field for field in _RULES if getattr(config, field) != getattr(before, field)}
        for group in optimizer.param_groups:
            group |= {
                name: optimizer.defaults[name] for name in (_RULES[field] for field in fields)
            }
    state |= {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    if not Checkpoint(folder, job.name, config).write(state):
        raise ForkError(f"the checkpoint of {job.name} cannot be written: is the disk full?")


def carry_over(weights: Mapping[str, Tensor], model: nn.Module) -> bool:
    """Give the model the weights that another one had; whether it has no others.

    Layers are told by their order and shapes: one without weights may have come or gone. Weights
    of the model's own activation, where the other had none, stay as they are. Raises ForkError
    where a layer's have no place.
    """
    own = model.state_dict()
    if {k: v.shape for k, v in own.items()} == {k: v.shape for k, v in weights.items()}:
        model.load_state_dict(dict(weights))
        return True
    theirs, ours = [*weights.values()], [*own.values()]
    indices: set[int] = set()
    for first, second, size in SequenceMatcher(
        None, _shapes(theirs), _shapes(ours), autojunk=False
    ).get_matching_blocks():
        for i in range(size):
            ours[second + i].copy_(theirs[first + i])
            indices.add(second + i)
    pointers = {ours[i].data_ptr() for i in indices}
    if any(layer.weight.data_ptr() not in pointers for layer in cast("Network", model).layers):
        raise ForkError("these settings make another network: its weights have no place in it")
    return False


def _shapes(tensors: Sequence[Tensor]) -> list[tuple[int, ...]]:
    return [tuple(tensor.shape) for tensor in tensors]


def _check(config: RunConfig) -> None:
    """Build what the settings name, so that a mistake is found before anything is written."""
    with torch.random.fork_rng(devices=[]):
        build_for(config)
    optimizer_for(config)
    make(config.schedule, SCHEDULES, "schedule")
    make(config.loss, LOSSES, "loss")
    check_loss(config)


def _free(name: str, names: Collection[str]) -> str:
    name = name[:LONGEST_FORK]
    if name not in names:
        return name
    return next(f"{name}-{i}" for i in range(2, len(names) + 3) if f"{name}-{i}" not in names)
