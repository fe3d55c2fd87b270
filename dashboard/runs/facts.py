"""Gathers what a verdict is made from: the recorded numbers of each run.

Takes numbers out of an experiment's lines and judges nothing; the rules are
`dashboard.runs.verdict`.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, cast

from dashboard.record.tasks import CLASSES as CLASSES_TASK
from dashboard.runs.comparison import SEED
from dashboard.runs.experiment import Experiment
from dashboard.runs.forecast import Forecast, forecast
from dashboard.runs.metric import ACCURACY, TEST_LOSS, Metric
from dashboard.runs.run_view import RunView

SIGNAL = "signal"
FACTS = "facts"  # under this name a run remembers them
"""The topic of every series named `signal/<quantity>/<layer>`."""
WHOLE = "all"
"""The layer name of quantities that belong to the whole model."""
CLASSES = 10  # where a run has not said how many classes there are

MODEL, CONFUSION = "model", "confusion"
"""What the trainer records once of the layers, and at every evaluation of the test images."""

Signals = Mapping[str, Mapping[str, float]]
"""quantity -> layer -> value, the layers in forward order."""
Curve = list[tuple[int, float]]
"""(step, value) of every evaluation, in order."""


class Layer(NamedTuple):
    """A layer with weights before the first step: inputs and outputs of a unit, the weights' std.

    flat: (from, to), outside of which its activation is flat; None on a side where it is not.
    """

    fan_in: int
    fan_out: int
    std: float
    flat: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True)
class Facts:
    """One run's numbers. Every field is in the record or follows from it.

    first, now: the statistics at step 0 and at the last evaluation (`trainers/measure/signal.py`).
    accuracy: the test accuracy at every evaluation, in [0, 1]. explained: where there is none, for
    the targets are no classes, how far the test loss is below that of one answer for all, as a
    share of it.
    bad_loss: (step, value) of the first training loss that was not finite.
    state: one of `dashboard.record.states.STATES`. error: the sentence of a run that failed.
    is_done: whether all its steps are done. settings: its config.
    layers: those with weights, in forward order; empty where they were not recorded.
    confusion: [label][prediction] -> test images at the last evaluation; empty where not recorded.
    class_names: what the classes are called; empty where that was not recorded.
    metric, result: what the runs are compared by, and this run's last (step, value) of it.
    results: the metric at every evaluation.
    best_peer: the best that any run of its own experiment had of the metric at or before this run's
    last value; NaN where there is none. best_gain: how much better that is than the same run's
    first; at least 0. best_reach: `reach` of that run. spread: see `seeds_spread`.
    forecast: the newest one; None where there is none.
    """

    first: Signals = field(default_factory=dict)
    now: Signals = field(default_factory=dict)
    accuracy: Curve = field(default_factory=list)
    explained: Curve = field(default_factory=list)
    bad_loss: tuple[int, float] | None = None
    total_steps: int = 0
    is_done: bool = False
    classes: int = CLASSES
    noisy: bool = False  # dropout: units that begin equal do not stay so
    state: str = "running"
    error: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    layers: Mapping[str, Layer] = field(default_factory=dict)
    confusion: Sequence[Sequence[int]] = ()
    class_names: Sequence[str] = ()
    metric: Metric = ACCURACY
    result: tuple[int, float] | None = None
    results: Curve = field(default_factory=list)
    best_peer: float = math.nan
    best_gain: float = math.nan
    best_reach: float = math.nan
    spread: float = 0.0
    forecast: Forecast | None = None

    @property
    def step(self) -> int:
        """The step of the last evaluation."""
        results = self.accuracy or self.explained
        return results[-1][0] if results else 0

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
    own = [_known_facts(view, experiment.metric) for view in experiment.runs]
    together: dict[str, list[int]] = {}
    for i, view in enumerate(experiment.runs):
        together.setdefault(view.experiment, []).append(i)
    for places in together.values():
        among = _among_peers([own[i] for i in places])
        for i, facts in zip(places, among, strict=True):
            own[i] = facts
    return own


def reach(facts: Facts) -> float:
    """Logits gained for the right classes in all planned steps, at the pace of the first one."""
    return facts.whole("label_growth") * facts.total_steps


def seeds_spread(runs: Sequence[Facts]) -> float:
    """Standard deviation of the metric between runs that differ in nothing but the seed.

    Each group at the last evaluation that all of it has had; the median over the groups, so that
    one group whose seeds now and then diverge does not speak for all. 0 without seeds.
    """
    groups: dict[str, list[Facts]] = {}
    for facts in runs:
        if facts.results:
            settings = {k: v for k, v in facts.settings.items() if k != SEED}
            groups.setdefault(repr(settings), []).append(facts)
    stds = []
    for group in groups.values():
        step = min(facts.results[-1][0] for facts in group)
        values = [_until(facts.results, step) for facts in group]
        if len(values) > 1 and all(map(math.isfinite, values)):
            stds.append(statistics.stdev(values))
    return statistics.median(stds) if stds else 0.0


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


def _known_facts(view: RunView, metric: Metric) -> Facts:
    """What is known of a run changes while it trains, and of a thousand runs few do."""
    state = metric, view.stamps.total()
    known_at, facts = view.memo.get(FACTS, (None, None))
    if known_at != state:
        facts = _facts_of(view, metric)
        view.memo[FACTS] = state, facts
    return cast(Facts, facts)


def _facts_of(view: RunView, metric: Metric) -> Facts:
    """What its own record says of a run."""
    loss = view.lines.get("train_loss")
    names = view.class_names()
    dropout = view.config.get("dropout")
    result, line = view.result(metric.name), view.lines.get(metric.name)
    return Facts(
        first=signals(view, first=True),
        now=signals(view),
        accuracy=_curve(view, ACCURACY),
        explained=_explained(view),
        bad_loss=loss.bad[0] if loss and loss.bad else None,
        total_steps=view.total_steps,
        is_done=view.state == "done",
        classes=len(names) or CLASSES,
        noisy=any(dropout) if isinstance(dropout, list) else bool(dropout),
        state=view.state,
        error=view.error,
        settings=view.config,
        layers=_layers(view),
        confusion=_confusion(view),
        class_names=names,
        metric=metric,
        results=_curve(view, metric),
        result=(line.last_step, result) if line and result is not None else None,
        forecast=forecast(view),
    )


def _among_peers(runs: Sequence[Facts]) -> list[Facts]:
    """The runs of one experiment, each with the best of all at its own last step."""
    points = sorted(
        (step, value, i)
        for i, facts in enumerate(runs)
        for step, value in facts.results
        if math.isfinite(value)
    )
    best: list[tuple[int, float, int]] = []  # the best at or before each point's step
    for step, value, i in points:
        better = not best or runs[i].metric.better(value, best[-1][1])
        best.append((step, value, i) if better else (step, *best[-1][1:]))
    spread = seeds_spread(runs)
    return [_among(facts, runs, best, spread) for facts in runs]


def _among(
    facts: Facts, runs: Sequence[Facts], best: list[tuple[int, float, int]], spread: float
) -> Facts:
    """The facts with what the best of all had by then."""
    last = facts.results[-1][0] if facts.results else -1
    place = bisect_right(best, last, key=lambda point: point[0]) - 1
    if place < 0:
        return facts
    _, value, i = best[place]
    signed = facts.metric.signed
    gain = signed(value) - signed(runs[i].results[0][1])
    return replace(facts, best_peer=value, best_gain=gain, best_reach=reach(runs[i]), spread=spread)


def _explained(view: RunView) -> Curve:
    """How much of the loss of one answer for all is gone; nothing where there are classes."""
    constant = signals(view, first=True).get("constant_loss", {}).get(WHOLE, 0.0)
    if view.task in ("", CLASSES_TASK) or not constant > 0:
        return []
    return [(step, 1 - loss / constant) for step, loss in _curve(view, TEST_LOSS)]


def _layers(view: RunView) -> dict[str, Layer]:
    """The layers of the recorded model; none of a model that says less of them."""
    model = view.data(MODEL)
    rows = model.get("weighted") if isinstance(model, dict) else None
    try:
        return {str(row["name"]): _layer(row) for row in rows or ()}
    except (TypeError, ValueError, KeyError):  # another's `model`
        return {}


def _layer(row: Mapping[str, Any]) -> Layer:
    (fan_in, fan_out), (low, high) = row["fans"], row["flat"]
    flat = tuple(None if edge is None else float(edge) for edge in (low, high))
    return Layer(int(fan_in), int(fan_out), float(row["std"]), (flat[0], flat[1]))


def _confusion(view: RunView) -> list[list[int]]:
    """The counts of the last evaluation; none where they are not a square of numbers."""
    rows = view.data(CONFUSION)
    if not isinstance(rows, list) or not all(
        isinstance(row, list) and len(row) == len(rows) and all(type(n) is int for n in row)
        for row in rows
    ):
        return []
    return rows


def _until(curve: Curve, step: int) -> float:
    """The last value at or before the step."""
    return curve[bisect_right(curve, step, key=lambda point: point[0]) - 1][1]


def _curve(view: RunView, metric: Metric) -> Curve:
    """The metric at every evaluation; of what is recorded at every step, means of some steps."""
    line = view.lines.get(metric.name)
    if line is None:
        return []
    steps, values = line.means()
    return [(int(step), float(value)) for step, value in zip(steps, values, strict=True)]
