"""The metric: the series by which runs are compared, and whether more of it is better or less.

A plain value with its words; which one an experiment has is `dashboard.runs.chosen_metric`.
Knows nothing of runs, records or pages.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from dashboard.record.goal import (
    HELD_OUT,
    MAX,
    MIN,
    GoalError,
    checked_goal,
    checked_milestones,
    goal_of,
    words_of,
)
from dashboard.record.tasks import CLASSES, TASKS

SHARE_MILESTONES = (0.90, 0.95)
LOSSES = ("test_loss", "train_loss")
USUAL = (*(task.metric for task in TASKS.values()), *LOSSES)
"""What runs are compared by where nobody says: the first of these that any run has."""
WORDS = {"mae": "MAE", "f1": "F1", "r2": "R²"}
"""Parts of a series' name that are written in another way."""


@dataclass(frozen=True)
class Metric:
    """A series to compare by.

    goal: "max" or "min". share: whether its values are shares in [0, 1], as accuracies are.
    """

    name: str
    goal: str = MAX
    share: bool = False

    @property
    def text(self) -> str:
        """Its name as a person reads it."""
        return read_as(self.name)

    @property
    def title(self) -> str:
        """The same, short enough for the head of a column."""
        return title_of(self.name)

    @property
    def kind(self) -> str:
        """What stands before the word "grid": "accuracy", or the whole name."""
        return "accuracy" if self.name == USUAL[0] else self.text

    def signed(self, value: float) -> float:
        """The value turned so that more is better."""
        return value if self.goal == MAX else -value

    def better(self, one: float, other: float) -> bool:
        """Whether the one value beats the other."""
        return self.signed(one) > self.signed(other)

    def best(self, values: Iterable[float]) -> float | None:
        """The best of the finite values; None where there is none."""
        return max(filter(math.isfinite, values), key=self.signed, default=None)

    def reached(self, value: float, mark: float) -> bool:
        """Whether the value is at least as good as the mark."""
        return self.signed(value) >= self.signed(mark)

    def mark(self, mark: float) -> str:
        """A milestone in words: a share in percent, any other as it is."""
        return f"{mark:.4g}" if not self.share else f"{100 * mark:.4g}%"

    def milestones(self) -> tuple[float, ...]:
        """The milestones where nobody names any: of shares alone it is known what is good."""
        return SHARE_MILESTONES if self.share and self.goal == MAX else ()

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "text": self.text, "goal": self.goal, "share": self.share}


ACCURACY = Metric(USUAL[0], MAX, share=True)
TEST_LOSS = Metric("test_loss", MIN)


def number(value: float | None) -> str:
    """A result: four digits after the point, or four significant ones where those say too little.

    An en dash when there is none.
    """
    if value is None:
        return "–"
    size = abs(value)
    plain = size == 0 or 1e-3 <= size < 100 or not math.isfinite(value)
    return f"{value:.4f}" if plain else f"{value:,.4g}"


def plus_minus(mean: float, std: float) -> str:
    """What follows a mean: as many digits as it has, unless they would say 0."""
    text = number(mean)
    digits = len(text.partition(".")[2]) if "e" not in text else 0
    same = f"{std:.{digits}f}"
    return f"± {same if digits and float(same) else number(std)}"


def difference(value: float) -> str:
    """A difference of two results, with its sign."""
    text = number(value)
    return text.replace("-", "−") if text.startswith("-") else f"+{text}"


def read_as(series: str) -> str:
    """A series as a person reads it."""
    return " ".join(WORDS.get(word, word) for word in series.split("_"))


def title_of(series: str) -> str:
    """A series in the head of a column."""
    return read_as(series).replace("accuracy", "acc.")


def metric_of(name: str, goal: str | None, ends: Iterable[float] = ()) -> Metric:
    """The metric of this name. goal: None goes by the name, else "max".

    ends: lowest and highest values there are; an accuracy beyond 1 is one in percent, no share.
    """
    goal = goal or goal_of(name) or MAX
    share = goal == MAX == goal_of(name) and all(0 <= value <= 1 for value in ends)
    return Metric(name, goal, share)


def usual(series: Collection[str], task: str = CLASSES) -> str:
    """The name of the metric where nobody says one; of a task before there is any series.

    Whoever has none of the usual names may have a result on held-out data under another, as
    `val_acc` or `Loss/test`: rather that than the loss of the training.
    """
    held_out = min((name for name in series if _is_held_out(name)), key=_accuracy_first, default="")
    names = (*USUAL[:-1], *filter(None, [held_out]), USUAL[-1])
    return next((name for name in names if name in series), TASKS[task].metric)


def _is_held_out(name: str) -> bool:
    return goal_of(name) is not None and not HELD_OUT.isdisjoint(words_of(name))


def _accuracy_first(name: str) -> tuple[bool, str]:
    return goal_of(name) == MIN, name


def said_in(settings: Iterable[Mapping[str, Any]], series: Collection[str]) -> Said | None:
    """What the runs themselves say, as {"metric": "rmse", "goal": "min"}: all that say it agree.

    series: those there are; a setting that happens to be called metric names none of them.
    """
    names = set(series)
    candidates = [each for each in settings if isinstance(each.get("metric"), str)]
    choices = {_said(each) for each in candidates if each["metric"] in names} - {None}
    return choices.pop() if len(choices) == 1 else None


class Said(NamedTuple):
    """What is said of the metric. milestones: None where nothing is said of them."""

    name: str
    goal: str
    milestones: tuple[float, ...] | None = None


def _said(settings: Mapping[str, Any]) -> Said | None:
    try:
        goal = checked_goal(settings["metric"], settings.get("goal"))
        marks = settings.get("milestones")
        return Said(settings["metric"], goal, None if marks is None else _marks(marks))
    except GoalError:
        return None


def _marks(marks: Any) -> tuple[float, ...]:
    return tuple(checked_milestones(marks if isinstance(marks, list) else [marks]))
