"""The results that every table shows of a run: the metric, then the others, each with what the
source of the experiment's recipe published of it.

Says which they are and how they are called; the numbers are taken from the runs by whoever shows
them.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.record.goal import goal_of
from dashboard.record.tasks import TASKS
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import LOSSES, title_of
from dashboard.runs.once import once_known

SHOWN = (*(name for task in TASKS.values() for name in (task.metric, *task.others)), *LOSSES)
HELP = {
    "test_mae": "Mean absolute error over all test samples, in the target's own units, at the "
    "newest evaluation; of several targets the mean.",
    "test_r2": "R²: share of the test targets' variance that is explained; 0 is as good as saying "
    "their mean always, 1 is perfect.",
    "test_f1": "F1 over all test samples and labels together: 2 × rightly said / (said + true), in "
    "[0, 1].",
    "test_accuracy": "Share of the test samples that are right, in [0, 1], at the newest "
    "evaluation.",
    "train_accuracy": "Share of the training samples of the epoch that were right when they were "
    "trained on, in [0, 1].",
    "test_loss": "Mean loss over all test samples at the newest evaluation.",
    "train_loss": "Mean loss of the newest whole epoch's batches, as the notes print it; where "
    "epochs are not known, the loss of the newest batch.",
}


@dataclass(frozen=True)
class Measure:
    """A series as a column. title: its head. says: what the number is. published: or None.

    goal: "max" or "min", which end is the better one; None where its name does not say.
    """

    series: str
    title: str
    says: str
    goal: str | None
    published: float | None = None


@once_known
def measures(experiment: Experiment) -> list[Measure]:
    """The metric first; then the usual results and the published ones, where runs have them.

    Hold the experiment's lock.
    """
    metric, series = experiment.metric, experiment.series()
    published_values = experiment.published()
    always = () if experiment.own_loop else (TASKS[experiment.task].metric, *LOSSES)
    usual = [name for name in SHOWN if name in series or name in always]
    others = [*usual, *(name for name in published_values if name in series)]
    return [
        Measure(
            name,
            title_of(name),
            HELP.get(name, f"The newest value of {name}."),
            metric.goal if name == metric.name else goal_of(name),
            published_values.get(name),
        )
        for name in dict.fromkeys([metric.name, *others])
    ]
