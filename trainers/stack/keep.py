"""Keeps what the members of a stack leave behind: their models and their places in training.

Each member has the files of a run alone (`trainers.checkpoint`, `trainers.model_files`), so that
any of them goes on alone, or in another stack. Best weights are copied where they are, on the
device; files are written at the ends of epochs, as often as SHARE of the time allows, and at the
end. What the files hold is not decided here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from trainers.evaluate import Score
from trainers.model_files import goodness
from trainers.stack.net import StackedNet
from trainers.stack.optimizer import StackedOptimizer
from trainers.train import Recording

SHARE = 0.05
"""Of the time, for files: with many members they would take longer than an epoch on a GPU."""


class MemberCheckpoint(Protocol):
    """A member's checkpoint."""

    def restore(
        self, model: nn.Module, optimizer: Optimizer, order: torch.Generator
    ) -> tuple[int, int]: ...
    def save(
        self,
        epoch: int,
        step: int,
        model: nn.Module,
        optimizer: Optimizer,
        order: torch.Generator,
        rng_state: Tensor | None = None,
    ) -> None: ...


class MemberModels(Protocol):
    """A member's models."""

    @property
    def wants_all(self) -> bool: ...
    def is_better(self, result: float, loss: float) -> bool: ...
    def keep(
        self, step: int, result: float, loss: float, weights: Mapping[str, Tensor]
    ) -> list[dict[str, Any]]: ...


@dataclass
class Kept:
    """What a member has come to. last, best: (step, its score); None before the first.

    steps_in_files: the steps whose weights are in a file.
    """

    last: tuple[int, Score] | None = None
    best: tuple[int, Score] | None = None
    steps_in_files: set[int] = field(default_factory=set)


class StackKeeper:
    """Keeps the members of `net`; without checkpoints or models it does nothing.

    recorders: where each member's kept models are recorded, one for each member.
    """

    def __init__(
        self,
        net: StackedNet,
        optimizer: StackedOptimizer,
        recorders: Sequence[Recording],
        checkpoints: Sequence[MemberCheckpoint],
        models: Sequence[MemberModels],
    ) -> None:
        self._net, self._optimizer, self._recorders = net, optimizer, recorders
        self._checkpoints, self._models = checkpoints, models
        stacks = list(net.state.values()) if models else []
        self._best, self._last = ([stack.detach().clone() for stack in stacks] for _ in range(2))
        self._progress = [Kept() for _ in net.models]
        self._due_s = 0.0

    def restore(self, order: torch.Generator) -> tuple[int, int]:
        """Bring the members and `order` back to where they were; (epochs, steps) done by then."""
        place = (0, 0)
        if not self._checkpoints:
            return place
        optimizers = []
        for member, (model, checkpoint) in enumerate(
            zip(self._net.models, self._checkpoints, strict=True)
        ):
            optimizers.append(self._optimizer.of_member(member, list(model.parameters())))
            place = checkpoint.restore(model, optimizers[-1], order)
            if place != (0, 0):
                self._net.masks_from[member].set_state(torch.get_rng_state())
        if place != (0, 0):
            self._optimizer.restore(optimizers, self._net.models)
        return place

    def evaluated(self, step: int, members: Sequence[int], scores: Sequence[Score]) -> None:
        """Take note of an evaluation of the members given."""
        if not self._models:
            return
        for last, stack in zip(self._last, self._net.state.values(), strict=True):
            last.copy_(stack.detach())
        for member, score in zip(members, scores, strict=True):
            if self._models[member].wants_all:
                self._write_model(member, step, score, self._last)
            elif step:
                self._note(member, step, score)

    @property
    def is_due(self) -> bool:
        """Whether it is time to write files again."""
        return bool(self._checkpoints or self._models) and time.monotonic() >= self._due_s

    def epoch_ended(
        self, epoch: int, step: int, members: Sequence[int], order: torch.Generator
    ) -> None:
        """Write the files of the members given."""
        started_s = time.monotonic()
        for member in members:
            if not self._recorders[member].flush():
                continue
            self.write_models(member)
            if self._checkpoints:
                model = self._net.models[member]
                self._checkpoints[member].save(
                    epoch,
                    step,
                    model,
                    self._optimizer.of_member(member, list(model.parameters())),
                    order,
                    self._net.masks_from[member].get_state(),
                )
        ended_s = time.monotonic()
        self._due_s = ended_s + (ended_s - started_s) / SHARE

    def write_models(self, member: int) -> None:
        """Write the member's best model and that of its last evaluation."""
        progress = self._progress[member]
        for place, stacks in ((progress.best, self._best), (progress.last, self._last)):
            if place and place[0] not in progress.steps_in_files:
                progress.steps_in_files.add(place[0])
                self._write_model(member, *place, stacks)

    def _note(self, member: int, step: int, score: Score) -> None:
        progress = self._progress[member]
        progress.last = (step, score)
        good = score.result, score.loss
        before = progress.best and goodness(progress.best[1].result, progress.best[1].loss)
        if self._models[member].is_better(*good) and (not before or goodness(*good) > before):
            progress.best = (step, score)
            for best, last in zip(self._best, self._last, strict=True):
                best[member].copy_(last[member])

    def _write_model(self, member: int, step: int, score: Score, stacks: Sequence[Tensor]) -> None:
        pairs = zip(self._net.state, stacks, strict=True)
        weights = {name: stack[member] for name, stack in pairs}
        files = self._models[member].keep(step, score.result, score.loss, weights)
        if files:
            self._recorders[member].data("models", step, files)
