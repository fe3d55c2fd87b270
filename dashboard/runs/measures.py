"""The results that every table shows of a run: the metric, then the others, each with what the
source of the experiment's recipe published of it.

Says which they are and how they are called; the numbers are taken from the runs by whoever shows
them.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.record.goal import goal_of
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import USUAL, title_of

HELP = {
    "test_accuracy": "Share of the test images that are right, in [0, 1], at the newest "
    "evaluation.",
    "train_accuracy": "Share of the training images of the epoch that were right when they were "
    "trained on, in [0, 1].",
    "test_loss": "Mean loss over all test images at the newest evaluation.",
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


def measures(experiment: Experiment) -> list[Measure]:
    """The metric first; then the usual results and the published ones, where runs have them."""
    metric, published, recorded = experiment.metric, experiment.published(), experiment.series()
    usual = [name for name in USUAL if name in recorded or not experiment.own_loop]
    others = [*usual, *(name for name in published if name in recorded)]
    return [
        Measure(
            name,
            title_of(name),
            HELP.get(name, f"The newest value of {name}."),
            metric.goal if name == metric.name else goal_of(name),
            published.get(name),
        )
        for name in dict.fromkeys([metric.name, *others])
    ]
