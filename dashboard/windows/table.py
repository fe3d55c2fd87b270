"""Declares every named window once, in WINDOWS: where it stands, what it reads, what draws it.

Adding a window is adding an entry; the board creates it, redraws it when a topic it reads changes,
and the tests find it. Sizes are in pixels of the page; windows are packed in the table's order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from dashboard.record.printed import OUTPUT, TRACEBACK
from dashboard.record.tasks import CLASSES, COUNTS, LABELS, REGRESSION, TASKS, TRUTH
from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import CONFUSION
from dashboard.runs.metric import title_of
from dashboard.runs.run_view import STATE, RunView
from dashboard.windows import (
    confusion,
    distributions,
    figure,
    forks,
    importance,
    kept,
    learning,
    machine,
    model,
    overlays,
    parallel,
    signal,
    text,
    truth,
)
from dashboard.windows.accuracy_grid import accuracy_grid
from dashboard.windows.answer import answer
from dashboard.windows.card import card
from dashboard.windows.content import Content, Picture, Plot
from dashboard.windows.leaderboard import leaderboard
from dashboard.windows.predictions import GUESSES, predictions
from dashboard.windows.style import short

FIRST_WEIGHTS = "first_weights"
RESULTS = tuple(task.metric for task in TASKS.values())
TRAINED = tuple(task.train for task in TASKS.values())
METRIC = "/metric"
"""The topic of whatever series an experiment's metric is; no topic of a series has a slash."""

# Our page draws these windows itself, from the answer's model; Visdom's page sees them so often.
DRAWN_HERE_S = 3.0


@dataclass(frozen=True)
class Window:
    """A window of the compare environment, or of every run's own.

    title: {metric} stands for the metric's name, {kind} for "accuracy" where it is one; on a run's
        page {result} for "acc." and {results} for "accuracies", or what its task has for them.
    reads: the topics (series, media names, "state", METRIC) that make it redraw.
    says: what it shows, in one sentence, for the README; `code` and
        *emphasis* as in Markdown.
    every_s: the least time between two drawings.
    live: redraw by the clock too while a run is running, for progress and heartbeats.
    always: there even if nothing it reads was recorded; see `ExperimentScene`.
    section: the title of the part of our page in which it stands.
    past: whether our page shows it as it was at an earlier evaluation (`dashboard.page.past`).
    """

    title: str
    width_px: int
    height_px: int
    reads: tuple[str, ...]
    says: str
    every_s: float = 0.0
    live: bool = False
    always: bool = False
    section: str = "Compare"
    past: bool = False

    def about(self, order: int) -> dict[str, Any]:
        """What our page is told of it; `order`: its place among all."""
        return {"says": self.says, "section": self.section, "order": order,
                "width": self.width_px, "height": self.height_px, "past": self.past}  # fmt: skip


@dataclass(frozen=True)
class CompareWindow(Window):
    """helps: whether the window is there at all for this experiment."""

    draw: Callable[[Experiment], Content] = lambda experiment: Plot([], {})
    helps: Callable[[Experiment], bool] = lambda experiment: True


@dataclass(frozen=True)
class RunWindow(Window):
    """helps: whether the window is there at all for this run."""

    helps: Callable[[RunView], bool] = lambda view: True
    draw: Callable[[Experiment, RunView], Content] = lambda experiment, view: Plot([], {})


def _images(_: Experiment, view: RunView) -> Content:
    item = view.media.get("x")
    if item is None:
        return text.Html("<p class='tb-note'>no images yet</p>")
    judged = item.details.get("labels") is not None and item.details.get("predictions") is not None
    frames = ": whole green frames right, broken red ones wrong" if judged else ""
    return Picture(view.record.body(item.id), f"step {item.step}{frames}")


def _first_weights(_: Experiment, view: RunView) -> Content:
    item = view.media[FIRST_WEIGHTS]
    words = "each square is a unit of the first layer; grey is 0, white positive, black negative"
    return Picture(view.record.body(item.id), words)


def _has(task: str) -> Callable[[Experiment], bool]:
    """Whether an experiment is of this task, or has its results all the same."""
    return lambda experiment: experiment.task == task or TASKS[task].metric in experiment.series()


def _has_images(experiment: Experiment) -> bool:
    """Whether any run may show its test images."""
    return experiment.task == CLASSES and any(map(_may_show_images, experiment.runs))


def _may_show_images(view: RunView) -> bool:
    """Whether a run shows images, as far as is known: not where it has samples of another kind."""
    return "x" in view.media or "pred" in view.media or TRUTH not in view.media


