"""Declares every named window of a run's own page once, in RUN_WINDOWS.

Adding a window is adding an entry, as in `compare_windows`. Draws what is one picture or one text.
"""

from __future__ import annotations

from collections.abc import Callable

from dashboard.record.printed import OUTPUT, TRACEBACK
from dashboard.record.tasks import CLASSES, COUNTS, REGRESSION, TASKS, TRUTH
from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import CONFUSION
from dashboard.runs.metric import title_of
from dashboard.runs.run_view import STATE, RunView
from dashboard.windows import (
    confusion,
    distributions,
    figure,
    kept,
    learning,
    model,
    overlays,
    signal,
    text,
    truth,
)
from dashboard.windows.card import card
from dashboard.windows.content import Content, Picture
from dashboard.windows.predictions import GUESSES
from dashboard.windows.window import METRIC, RunWindow, titled

FIRST_WEIGHTS = "first_weights"
RESULTS = tuple(task.metric for task in TASKS.values())
TRAINED = tuple(task.train for task in TASKS.values())


def _images(_: Experiment, view: RunView) -> Content:
    item = view.media.get("x")
    if item is None:
        return text.Html("<p class='tb-note'>no images yet</p>")
    both = item.details.get("labels") is not None and item.details.get("predictions") is not None
    frames = ": whole green frames right, broken red ones wrong" if both else ""
    return Picture(view.record.body(item.id), f"step {item.step}{frames}")


def _first_weights(_: Experiment, view: RunView) -> Content:
    item = view.media[FIRST_WEIGHTS]
    words = "each square is a unit of the first layer; grey is 0, white positive, black negative"
    return Picture(view.record.body(item.id), words)


def may_show_images(view: RunView) -> bool:
    """Whether a run shows images, as far as is known: not where it has samples of another kind."""
    return "x" in view.media or "pred" in view.media or TRUTH not in view.media


def _may_name_classes(view: RunView) -> bool:
    """Whether a run says the classes of its images, or records a text of its own as `pred`."""
    return "pred" in view.media or (view.task in ("", CLASSES) and may_show_images(view))


def _recorded(name: str) -> Callable[[RunView], bool]:
    """Whether a run has recorded a picture, text or value of this name."""
    return lambda view: name in view.media


def _predictions(_: Experiment, view: RunView) -> Content:
    item = view.media.get("pred")
    if item is not None and item.kind == "text":
        return text.text(item, view.record.body(item.id))
    return text.predictions(view)


