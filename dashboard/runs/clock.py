"""A run's own clock: how many seconds it had trained when it had done a step.

Keeps a bounded number of points however long a run is. Time in which a run was not there (it was
stopped and resumed days later) does not count. It reads no record and no clock of this machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

CAPACITY = 64
AWAY_S = 20.0
"""No sign for so long, and for AWAY_TIMES as long as a step takes: nobody trained meanwhile."""
AWAY_TIMES = 50.0


@dataclass
class Clock:
    """Grows by `add`; `points` is what is kept of it, each (step, seconds trained)."""

    points: list[tuple[int, float]] = field(default_factory=list)
    started_s: float | None = None
    _last: tuple[int, float] | None = None
    _trained_s: float = 0.0
    _every: int = 1
    _since: int = 0

    def add(self, steps: Sequence[int], times_s: Sequence[float]) -> None:
        """Take in points in the order they were recorded; what goes back in steps is left out."""
        for step, time_s in zip(steps, times_s, strict=True):
            self._add(int(step), float(time_s))

    def _add(self, step: int, time_s: float) -> None:
        last_step, last_s = self._last or (0, time_s if self.started_s is None else self.started_s)
        if self._last is not None and step <= last_step:
            return
        passed_s = max(0.0, time_s - last_s)
        pace_s = self._trained_s / last_step if last_step > 0 else 0.0
        usual_s = pace_s * (step - last_step)
        if passed_s > AWAY_S and self._last is not None and passed_s > AWAY_TIMES * usual_s:
            passed_s = usual_s
        self._trained_s += passed_s
        self._last = (step, time_s)
        self._keep(step)

    def _keep(self, step: int) -> None:
        """The newest point is always there; of the others every second goes when they are many."""
        here = (step, self._trained_s)
        if self.points and self._since < self._every - 1:
            self.points[-1] = here
            self._since += 1
            return
        self.points.append(here)
        self._since = 0
        if len(self.points) > CAPACITY:
            self.points[:-1] = self.points[:-1:2]
            self._every *= 2