def _may_name_classes(view: RunView) -> bool:
    """Whether a run says the classes of its images, or records a text of its own as `pred`."""
    return "pred" in view.media or (view.task in ("", CLASSES) and _may_show_images(view))


def _recorded(name: str) -> Callable[[RunView], bool]:
    """Whether a run has recorded a picture, text or value of this name."""
    return lambda view: name in view.media


def _predictions(_: Experiment, view: RunView) -> Content:
    item = view.media.get("pred")
    if item is not None and item.kind == "text":
        return text.text(item, view.record.body(item.id))
    return text.predictions(view)


COMPARE_WINDOWS: dict[str, CompareWindow] = {
    "answer": CompareWindow(
        "the answer", 1350, 110,
        (METRIC, "test_accuracy", "test_loss", "train_loss", "signal", STATE),
        "what the experiment says so far, in words: which settings lead, by how much, and whether "
        "that is *real* or *undecided* after so many seeds; what does not learn; how far the "
        "plan is",
        section="", every_s=2.0, live=True, always=True, draw=answer,
    ),
    "train_loss": CompareWindow(
        "train loss", 560, 340, ("train_loss", STATE),
        "every run at every step: the mean of short stretches over their min–max band; log or "
        "linear; a click on a legend entry hides, a double click isolates",
        draw=overlays.train_loss,
    ),
    "test_accuracy": CompareWindow(
        "test accuracy", 390, 340, ("test_accuracy", STATE),
        "one point per evaluation; with several seeds the mean of each group and its band",
        draw=lambda e: overlays.evaluations(e, "test_accuracy", "test accuracy", loss=False),
        helps=_has(CLASSES),
    ),
    "test_mae": CompareWindow(
        "test MAE", 390, 340, ("test_mae", STATE),
        "of a regression: mean absolute error in the target's own units, a point per evaluation",
        draw=lambda e: overlays.evaluations(
            e, "test_mae", "test MAE", loss=False, quantity="number"
        ),
        helps=_has(REGRESSION),
    ),
    "test_f1": CompareWindow(
        "test F1", 390, 340, ("test_f1", STATE),
        "of labels: F1 over all labels together, a point per evaluation",
        draw=lambda e: overlays.evaluations(e, "test_f1", "test F1", loss=False),
        helps=_has(LABELS),
    ),
    "accuracy_grid": CompareWindow(
        "{kind} grid", 380, 340, (METRIC, STATE),
        "the newest result (test accuracy, or the `--metric`) over the first two settings that "
        "vary (`--grid ROWS COLUMNS` picks others): mean ± std over the seeds, and of more "
        "settings the best choice, with its name; filling in from *queued* through *running* to "
        "*done*; diverged and failed cells are hatched and say so",
        every_s=DRAWN_HERE_S, live=True, draw=accuracy_grid,
    ),
    "leaderboard": CompareWindow(
        "leaderboard", 1350, 400, (METRIC, "test_accuracy", "test_loss", "train_loss", STATE),
        "all runs, the best first, with links to each: place (shared where the 95 % interval of "
        "the difference includes 0), settings, result (± over seeds, with their number), Δ from "
        "the baseline (`--baseline RUN`) with its interval, steps to the `--milestones` (90 % and "
        "95 %), speed, progress, ETA, state with heartbeat, verdict",
        every_s=DRAWN_HERE_S, live=True,
        always=True, draw=leaderboard,
    ),
    "delta": CompareWindow(
        "Δ {metric}", 500, 340, (METRIC, STATE),
        "the metric (test accuracy, where none is named) minus the baseline's at the same step, "
        "seed paired with seed: runs see the same batches, so this is a paired comparison",
        section="More curves", draw=overlays.delta,
    ),
    "forks": CompareWindow(
        "Δ of forks", 500, 340, (METRIC, STATE),
        "the metric of each fork minus its parent's at the same step, from where they part; where "
        "a run was forked",
        section="More curves", draw=forks.window, helps=forks.is_wanted,
    ),
    "test_loss": CompareWindow(
        "test loss", 500, 340, ("test_loss", STATE),
        "one point per evaluation, a true mean per sample; with several seeds the mean of each "
        "group and its band",
        section="More curves",
        draw=lambda e: overlays.evaluations(e, "test_loss", "test loss", loss=True),
    ),
    "lr": CompareWindow(
        "learning rate", 500, 340, (overlays.RATE, STATE),
        "the learning rate of the runs whose `--schedule` changes it",
        section="More curves", draw=overlays.rates,
        helps=lambda e: any(overlays.RATE in view.lines for view in e.runs),
    ),
    "test_r2": CompareWindow(
        "test R²", 500, 340, ("test_r2", STATE),
        "of a regression: the share of the test targets' variance that is explained",
        section="More curves",
        draw=lambda e: overlays.evaluations(
            e, "test_r2", "test R²", loss=False, quantity="number"
        ),
        helps=_has(REGRESSION),
    ),
    "parallel": CompareWindow(
        "settings → result", 1010, 400, (METRIC, STATE),
        "from 24 groups on: an axis for each setting, the metric last, a line for each group; "
        "on our page dragging along an axis leaves the runs within alone",
        section="More curves", every_s=1.0, draw=parallel.parallel, helps=parallel.is_wanted,
    ),
    "importance": CompareWindow(
        "which setting matters", 500, 340, (METRIC, STATE),
        "the share of the results' variance that each setting accounts for, alone and in pairs, "
        "beside what differs between seeds (functional ANOVA); where two settings or more vary",
        section="More curves", every_s=DRAWN_HERE_S, draw=importance.window,
        helps=importance.is_wanted,
    ),
    "settings": CompareWindow(
        "settings", 330, 340, (STATE,),
        "what all runs share, once, and what differs",
        section="Settings", draw=text.settings,
    ),
    "origin": CompareWindow(
        "where it comes from", 670, 340, (STATE,),
        "the command, the versions of Python, torch, visdom and Trainboard, the machine, and the "
        "commit of the code with what was changed since",
        section="Settings", draw=kept.origin, helps=kept.has_origin,
    ),
    "machine": CompareWindow(
        "throughput and machine", 670, 340, (STATE,),
        "images a second of all runs together, and how busy processor, memory and GPUs were, "
        "sampled by the launcher every few seconds",
        section="Settings", every_s=3.0, live=True, draw=machine.machine,
        helps=machine.has_samples,
    ),
    "predictions": CompareWindow(
        "test images the runs disagree about", 1350, 640, (GUESSES,),
        "the test images on which the runs disagree most, with every run's guess and confidence",
        section="What they see", every_s=2.0, past=True, draw=predictions,
        helps=_has_images,
    ),
    "confusion": CompareWindow(
        "what the runs say", 1350, 420, (CONFUSION,),
        "how often each run says each class, and two runs' confusion matrices, or the difference "
        "between them; a click on a cell shows its test images",
        section="What they see", every_s=2.0, past=True, draw=confusion.of_all,
        helps=lambda e: any(map(confusion.has_counts, e.runs)),
    ),
    "signal": CompareWindow(
        "signal: inside the layers", 1350, 460, ("signal", STATE),
        "inside the layers, at step 0 (the value theory expects in brackets) and now: spread of "
        "pre-activations, gradients, update sizes, dead and saturated units",
        section="Inside the layers", every_s=2.0, past=True, draw=signal.all_runs,
    ),
}  # fmt: skip

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
        section="What they see", past=True, draw=_images, helps=_may_show_images,
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

