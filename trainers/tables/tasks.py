"""TASKS: what is measured of a network's outputs, by what the targets are, one entry each.

Targets are class numbers (N,) int64, numbers (N, K) float for a regression, or 0 and 1 (N, K) float
for any number of labels each. Which task a data set has is in its entry; the names of the series
are `dashboard.record.tasks`. Computes no loss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dashboard.record.tasks import CLASSES, LABELS, REGRESSION

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    from trainers.tables.late import torch


class Task(NamedTuple):
    """One task. scale: (K,) units of a target in one unit of the outputs.

    loss: what is trained with where no loss is named.
    tally(outputs, targets, scale): sums over a batch, which add up to those of an epoch.
    value(sums, n): the metric, from the sums over n samples as plain numbers.
    more(outputs, targets): further results over the whole test set, by name.
    """

    loss: str
    tally: Callable[[Tensor, Tensor, Tensor], Tensor]
    value: Callable[[Any, int], float]
    predict: Callable[[Tensor], Tensor]
    lower_is_better: bool = False
    more: Callable[[Tensor, Tensor], Mapping[str, float]] = lambda outputs, targets: {}


def _right(outputs: Tensor, targets: Tensor, _scale: Tensor) -> Tensor:
    return (outputs.argmax(1) == targets).sum()


def _errors(outputs: Tensor, targets: Tensor, scale: Tensor) -> Tensor:
    return ((outputs - targets).abs() * scale).double().mean(1).sum()


def _said_and_true(outputs: Tensor, targets: Tensor, _scale: Tensor) -> Tensor:
    """[labels rightly said, labels said wrongly or left unsaid]."""
    guesses, true = outputs > 0, targets > 0.5
    return torch.stack([(guesses & true).sum(), (guesses ^ true).sum()])


def _f1(sums: list[int], _n: int) -> float:
    """2 TP / (2 TP + FP + FN) over all labels together; 1 where there was nothing to say."""
    right, wrong = sums
    return 2 * right / (2 * right + wrong) if right or wrong else 1.0


def _explained(outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """R²: the share of the targets' variance that is explained, the mean over the targets.

    Left out where a target is the same for all samples.
    """
    spread = (targets - targets.mean(0)).double().square().sum(0)
    if not (spread > 0).all():
        return {}
    residual = (targets - outputs).double().square().sum(0)
    return {"test_r2": (1 - residual / spread).mean().item()}


TASKS: dict[str, Task] = {
    CLASSES: Task(
        loss="cross_entropy",
        tally=_right,
        value=lambda right, n: float(right / n),
        predict=lambda outputs: outputs.argmax(1),
    ),
    REGRESSION: Task(
        loss="mse",
        tally=_errors,
        value=lambda error, n: float(error / n),
        predict=lambda outputs: outputs,
        lower_is_better=True,
        more=_explained,
    ),
    LABELS: Task(
        loss="bce",
        tally=_said_and_true,
        value=_f1,
        predict=lambda outputs: (outputs > 0).long(),
    ),
}
