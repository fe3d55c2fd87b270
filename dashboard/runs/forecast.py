"""Forecasts whether a run will learn: at step 0 from its trial, then from its first looks.

To learn is to end with at least LEARNED of the test images right. A forecast is made at step 0 and
after 2, 5 and 10 % of the planned steps, each a pure function of what was recorded until then, so
that it can still be told when the run has ended (`dashboard.runs.forecast_record`). It is a
logistic regression on features of the partial learning curve, its last values and their differences
(Baker, Gupta, Raskar & Naik 2017, Accelerating neural architecture search using performance
prediction, arXiv 1705.10823), with the few numbers of `dashboard.runs.forecast_weights`, fitted by
`tests/benchmarks/bench_forecast.py`.

Knows no rules and no causes: what is wrong with a run is `dashboard.runs.verdict`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.runs.forecast_weights import WEIGHTS
from dashboard.runs.run_view import RunView

LEARNS, HOPELESS = "learns", "hopeless"
STAGES = (0, 2, 5, 10)
"""Percent of the planned steps after which there is a forecast."""
BEFORE = {stage: before for before, stage in itertools.pairwise(STAGES)}
DOOM_BELOW = 0.3
"""Probability of learning below which a run is called hopeless: to give up a run that would have
learned is worse than to train one that does not. In cross-validation over the draws fitted to last,
all 45 that were called hopeless at step 0 failed, of 49 that did."""
OWN_ACCURACIES = ("train_accuracy", "test_accuracy")
"""Where a loop that is not ours says how it does; looked at in this order."""
CLASSES, FITTED_CLASSES = 10, 10  # where a run has not said how many; of the runs fitted to
SOFTENED = 0.02  # so that no accuracy has infinite odds
LEAST_SHARE = 1e-4


@dataclass(frozen=True)
class Forecast:
    """kind: LEARNS or HOPELESS. probability: that the run learns. evidence: a sentence's middle.

    stage: one of STAGES. at_step: the step whose numbers it is made from.
    """

    kind: str
    probability: float
    stage: int
    at_step: int
    evidence: str

    @property
    def hopeless(self) -> bool:
        return self.kind == HOPELESS

    @property
    def confidence(self) -> float:
        """Probability of what is forecast, in [DOOM_BELOW, 1]."""
        return 1 - self.probability if self.hopeless else self.probability


def forecast(view: RunView) -> Forecast | None:
    """The newest forecast; None where what was recorded says nothing yet."""
    all_forecasts = forecasts(view)
    return all_forecasts[-1] if all_forecasts else None


def forecasts(view: RunView) -> list[Forecast]:
    """The forecast of every stage that the run has come to and that its record speaks of."""
    stages = [stage for stage in STAGES if view.step >= _step_of(stage, view)]
    state = (stages, view.attempt, view.total_steps, view.stamps["signal"])
    if view.memo.get("forecasts", (None,))[0] != state:  # a page asks every few seconds
        fresh = [each for stage in stages if (each := forecast_at(view, stage))]
        view.memo["forecasts"] = state, fresh
    result: list[Forecast] = view.memo["forecasts"][1]
    return result


def forecast_at(view: RunView, stage: int) -> Forecast | None:
    """The forecast of a stage, from what was recorded until then; of a run that diverged before it
    too."""
    step = _step_of(stage, view)
    loss = view.lines.get("train_loss")
    if loss and loss.bad and loss.bad[0][0] <= step:
        at, value = loss.bad[0]
        return Forecast(HOPELESS, 0.0, stage, at, f"the training loss became {value} at step {at}")
    if not view.total_steps or view.step < step:
        return None
    inputs = features(view, stage)
    for weights in WEIGHTS[stage]:
        if weights.of.keys() <= inputs.keys():
            odds = weights.constant + sum(w * inputs[name] for name, w in weights.of.items())
            probability = 1 / (1 + math.exp(-max(-500.0, min(500.0, odds))))
            kind = HOPELESS if probability < DOOM_BELOW else LEARNS
            return Forecast(kind, probability, stage, step, _words(view, stage, step))
    return None


def features(view: RunView, stage: int) -> dict[str, float]:
    """What is known of the run at a stage, by the names of `forecast_weights`."""
    early = _early(view, stage) if stage else ()
    return {**dict(_trial(view)), **dict(early)}


def _step_of(stage: int, view: RunView) -> int:
    return -(-stage * view.total_steps // 100)


def _trial(view: RunView) -> Iterator[tuple[str, float]]:
    """Features of the trial at step 0."""
    accuracy, share = _first(view, "trial_accuracy"), _first(view, "trial_share")
    if accuracy is None or share is None:
        return
    yield "trial_odds", log_odds(accuracy, _classes(view))
    yield "trial_share", math.log(max(share, LEAST_SHARE))
    yield from _skill("trial_skill", _first(view, "trial_loss"), view)
    alignment = _first(view, "trial_alignment")
    if alignment is not None:
        yield "trial_alignment", alignment


def _early(view: RunView, stage: int) -> Iterator[tuple[str, float]]:
    """Features of the first steps until this stage, and what changed since the one before."""
    step = _step_of(stage, view)
    now, before = _odds(view, step), _odds(view, _step_of(BEFORE[stage], view))
    if now is not None:
        yield "odds", now
        if before is not None:
            yield "odds_rise", now - before
    yield from _skill("skill", _at(view, "signal/early_loss/all", step), view)
    line = view.lines.get("train_loss")
    if line:
        steps, means = line.means()
        recent = means[(steps > step / 2) & (steps <= step)]
        if len(recent):
            yield from _skill("train_skill", float(recent.mean()), view)


def _skill(name: str, loss: float | None, view: RunView) -> Iterator[tuple[str, float]]:
    """How far a loss is below that of one answer for all images: 0 if it is not, 1 at no loss."""
    constant = _first(view, "constant_loss")
    if loss is not None and constant:
        skill = 1 - loss / constant
        yield name, max(-1.0, skill) if math.isfinite(skill) else -1.0


def log_odds(accuracy: float, classes: int) -> float:
    """The log odds of being right, as far above chance as if there were FITTED_CLASSES."""
    above = (accuracy - 1 / classes) / (1 - 1 / classes) if classes > 1 else 0.0
    right = min(1.0, max(0.0, 1 / FITTED_CLASSES + above * (1 - 1 / FITTED_CLASSES)))
    return math.log((right + SOFTENED) / (1 + SOFTENED - right))


def _odds(view: RunView, step: int) -> float | None:
    accuracy = _accuracy(view, step)
    return None if accuracy is None else log_odds(accuracy, _classes(view))


def _accuracy(view: RunView, step: int) -> float | None:
    """The newest accuracy until `step`, of the probe or of what the loop itself records."""
    for series in ("signal/early_accuracy/all", *OWN_ACCURACIES):
        value = _at(view, series, step)
        if value is not None:
            return value
    return None


def _at(view: RunView, series: str, step: int) -> float | None:
    """The newest finite value after step 0 and not after `step`; None without one."""
    line = view.lines.get(series)
    if line is None:
        return None
    steps, values = line.drawn()
    past = values[(steps > 0) & (steps <= step)]
    return float(past[-1]) if len(past) else None


def _first(view: RunView, quantity: str) -> float | None:
    line = view.lines.get(f"signal/{quantity}/all")
    return line.first_value if line and line.count else None


def _classes(view: RunView) -> int:
    classes = view.class_names()
    return len(classes) if len(classes) > 1 else CLASSES


def _words(view: RunView, stage: int, step: int) -> str:
    """What the forecast is made from, in words."""
    parts = []
    accuracy, share = _first(view, "trial_accuracy"), _first(view, "trial_share")
    if accuracy is not None and share is not None:
        trial = f"a trial in fast motion, {share:.0%} of its steps, gets {accuracy:.0%}"
        parts.append(f"{trial} of the probe right")
    now = _accuracy(view, step) if stage else None
    if now is not None:
        parts.append(f"at step {step:,} ({stage} %) {now:.0%} are right")
        earlier = _accuracy(view, _step_of(BEFORE[stage], view))
        if earlier is not None:
            parts.append(f"after {earlier:.0%} at {BEFORE[stage]} %")
    return ", ".join(parts)
