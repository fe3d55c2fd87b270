"""Gathers what a verdict is made from: the recorded numbers of each run.

Takes numbers out of an experiment's lines and judges nothing; the rules are
`dashboard.runs.verdict`.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from dashboard.runs.experiment import Experiment
from dashboard.runs.forecast import Forecast, forecast
from dashboard.runs.run_view import RunView

SIGNAL = "signal"
"""The topic of every series named `signal/<quantity>/<layer>`."""
WHOLE = "all"
"""The layer name of quantities that belong to the whole model."""
CLASSES = 10  # where a run has not said how many classes there are

Signals = Mapping[str, Mapping[str, float]]
"""quantity -> layer -> value, the layers in forward order."""
Curve = list[tuple[int, float]]
"""(step, value) of every evaluation, in order."""


@dataclass(frozen=True)
class Facts:
    """One run's numbers. Every field is in the record or follows from it.

    first, now: the statistics at step 0 and at the last evaluation (`trainers/measure/signal.py`).
    accuracy: the test accuracy at every evaluation, in [0, 1].
    bad_loss: (step, value) of the first training loss that was not finite.
    best_peer: the best accuracy that any run of its own experiment had at or before this run's last
    evaluation; NaN where there is none.
    forecast: the newest one; None where there is none.
    """

    first: Signals = field(default_factory=dict)
    now: Signals = field(default_factory=dict)
    accuracy: Curve = field(default_factory=list)
    bad_loss: tuple[int, float] | None = None
    total_steps: int = 0
    ended: bool = False
    classes: int = CLASSES
    noisy: bool = False  # dropout: units that begin equal do not stay so
    best_peer: float = math.nan
    forecast: Forecast | None = None

    @property
    def step(self) -> int:
        """The step of the last evaluation."""
        return self.accuracy[-1][0] if self.accuracy else 0

    @property
    def score(self) -> float:
        """The last test accuracy; NaN before the first."""
        return self.accuracy[-1][1] if self.accuracy else math.nan

    @property
    def chance(self) -> float:
        """The accuracy of guessing one class for all images, where classes are equally many."""
        return 1 / self.classes

    def whole(self, quantity: str) -> float:
        """A step-0 quantity of the whole model; NaN where it was not recorded."""
        return self.first.get(quantity, {}).get(WHOLE, math.nan)


def gather_facts(experiment: Experiment) -> list[Facts]:
    """Gather every run's facts, in the order of `experiment.runs`. Hold the experiment's lock."""
    curves = [_curve(view) for view in experiment.runs]
    points: dict[str, Curve] = {}
    for view, curve in zip(experiment.runs, curves, strict=True):
        points.setdefault(view.experiment, []).extend(curve)
    best = {name: _best_until(some) for name, some in points.items()}
    return [
        _facts_of(view, curve, _last_until(best[view.experiment], curve))
        for view, curve in zip(experiment.runs, curves, strict=True)
    ]


def signals(view: RunView, *, first: bool = False) -> dict[str, dict[str, float]]:
    """quantity -> layer -> the last value recorded, or with `first` the first one."""
    values: dict[str, dict[str, float]] = {}
    for name, line in view.lines.items():
        topic, _, rest = name.partition("/")
        if topic == SIGNAL and line.count:
            quantity, _, layer = rest.partition("/")
            value = line.first_value if first else line.last_value
            values.setdefault(quantity, {})[layer] = value
    return values


def _facts_of(view: RunView, curve: Curve, best_peer: float) -> Facts:
    loss = view.lines.get("train_loss")
    images = view.media.get("x")
    classes = images.details.get("classes") if images else None
    dropout = view.config.get("dropout")
    return Facts(
        first=signals(view, first=True),
        now=signals(view),
        accuracy=curve,
        bad_loss=loss.bad[0] if loss and loss.bad else None,
        total_steps=view.total_steps,
        ended=view.ended,
        classes=(len(classes) if isinstance(classes, list) else 0) or CLASSES,
        noisy=any(dropout) if isinstance(dropout, list) else bool(dropout),
        best_peer=best_peer,
        forecast=forecast(view),
    )


def _best_until(points: Curve) -> Curve:
    """The best value at or before each point's step, in the order of the steps."""
    points = sorted(points)
    return list(zip((s for s, _ in points), accumulate((v for _, v in points), max), strict=True))


def _last_until(best: Curve, curve: Curve) -> float:
    """The value of `best` at the end of the curve; NaN where that has no point."""
    if not curve:
        return math.nan
    return best[bisect_right(best, curve[-1][0], key=lambda point: point[0]) - 1][1]


def _curve(view: RunView) -> Curve:
    line = view.lines.get("test_accuracy")
    if line is None:
        return []
    steps, values = line.drawn()
    return [(int(step), float(value)) for step, value in zip(steps, values, strict=True)]
