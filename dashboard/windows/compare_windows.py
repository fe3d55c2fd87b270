"""Declares every named window of the compare page once, in COMPARE_WINDOWS.

Adding a window is adding an entry; the board creates it, redraws it when a topic it reads changes,
and the tests find it. Sizes are in pixels of the page; windows are packed in the table's order.
Draws nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable

from dashboard.record.tasks import CLASSES, LABELS, REGRESSION, TASKS
from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import CONFUSION
from dashboard.runs.run_view import STATE
from dashboard.windows import (
    confusion,
    forks,
    importance,
    kept,
    machine,
    overlays,
    parallel,
    signal,
    text,
)
from dashboard.windows.accuracy_grid import accuracy_grid
from dashboard.windows.answer import answer
from dashboard.windows.leaderboard import leaderboard
from dashboard.windows.predictions import GUESSES, predictions
from dashboard.windows.run_windows import may_show_images
from dashboard.windows.style import short
from dashboard.windows.window import METRIC, CompareWindow, titled

# Our page draws these windows itself, from the answer's model; Visdom's page sees them so often.
DRAWN_HERE_S = 3.0


def _has(task: str) -> Callable[[Experiment], bool]:
    """Whether an experiment is of this task, or has its results all the same."""
    return lambda experiment: experiment.task == task or TASKS[task].metric in experiment.series()


def _has_images(experiment: Experiment) -> bool:
    """Whether any run may show its test images."""
    return experiment.task == CLASSES and any(map(may_show_images, experiment.runs))


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


def compare_windows(experiment: Experiment) -> dict[str, CompareWindow]:
    """The windows of the compare page that this experiment has, with their titles there."""
    metric = experiment.metric
    words = {"{metric}": short(metric.text), "{kind}": short(metric.kind)}

    return {
        name: titled(window, words)
        for name, window in COMPARE_WINDOWS.items()
        if window.helps(experiment)
    }
