"""Counts how often the forecasts of an experiment came true: its own record, from its ended runs.

A pure function of the record. A run that was stopped, pruned or failed shows nothing of what would
have become of it, so it does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboard.runs.forecast import STAGES, forecasts
from dashboard.runs.run_view import RunView
from dashboard.runs.thresholds import LEARNED


@dataclass(frozen=True)
class Tally:
    """right of `of` forecasts came true."""

    right: int = 0
    of: int = 0

    @property
    def text(self) -> str:
        return f"right in {self.right} of {self.of} so far"


def learned(view: RunView) -> bool | None:
    """Whether an ended run learned; None where that cannot be told."""
    if view.state == "diverged":
        return False
    accuracy = view.latest("test_accuracy")
    if view.state != "done" or accuracy is None:
        return None
    return accuracy >= LEARNED


def forecast_record(views: Iterable[RunView]) -> Mapping[int, Tally]:
    """Stage -> how its forecasts did, for the stages of which any forecast can be checked."""
    right: dict[int, int] = {}
    of: dict[int, int] = {}
    for view in views:
        truth = learned(view)
        for forecast in forecasts(view) if truth is not None else ():
            of[forecast.stage] = of.get(forecast.stage, 0) + 1
            right[forecast.stage] = right.get(forecast.stage, 0) + (forecast.hopeless != truth)
    return {stage: Tally(right[stage], of[stage]) for stage in STAGES if stage in of}
