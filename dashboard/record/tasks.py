"""TASKS: what data may ask of a network, and by which series the answers are measured.

The names that trainers record under and windows look for; how a series is computed is
`trainers.tables.tasks`. A person's own loop that records under these names gets the same windows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

CLASSES, REGRESSION, LABELS = "classes", "regression", "labels"
TASK = "task"
"""The setting of an experiment that names its task; without one it is what its series say."""


class Task(NamedTuple):
    """metric: the series that runs are compared by where nobody says another.

    others: further series of each evaluation. train: the series of the training part.
    """

    metric: str
    train: str
    others: tuple[str, ...] = ()

    @property
    def evaluated(self) -> tuple[str, ...]:
        """All series of a run that it can be compared by."""
        return (self.metric, *self.others, "test_loss", self.train, "train_loss")


TASKS: dict[str, Task] = {
    CLASSES: Task("test_accuracy", "train_accuracy"),
    LABELS: Task("test_f1", "train_f1"),
    REGRESSION: Task("test_mae", "train_mae", ("test_r2",)),
}


def task_named(settings: Mapping[str, Any]) -> str:
    """The task that an experiment's settings name; empty where they name none."""
    name = settings.get(TASK)
    return name if isinstance(name, str) and name in TASKS else ""


def evaluated(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The series that runs of an experiment with these settings have, whenever they come."""
    return TASKS[task_named(settings) or CLASSES].evaluated


TRUTH = "truth"
"""Under this name a run records what it says of test samples beside what is true: a JSON object
with `true` and `said`, a row for each sample. Of regression the rows are numbers, one for each
name in `names`, for any number of samples; of labels 0 or 1 for each name."""
TEXTS = "texts"
"""The same samples as texts, a JSON list: where they are texts, or can be read as such."""
COUNTS = "label_counts"
"""Of labels: for each name [rightly said, said without being true, true without being said]."""
NAMES = "names"
"""The names of the classes, labels or targets, a JSON list: where no image says them."""
