"""The metric: the series by which runs are compared, and whether more of it is better or less.

A plain value with its words; which one an experiment has is decided in `dashboard.runs.experiment`.
Knows nothing of runs, records or pages.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX, MIN = "max", "min"
GOALS = (MAX, MIN)
SHARE_MILESTONES = (0.90, 0.95)
USUAL = ("test_accuracy", "test_loss", "train_loss")
"""What runs are compared by where nobody says: the first of these that any run has."""
GOAL_OF_WORD = {"accuracy": MAX, "acc": MAX, "acc.": MAX, "loss": MIN, "error": MIN}
"""The goal that a name's last word means; any other must be said."""


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
        return self.name.replace("_", " ")

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
        return f"{mark:.4g}" if not self.share else f"{100 * mark:.4g} %"

    def milestones(self) -> tuple[float, ...]:
        """The milestones where nobody names any: of shares alone it is known what is good."""
        return SHARE_MILESTONES if self.share and self.goal == MAX else ()

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "text": self.text, "goal": self.goal, "share": self.share}


ACCURACY = Metric(USUAL[0], MAX, share=True)


def number(value: float | None) -> str:
    """A result: four digits after the point, or four significant ones where those say too little.

    An en dash when there is none.
    """
    if value is None:
        return "–"
    size = abs(value)
    plain = size == 0 or 1e-3 <= size < 100 or not math.isfinite(value)
    return f"{value:.4f}" if plain else f"{value:,.4g}"


def difference(value: float) -> str:
    """A difference of two results, with its sign."""
    text = number(value)
    return text.replace("-", "−") if text.startswith("-") else f"+{text}"


def title_of(series: str) -> str:
    """A series in the head of a column."""
    return series.replace("_", " ").replace("accuracy", "acc.")


def goal_of(name: str) -> str | None:
    """The goal that the name itself says; None where it says none."""
    words = name.replace("/", "_").replace("-", "_").replace(" ", "_").lower().split("_")
    return GOAL_OF_WORD.get(words[-1])


def metric_of(name: str, goal: str | None, ends: Iterable[float] = ()) -> Metric:
    """The metric of this name. goal: None goes by the name, else "max".

    ends: lowest and highest values there are; an accuracy beyond 1 is one in percent, no share.
    """
    goal = goal or goal_of(name) or MAX
    share = goal == MAX == goal_of(name) and all(0 <= value <= 1 for value in ends)
    return Metric(name, goal, share)


def usual(series: Collection[str]) -> str:
    """The name of the metric where nobody says one."""
    return next((name for name in USUAL if name in series), USUAL[0])


def said_in(configs: Sequence[Mapping[str, Any]]) -> tuple[str, str] | None:
    """The metric and goal that the runs' own settings name, as {"metric": "rmse", "goal": "min"}.

    Only where all that say it agree, and say both: `metric` alone may be anything.
    """
    said = {
        (config["metric"], config["goal"])
        for config in configs
        if isinstance(config.get("metric"), str) and config.get("goal") in GOALS
    }
    return said.pop() if len(said) == 1 else None
