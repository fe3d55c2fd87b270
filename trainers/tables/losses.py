"""LOSSES: what training makes small, one entry each.

Defines for every loss what it compares: the outputs as they are or as probabilities, and the
labels as class numbers or as one-hot rows. Does not compute accuracy: that is the same under
every loss, the share of rows whose largest output is at the label.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from dashboard.errors import UserError
from dashboard.record.tasks import CLASSES, LABELS, TASKS

if TYPE_CHECKING:
    import torch
    import torch.nn.functional as F
    from torch import Tensor
else:
    from trainers.tables.late import F, torch

Reduction = Literal["mean", "sum", "none"]
OutputsAs = Literal["raw", "softmax", "sigmoid"]


class LossFunction(Protocol):
    """Called with outputs (N, C) and either labels (N,) int64 or target rows (N, C) float.

    Gives a 0-d tensor on the outputs' device: the mean over the N samples, or with
    reduction="sum" their sum, so that sums over batches divide into a true mean. With
    reduction="none" it gives the N samples' losses (N,).
    """

    def __call__(self, outputs: Tensor, labels: Tensor, reduction: Reduction = "mean") -> Tensor:
        """The loss of these outputs."""
        ...


class Loss(NamedTuple):
    """One loss; `make(**params)` gives the function that computes it."""

    make: Callable[..., LossFunction]
    says: str
    source: str
    formula: str
    """The loss of one sample: z outputs, p probabilities, t target row, C classes."""
    compares: str
    """What is taken of the outputs, and with which target."""
    outputs_as: OutputsAs = "raw"
    """What the outputs become before they are compared."""
    tasks: tuple[str, ...] = tuple(TASKS)
    """For which targets it can be used: `trainers.tables.tasks`."""


def target_rows(labels: Tensor, outputs: Tensor) -> Tensor:
    """One-hot rows (N, C) for class labels (N,); rows that are given as such stay."""
    if labels.is_floating_point():
        return labels
    return torch.zeros_like(outputs).scatter_(1, labels.unsqueeze(1), 1.0)


def _cross_entropy(label_smoothing: float = 0.0) -> LossFunction:
    if not 0 <= label_smoothing <= 1:
        raise UserError("label_smoothing must lie in [0, 1]")

    def loss(outputs: Tensor, labels: Tensor, reduction: Reduction = "mean") -> Tensor:
        return F.cross_entropy(
            outputs, labels, reduction=reduction, label_smoothing=label_smoothing
        )

    return loss


def _log_softmax_nll() -> LossFunction:
    def loss(outputs: Tensor, labels: Tensor, reduction: Reduction = "mean") -> Tensor:
        logs = F.log_softmax(outputs, dim=1)
        if labels.is_floating_point():
            return _reduced(-(labels * logs).sum(1), reduction)
        return F.nll_loss(logs, labels, reduction=reduction)

    return loss


def _soft_cross_entropy(sure: float = 0.9) -> LossFunction:
    if not 0 <= sure <= 1:
        raise UserError("sure must lie in [0, 1]")

    def loss(outputs: Tensor, labels: Tensor, reduction: Reduction = "mean") -> Tensor:
        others = (1 - sure) / max(1, outputs.shape[1] - 1)
        probabilities = others + (sure - others) * target_rows(labels, outputs)
        return F.cross_entropy(outputs, probabilities, reduction=reduction)

    return loss


def _reduced(losses: Tensor, reduction: Reduction) -> Tensor:
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()


def _per_output(elementwise: Callable[[Tensor, Tensor, str], Tensor]) -> LossFunction:
    """A loss whose value for a sample is the mean over its C outputs."""

    def loss(outputs: Tensor, labels: Tensor, reduction: Reduction = "mean") -> Tensor:
        value = elementwise(outputs, target_rows(labels, outputs), reduction)
        if reduction == "none":
            return value.mean(1)
        return value if reduction == "mean" else value / outputs.shape[1]

    return loss


def _mse() -> LossFunction:
    return _per_output(lambda z, t, reduction: F.mse_loss(z, t, reduction=reduction))


def _mae() -> LossFunction:
    return _per_output(lambda z, t, reduction: F.l1_loss(z, t, reduction=reduction))


def _smooth_l1(beta: float = 1.0) -> LossFunction:
    if beta < 0:
        raise UserError("beta must be 0 or greater")
    return _per_output(
        lambda z, t, reduction: F.smooth_l1_loss(z, t, reduction=reduction, beta=beta)
    )


def _bce() -> LossFunction:
    # With logits: sigmoid and logarithm in one, which stays finite where the two apart would not.
    return _per_output(
        lambda z, t, reduction: F.binary_cross_entropy_with_logits(z, t, reduction=reduction)
    )


LOSSES: dict[str, Loss] = {
    "cross_entropy": Loss(
        make=_cross_entropy,
        says="minus the log of the probability of the true class: the usual loss for classes",
        source="Bridle 1990, Probabilistic interpretation of feedforward classification network "
        "outputs; label_smoothing: Szegedy et al. 2015, arXiv 1512.00567",
        formula="-sum_c t_c * log p_c, p = softmax(z)",
        compares="softmax of the outputs with the class number (or a row of probabilities)",
        outputs_as="softmax",
        tasks=(CLASSES,),
    ),
    "log_softmax_nll": Loss(
        make=_log_softmax_nll,
        says="the same number as cross_entropy in two parts, LogSoftmax and then NLLLoss",
        source="PyTorch documentation of nn.LogSoftmax and nn.NLLLoss; the source notes",
        formula="-log_softmax(z)_y, y the true class",
        compares="log-softmax of the outputs with the class number",
        outputs_as="softmax",
        tasks=(CLASSES,),
    ),
    "soft_cross_entropy": Loss(
        make=_soft_cross_entropy,
        says="cross-entropy with rows of probabilities: `sure` for the true class, the rest for "
        "the others alike",
        source="PyTorch documentation of nn.CrossEntropyLoss with class probabilities; the source "
        "notes",
        formula="-sum_c q_c * log p_c, p = softmax(z), q_true = sure, else (1 - sure) / (C - 1)",
        compares="softmax of the outputs with a row of probabilities",
        outputs_as="softmax",
        tasks=(CLASSES,),
    ),
    "mse": Loss(
        make=_mse,
        says="mean squared error of the raw outputs; made for regression",
        source="Legendre 1805, least squares; PyTorch documentation of nn.MSELoss",
        formula="sum_c (z_c - t_c)² / C",
        compares="raw outputs with the one-hot row",
    ),
    "mae": Loss(
        make=_mae,
        says="mean absolute error of the raw outputs; forgives outliers, slow near the target",
        source="PyTorch documentation of nn.L1Loss",
        formula="sum_c |z_c - t_c| / C",
        compares="raw outputs with the one-hot row",
    ),
    "smooth_l1": Loss(
        make=_smooth_l1,
        says="squared for errors below beta, absolute above",
        source="Girshick 2015, Fast R-CNN, arXiv 1504.08083",
        formula="sum_c (e_c² / (2 beta) if e_c < beta else e_c - beta / 2) / C, e_c = |z_c - t_c|",
        compares="raw outputs with the one-hot row",
    ),
    "bce": Loss(
        make=_bce,
        says="binary cross-entropy of each class against the rest",
        source="PyTorch documentation of nn.BCELoss and nn.BCEWithLogitsLoss",
        formula="-sum_c (t_c * log p_c + (1 - t_c) * log(1 - p_c)) / C, p = sigmoid(z)",
        compares="sigmoid of each output (ten yes-or-no probabilities) with the one-hot row",
        outputs_as="sigmoid",
        tasks=(CLASSES, LABELS),
    ),
}
