"""Words what the forecasts say, with their own record: how many of them came true so far.

Makes sentences for the answer and a run's card; forecasts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.runs.forecast import forecast
from dashboard.runs.forecast_record import Tally, forecast_record, learned
from dashboard.runs.run_view import RunView

WHEN = {0: "at step 0"}


def when(stage: int) -> str:
    """When a forecast of this stage is made, in words."""
    return WHEN.get(stage, f"after {stage} % of the steps")


def _when_any(stages: Sequence[int]) -> str:
    """When forecasts of these stages are made: "at step 0 and after 2 and 5 % of the steps"."""
    first = [WHEN[stage] for stage in stages if stage in WHEN]
    later = [str(stage) for stage in stages if stage not in WHEN]
    return " and ".join([*first, *([f"after {_listed(later)} % of the steps"] if later else [])])


def record_sentence(views: Sequence[RunView]) -> str:
    """How often the forecasts of the ended runs came true; empty where none can be checked."""
    tallies = forecast_record(views)
    same: dict[tuple[int, int], list[int]] = {}  # what stages share is said once
    for stage, tally in tallies.items():
        same.setdefault((tally.right, tally.of), []).append(stage)
    parts = [f"{right} of {of} {_when_any(stages)}" for (right, of), stages in same.items()]
    return f"Forecasts came true in {_listed(parts)}." if parts else ""


def forecast_sentence(view: RunView, tallies: Mapping[int, Tally]) -> str:
    """A run's newest forecast, what it is made from and how such forecasts did; or empty."""
    last = forecast(view)
    if last is None:
        return ""
    truth = learned(view)
    says = (
        "hopeless" if last.hopeless else "it learns" if last.probability >= 0.5 else "it may learn"
    )
    came = "" if truth is None else ": it came true" if last.hopeless != truth else ": it was wrong"
    tally = tallies.get(last.stage)
    right = f" Forecasts {when(last.stage)} were {tally.text}." if tally else ""
    return (
        f"Forecast {when(last.stage)}: {says}, {last.confidence:.0%} sure{came} "
        f"({last.evidence}).{right}"
    )


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
