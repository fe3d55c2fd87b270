"""Which end of a series is the better one, by its name; and what a person may say of that.

Knows no runs; what is compared by which series is `dashboard.runs.metric`'s.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

from dashboard.errors import UserError

MAX, MIN = "max", "min"
GOALS = (MAX, MIN)
GOAL_OF_WORD = {
    "accuracy": MAX, "acc": MAX, "f1": MAX, "r2": MAX, "loss": MIN, "error": MIN, "mae": MIN,
}  # fmt: skip
"""The goal that a name's last word means; any other must be said."""
HELD_OUT = frozenset({"val", "valid", "validation", "eval", "test"})
"""Words for the data that a network is not trained on."""
ASIDE = HELD_OUT | {"train", "training", "epoch", "step"}
"""Words that may stand behind that word: `Loss/test`, `val_loss_epoch`."""
MOST_MILESTONES = 6
EXPECTED = "expected"
"""The name under which a run's record keeps, as JSON details, what the run is compared by."""


class GoalError(UserError):
    """The goal is not known, or a milestone is no number; the message is one sentence."""


def words_of(name: str) -> list[str]:
    """The words of a series' name, in small letters."""
    return [word for word in re.split(r"[/\-. _]+", name.lower()) if word]


def goal_of(name: str) -> str | None:
    """The goal that the name itself says; None where it says none."""
    words = words_of(name)
    while len(words) > 1 and words[-1] in ASIDE:
        words.pop()
    return GOAL_OF_WORD.get(words[-1]) if words else None


def checked_goal(metric: str, goal: Any, how: str = "add goal='max' or goal='min'") -> str:
    """The goal that was said, else that of the name. Raises GoalError with `how` to say it."""
    if goal is not None and goal not in GOALS:
        raise GoalError(f"a goal is 'max' or 'min', not {goal!r}")
    goal = goal or goal_of(metric)
    if goal is None:
        raise GoalError(f"{metric} does not say whether more of it is better: {how}")
    return str(goal)


def checked_milestones(marks: Sequence[Any]) -> list[float]:
    """The milestones, each once. Raises GoalError."""
    for mark in marks:
        real = isinstance(mark, int | float) and not isinstance(mark, bool)
        if not (real and abs(mark) < sys.float_info.max):
            raise GoalError(f"a milestone is a finite number, not {mark!r}")
    distinct = list(dict.fromkeys(map(float, marks)))
    if len(distinct) > MOST_MILESTONES:
        raise GoalError(f"at most {MOST_MILESTONES} milestones are noted, not {len(distinct)}")
    return distinct
