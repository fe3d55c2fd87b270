"""Decides which runs are compared, and where: ended ones by what they came to; while runs train, at
the last evaluation that enough of them have reached.

Of groups, seeds and statistics it knows nothing: those are `dashboard.runs.standing`'s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.record.states import SHORT, WRONG
from dashboard.runs.run_view import RunView

DIGITS = 6  # of a share, so that evaluations at the same place of two plans meet


@dataclass(frozen=True)
class Cut:
    """Where the runs are compared.

    share: of each run's own steps, in (0, 1]; 1 is the end, None the newest value of whatever there
    is. step: the same in steps, where all runs have as many. runs of `of` have come that far.
    """

    share: float | None
    step: int | None
    runs: int
    of: int

    @property
    def whole(self) -> bool:
        """Whether every run is compared by its end."""
        return self.share == 1.0 and self.runs == self.of


def compared_runs(runs: Sequence[RunView], series: str) -> list[RunView]:
    """The runs that are well and have a value; stopped ones only where there are no others."""
    well = [view for view in runs if view.state not in WRONG and _has_value(view, series)]
    through = [view for view in well if view.state not in SHORT]
    return through or well


def cut_of(runs: Sequence[RunView], of: int, series: str) -> Cut:
    """The last evaluation that at least half of the runs, and two of them, have reached."""
    if all(view.state == "done" for view in runs):
        return Cut(1.0, None, len(runs), of)
    if not all(view.total_steps for view in runs):
        return Cut(None, None, len(runs), of)
    shares, counts = np.unique(
        np.concatenate([_shares(view, series) for view in runs]), return_counts=True
    )
    enough = max(min(2, len(runs)), math.ceil(len(runs) / 2))
    places = np.nonzero(counts >= enough)[0]
    if not len(places):
        return Cut(None, None, len(runs), of)
    share = float(shares[places[-1]])
    totals = {view.total_steps for view in runs}
    step = round(share * totals.pop()) if len(totals) == 1 else None
    return Cut(share, step, int(counts[places[-1]]), of)


def _shares(view: RunView, series: str) -> np.ndarray:
    """How far the run was at each of its evaluations, as shares of its steps."""
    steps, _ = view.lines[series].means()
    shares = np.round(steps / view.total_steps, DIGITS)
    return np.unique([*shares, 1.0] if view.state == "done" else shares)


def _has_value(view: RunView, series: str) -> bool:
    line = view.lines.get(series)
    return line is not None and line.last_finite() is not None


def result_at(view: RunView, series: str, share: float | None) -> float | None:
    """The run's value at the cut; None where it has not come that far, or it is no number."""
    if share is None or (share == 1.0 and view.state == "done"):
        result = view.result(series)
        return result if result is not None and math.isfinite(result) else None
    if not view.total_steps:
        return None
    steps, values = view.lines[series].means()
    (there,) = np.nonzero(np.round(steps / view.total_steps, DIGITS) == share)
    return float(values[there[-1]]) if len(there) else None
