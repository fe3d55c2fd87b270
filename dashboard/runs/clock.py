"""A run's own clock: how many seconds it had trained when it had done a step.

Time in which a run was not there (it was stopped, and resumed days later) does not count. Reads no
record and no clock of this machine.
"""

from __future__ import annotations

import numpy as np

AWAY_S = 20.0
"""No sign for so long, and for AWAY_TIMES as long as usual: nobody trained meanwhile."""
AWAY_TIMES = 20.0

FARTHEST_STEP = 2.0**53
"""Beyond it a float does not tell one step from the next; a foreign record may hold anything."""


def trained(
    steps: np.ndarray, times_s: np.ndarray, started_s: float | None, most: int = 64
) -> list[tuple[int, float]]:
    """At most `most` pairs of (step, seconds trained until it was done), both growing.

    steps, times_s: (N,) points of a line in order, times in seconds since 1970. started_s: when the
    run began; None, or later than the first point: the first point counts as the beginning.
    """
    valid = np.isfinite(times_s) & (np.abs(steps) < FARTHEST_STEP)
    steps, times_s = steps[valid], times_s[valid]
    if len(steps) == 0:
        return []
    ahead = np.concatenate([[True], steps[1:] > np.maximum.accumulate(steps)[:-1]])
    steps, times_s = steps[ahead], times_s[ahead]
    begin_s = times_s[0] if started_s is None else min(started_s, times_s[0])
    passed_s = np.maximum(0.0, np.diff(times_s, prepend=begin_s))
    pace_s = passed_s / np.maximum(1.0, np.diff(steps, prepend=0.0))
    usual_s = float(np.median(pace_s))
    away = (passed_s > AWAY_S) & (pace_s > AWAY_TIMES * usual_s)
    away[0] = False  # before its first point a run may well prepare for long
    passed_s = np.where(away, usual_s, passed_s)
    every = -(-len(steps) // most)
    places = np.arange(len(steps) - 1, -1, -every)[::-1]
    return list(
        zip(steps[places].astype(int).tolist(), passed_s.cumsum()[places].tolist(), strict=True)
    )
