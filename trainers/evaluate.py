"""Evaluates a model on the whole test set and records what came out, also for later use.

When a run is evaluated is said in `trainers.train`; what is recorded of single test samples is
`trainers.answers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from dashboard.record.tasks import TASKS as SERIES
from trainers import answers
from trainers.answers import GUESSED_IMAGES, RECORD
from trainers.config import RunConfig
from trainers.measure.pre_activations import evaluating
from trainers.tables.datasets import Data
from trainers.tables.tasks import TASKS


class Recording(answers.Recording, Protocol):
    """What an evaluation needs of a recorder, beside what its answers do."""

    def scalar(self, series: str, step: int, value: Any) -> None: ...
    def flush(self) -> bool: ...


class KeepingModels(Protocol):
    """What the loop needs to leave its model behind: `trainers.model_files`."""

    def keep(
        self, step: int, result: float, loss: float, weights: Mapping[str, Tensor]
    ) -> list[dict[str, Any]]: ...


@dataclass(frozen=True)
class Score:
    """An evaluation on the whole test set. loss: mean per sample.

    result: the task's metric, of classes the accuracy in [0, 1]. predictions: (N,) the most likely
    class, else (N, K) numbers or labels. confidences: the class's softmax probability, of the first
    GUESSED_IMAGES. more: further results by their series.
    """

    loss: float
    result: float
    predictions: Tensor
    confidences: Tensor
    more: Mapping[str, float] = field(default_factory=dict)


@torch.no_grad()
def evaluate(
    model: nn.Module, loss_of: Callable[..., Tensor], data: Data, batch_size: int
) -> Score:
    """Loss and results over the whole test set, in batches, with dropout off."""
    loss = torch.zeros((), dtype=torch.float64, device=data.test_y.device)
    batches = []
    with evaluating(model):
        for x, y in zip(data.test_x.split(batch_size), data.test_y.split(batch_size), strict=True):
            batches.append(model(x))
            loss += loss_of(batches[-1], y, reduction="sum")
    logits, task = torch.cat(batches), TASKS[data.task]
    n, sums = len(logits), task.tally(logits, data.test_y, data.scale).tolist()
    sure = logits[:GUESSED_IMAGES].softmax(1).amax(1)
    more = task.more(logits, data.test_y)
    return Score(loss.item() / n, task.value(sums, n), task.predict(logits), sure, more)


def report(
    model: nn.Module,
    loss_of: Callable[..., Tensor],
    data: Data,
    config: RunConfig,
    recorder: Recording,
    step: int,
) -> Score:
    """Evaluate and record the result: its numbers, and what is said of test samples
    (`trainers.answers`).
    """
    score = evaluate(model, loss_of, data, config.test_batch_size)
    record_score(score, data, recorder, step)
    return score


def keep_model(
    models: KeepingModels | None, recorder: Recording, step: int, score: Score, model: nn.Module
) -> None:
    """Keep what is wanted of the model that was evaluated at `step`, and record what is kept."""
    if models and (files := models.keep(step, score.result, score.loss, model.state_dict())):
        recorder.data("models", step, files)


def record_score(score: Score, data: Data, recorder: Recording, step: int) -> None:
    """Record an evaluation that was made at `step`; see `report`."""
    recorder.scalar("test_loss", step, score.loss)
    recorder.scalar(SERIES[data.task].metric, step, score.result)
    for series, value in score.more.items():
        recorder.scalar(series, step, value)
    RECORD[data.task](score, data, recorder, step)
    recorder.flush()