RUN_WINDOWS: dict[str, RunWindow] = {
    "card": RunWindow(
        "the run in short", 1350, 150,
        (METRIC, "test_accuracy", "test_loss", "train_loss", "signal", STATE),
        "the run's verdict and why, its result and place, and what differs from the best run",
        section="", every_s=1.0, live=True, always=True, draw=card,
    ),
    "traceback": RunWindow(
        "why it failed", 1350, 300, (TRACEBACK,),
        "the whole traceback of the error that ended the run",
        section="What went wrong", helps=_recorded(TRACEBACK),
        draw=lambda _, view: kept.traceback(view),
    ),
    "train_loss": RunWindow(
        "train loss", 670, 370, ("train_loss", STATE),
        "the training loss at every step",
        draw=lambda _, view: figure.run_loss(view),
    ),
    "test": RunWindow(
        "test loss & {result}", 670, 370, ("test_loss", *RESULTS),
        "test loss (left axis) and accuracy, or MAE or F1 (right axis), at each evaluation",
        draw=lambda _, view: figure.run_test(view),
    ),
    "test_r2": RunWindow(
        "test R²", 670, 370, ("test_r2",),
        "of a regression: the share of the test targets' variance that is explained, at each "
        "evaluation; 0 is as good as saying their mean always, 1 is perfect",
        section="More curves", helps=lambda view: "test_r2" in view.lines,
        draw=lambda _, view: figure.run_number(view, "test_r2", "test R²"),
    ),
    "x": RunWindow(
        "x: test images", 420, 430, ("x",),
        "test images, right ones in a whole green frame, wrong ones in a broken red one",
        section="What they see", past=True, draw=_images, helps=may_show_images,
    ),
    "pred": RunWindow(
        "pred: what the run takes them for", 500, 446, ("x", "pred"),
        "the predicted classes in the grid's order, or the text that was recorded as pred",
        section="What they see", past=True, draw=_predictions, helps=_may_name_classes,
    ),
    "against": RunWindow(
        "predicted against true", 670, 430, (TRUTH,),
        "of a regression: what the run predicts for test samples against what is true; on the "
        "dashed line both agree",
        section="What they see", past=True, helps=truth.is_of(REGRESSION),
        draw=lambda _, view: truth.against(view),
    ),
    "residuals": RunWindow(
        "residuals", 670, 430, (TRUTH,),
        "of a regression: how far from the truth its predictions are, predicted minus true",
        section="What they see", past=True, helps=truth.is_of(REGRESSION),
        draw=lambda _, view: truth.residuals(view),
    ),
    "label_scores": RunWindow(
        "how well each label is told", 670, 430, (COUNTS,),
        "of labels: for each how many test samples have it, precision, recall and F1",
        section="What they see", past=True, helps=_recorded(COUNTS),
        draw=lambda _, view: truth.label_scores(view),
    ),
    "answers": RunWindow(
        "test samples and what the run says", 670, 430, (TRUTH,),
        "test samples one by one where no image shows them, texts in full: what is true and what "
        "the run says, wrong ones marked",
        section="What they see", past=True, helps=truth.has_samples,
        draw=lambda _, view: truth.samples(view),
    ),
    "confusion": RunWindow(
        "confusion: what is taken for what", 670, 470, (CONFUSION, GUESSES),
        "of all test images how many of each class are taken for each, at the newest evaluation; a "
        "class that is never said stands out; a click on a cell shows its test images",
        section="What they see", past=True, helps=confusion.has_counts,
        draw=lambda _, view: confusion.of_run(view),
    ),
    "config": RunWindow(
        "config", 400, 446, (STATE,),
        "the run's settings and state",
        section="Settings", draw=lambda _, view: text.config(view),
    ),
    "learning": RunWindow(
        "loss and {results}", 670, 370, ("train_loss", *TRAINED, *RESULTS),
        "train loss, train and test accuracy (or MAE or F1) in one plot, as the notes have it for "
        "LeNet",
        section="More curves", draw=lambda _, view: learning.learning(view),
    ),
    "lr": RunWindow(
        "learning rate", 670, 370, (overlays.RATE,),
        "the learning rate, where a schedule changes it",
        section="More curves", helps=lambda view: overlays.RATE in view.lines,
        draw=lambda _, view: figure.run_number(view, overlays.RATE, "learning rate"),
    ),
    "model": RunWindow(
        "model", 670, 370, ("model",),
        "the layers with shapes, parameters and inits, and the first weights",
        section="Settings", draw=model.model,
    ),
    "first_weights": RunWindow(
        "first weights", 420, 430, (FIRST_WEIGHTS,),
        "the weights of the first layer before the first step, a picture for each unit of what it "
        "looks for in an image; the values are in the window of the model",
        section="Settings", helps=_recorded(FIRST_WEIGHTS), draw=_first_weights,
    ),
    "models": RunWindow(
        "kept models", 670, 240, (kept.MODELS,),
        "the trained models that are kept, with step, result and size, and how to load one",
        section="Files and output", helps=_recorded(kept.MODELS),
        draw=lambda _, view: kept.models(view),
    ),
    "output": RunWindow(
        "what it printed", 670, 240, (OUTPUT,),
        "what the run printed and warned while it trained, the newest lines of it",
        section="Files and output", every_s=1.0, helps=_recorded(OUTPUT),
        draw=lambda _, view: kept.output(view),
    ),
    "signal": RunWindow(
        "signal: inside the layers", 1350, 340, ("signal",),
        "statistics of the layers on a fixed probe, and the spread that theory expects",
        section="Inside the layers", draw=lambda _, view: signal.one_run(view),
    ),
    "distributions": RunWindow(
        "distributions inside the layers", 1350, 520, (distributions.DISTRIBUTION,),
        "pre-activations, gradients and weights of every layer, evaluation after evaluation, and "
        "beside the pre-activations what theory expects of them at step 0",
        section="Inside the layers", every_s=3.0, helps=_recorded(distributions.DISTRIBUTION),
        draw=lambda _, view: distributions.distributions(view),
    ),
}  # fmt: skip


def run_windows(view: RunView) -> dict[str, RunWindow]:
    """The windows of the table that this run has, with their titles there."""
    task = view.task or CLASSES
    result = title_of(TASKS[task].metric).removeprefix("test ")
    words = {"{result}": result, "{results}": "accuracies" if task == CLASSES else result}
    return {
        name: titled(window, words) for name, window in RUN_WINDOWS.items() if window.helps(view)
    }
