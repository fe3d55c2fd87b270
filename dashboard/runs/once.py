"""Keeps what was derived from all runs of an experiment until something new is known of it.

Each page of a run asks for it again, so that without this 300 pages would judge 300 runs each.
What is derived, and how, is its own module's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from dashboard.runs.experiment import Experiment
from dashboard.runs.request import ComparisonRequest
from dashboard.runs.run_view import RunView

Derived = TypeVar("Derived")
_State = tuple[int, ComparisonRequest, list[RunView]]
"""What an answer depends on; the list itself, for a joint experiment makes its views anew."""


def once_known(derive: Callable[[Experiment], Derived]) -> Callable[[Experiment], Derived]:
    """Make `derive`, a pure function of an experiment, answer anew only when its answer may differ.

    Hold the experiment's lock. What it returns is shared: nobody may change it.
    """
    answers: WeakKeyDictionary[Experiment, tuple[_State, Derived]] = WeakKeyDictionary()

    @wraps(derive)
    def derived(experiment: Experiment) -> Derived:
        version, request, runs = experiment.version, experiment.request, experiment.runs
        last = answers.get(experiment)
        if last and last[0][:2] == (version, request) and last[0][2] is runs:
            return last[1]
        answers[experiment] = (version, request, runs), derive(experiment)
        return answers[experiment][1]

    return derived
