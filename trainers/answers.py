"""Records what a network answers on test samples at an evaluation, by what the targets are.

Of classes that are seen in images: the first images with their classes, every guess on more, and
what all are taken for. Of other samples their texts take the images' place; of other targets what
is said stands beside what is true. Computes no result; the names under which things are recorded
are known to the windows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from dashboard.record.tasks import CLASSES, COUNTS, LABELS, NAMES, REGRESSION, TEXTS, TRUTH
from trainers.tables.datasets import Data

SAMPLE_IMAGES = 64
SAMPLE_TEXTS = 32
GUESSED_IMAGES = 500  # whose guesses are recorded for comparing runs image by image
MOST_CLASSES = 100  # of which the counts of what is taken for what are recorded: their square
MOST_NUMBERS = 2000  # of predictions of a regression
DIGITS = 6


class Answers(Protocol):
    """An evaluation: `trainers.evaluate.Score`."""

    @property
    def predictions(self) -> Tensor: ...
    @property
    def confidences(self) -> Tensor: ...


class Recording(Protocol):
    """What is needed of a recorder."""

    def images(
        self,
        name: str,
        step: int,
        images: Any,
        labels: Sequence[int] | None = None,
        predictions: Sequence[int] | None = None,
        classes: Sequence[str] | None = None,
    ) -> None: ...
    def data(self, name: str, step: int, values: Any) -> None: ...


def record_classes(score: Answers, data: Data, recorder: Recording, step: int) -> None:
    """Images or texts with their classes, the guesses, and the confusion counts.

    The images that `guesses` speaks of are recorded once, at step 0, as `samples`.
    """
    few, images = slice(GUESSED_IMAGES), data.test_images
    if len(images):
        samples = slice(SAMPLE_IMAGES)
        recorder.images(
            "x",
            step,
            images[samples].cpu().numpy(),
            data.test_y[samples].tolist(),
            score.predictions[samples].tolist(),
            data.classes,
        )
        if step == 0:
            labels = data.test_y[few].tolist()
            recorder.images(
                "samples", step, images[few].cpu().numpy(), labels, classes=data.classes
            )
    else:
        _record_names(data, recorder, step)
        some = slice(SAMPLE_TEXTS)
        _record_truth(data.test_y[some], score.predictions[some], data, recorder, step)
    percent = score.confidences.nan_to_num(0.0).mul(100).round().int()
    guesses = {"classes": score.predictions[few].tolist(), "percent": percent.tolist()}
    recorder.data("guesses", step, guesses)
    if len(data.classes) <= MOST_CLASSES:
        counts = confusion(score.predictions, data.test_y, len(data.classes))
        recorder.data("confusion", step, counts)


def record_numbers(score: Answers, data: Data, recorder: Recording, step: int) -> None:
    """What is said beside what is true, in the targets' own units; images without a judgement."""
    _record_names(data, recorder, step)
    few = slice(MOST_NUMBERS)
    true = data.in_units(data.test_y[few].cpu())
    guesses = data.in_units(score.predictions[few].cpu())
    _record_truth(true, guesses, data, recorder, step)
    if len(data.test_images) and step == 0:
        recorder.images("x", step, data.test_images[:SAMPLE_IMAGES].cpu().numpy())


def record_labels(score: Answers, data: Data, recorder: Recording, step: int) -> None:
    """Which labels samples are given beside those they have; a frame is green where all are right.

    `label_counts`: over the whole test set, see `dashboard.record.tasks`.
    """
    _record_names(data, recorder, step)
    guesses, true = score.predictions.bool(), data.test_y > 0.5
    counts = [(guesses & true).sum(0), (guesses & ~true).sum(0), (~guesses & true).sum(0)]
    recorder.data(COUNTS, step, torch.stack(counts, 1).tolist())
    samples = slice(SAMPLE_IMAGES)
    _record_truth(true[samples].int(), guesses[samples].int(), data, recorder, step)
    if len(data.test_images):
        right = (guesses[samples] == true[samples]).all(1).int()
        ones = torch.ones_like(right).tolist()
        recorder.images(
            "x", step, data.test_images[samples].cpu().numpy(), ones, right.tolist(),
            ("not all labels right", "all labels right"),
        )  # fmt: skip


RECORD: dict[str, Callable[[Answers, Data, Recording, int], None]] = {
    CLASSES: record_classes,
    REGRESSION: record_numbers,
    LABELS: record_labels,
}


def confusion(predictions: Tensor, labels: Tensor, n_classes: int) -> list[list[int]]:
    """[label][prediction] -> how many test images; predictions, labels: (N,) class numbers."""
    pairs = labels * n_classes + predictions.to(labels.device)
    counts = torch.bincount(pairs, minlength=n_classes**2)
    rows: list[list[int]] = counts.view(n_classes, n_classes).tolist()
    return rows


def _record_names(data: Data, recorder: Recording, step: int) -> None:
    if step == 0:
        recorder.data(NAMES, step, list(data.classes))
        if data.test_texts:
            recorder.data(TEXTS, step, list(data.test_texts[:SAMPLE_TEXTS]))


def _record_truth(
    true: Tensor, guesses: Tensor, data: Data, recorder: Recording, step: int
) -> None:
    rows = {"true": _plain(true), "said": _plain(guesses), "names": list(data.classes)}
    recorder.data(TRUTH, step, rows)


def _plain(rows: Tensor) -> list[Any]:
    """As JSON has it: numbers with as many digits as float32 has, None for what is none."""
    if not rows.is_floating_point():
        return list(rows.tolist())
    return [
        [float(f"{x:.{DIGITS}g}") if x == x and abs(x) != float("inf") else None for x in row]
        for row in rows.tolist()
    ]