WINDOWS: dict[str, dict[str, CompareWindow] | dict[str, RunWindow]] = {
    "compare": COMPARE_WINDOWS,
    "run": RUN_WINDOWS,
}


def compare_windows(experiment: Experiment) -> dict[str, CompareWindow]:
    """The windows of the compare page that this experiment has, with their titles there."""
    metric = experiment.metric
    words = {"{metric}": short(metric.text), "{kind}": short(metric.kind)}

    return {
        name: _titled(window, words)
        for name, window in COMPARE_WINDOWS.items()
        if window.helps(experiment)
    }


def run_windows(view: RunView) -> dict[str, RunWindow]:
    """The windows of the table that this run has, with their titles there."""
    task = view.task or CLASSES
    result = title_of(TASKS[task].metric).removeprefix("test ")
    words = {"{result}": result, "{results}": "accuracies" if task == CLASSES else result}
    return {
        name: _titled(window, words) for name, window in RUN_WINDOWS.items() if window.helps(view)
    }


W = TypeVar("W", bound=Window)


def _titled(window: W, words: Mapping[str, str]) -> W:
    """The window with each place in its title filled."""
    title = window.title
    for place, word in words.items():
        title = title.replace(place, word)
    return window if title == window.title else replace(window, title=title)


def windows_table() -> str:
    """The windows with what they show as Markdown: the compare page, then a run's own."""
    pages = {"compare": "the compare page", "run": "a run's own page"}
    parts = []
    for page, windows in WINDOWS.items():
        rows = [f"| `{name}` | {window.says} |" for name, window in windows.items()]
        parts += [f"| window of {pages[page]} | what it shows |", "|---|---|", *rows, ""]
    return "\n".join(parts)
