"""RULES: by what a run is judged, asked in order; the first that finds something decides.

Each rule is a pure function of the facts: it reads no clock, no file and no other state. The
numbers at which they turn are in `dashboard.runs.thresholds`; what is made of a finding is
`dashboard.runs.verdict`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from dashboard.runs.facts import Facts, Signals
from dashboard.runs.thresholds import (
    ABOVE_CHANCE,
    AGREEMENT,
    DEAD_SHARE,
    EXPLODED_STD,
    LEARNED,
    OVERSHOOT,
    REACH,
    SATURATED_SHARE,
    SLOW_GAP,
    SLOW_REACH,
    STUCK_AFTER,
    TWIN_SHARE,
    UPDATE_RATIO,
    VANISHED_NORM,
    VANISHED_RATIO,
    VISIBLE,
)


class Finding(NamedTuple):
    """What a rule found: where and how much (for the text), and the sentence that proves it."""

    place: str
    evidence: str


class Rule(NamedTuple):
    """kind: the verdict. when: in words. find: None where the rule does not hold."""

    kind: str
    when: str
    find: Callable[[Facts], Finding | None]


def reach(facts: Facts) -> float:
    """Logits gained for the right classes in all planned steps, at the pace of the first one."""
    return facts.whole("label_growth") * facts.total_steps


def _learned(facts: Facts) -> bool:
    return facts.step > 0 and facts.score >= LEARNED


def _guessing(facts: Facts) -> bool:
    """Whether the accuracy says nothing against a forecast of doom."""
    return facts.step == 0 or not facts.score >= ABOVE_CHANCE * facts.chance


def _out_of_reach(facts: Facts) -> str:
    """Why the labels cannot be learned within the planned steps, or an empty text if they can."""
    logits, agreement = reach(facts), facts.whole("gradient_agreement")
    spread = list(facts.first.get("preactivation_std", {}).values())[-1:]
    steps = f"{facts.total_steps:,} steps"
    if logits < REACH:
        return f"at the pace of step 0 the right classes gain {logits:.1g} logits in {steps}"
    if spread and logits < VISIBLE * spread[0]:
        return (
            f"at the pace of step 0 the right classes gain {logits:.1g} logits in {steps}, "
            f"unseen beneath the {spread[0]:.1g} of the first random ones"
        )
    if agreement < AGREEMENT:
        return f"two halves of the probe pull the weights apart (cosine {agreement:.2f})"
    return ""


def _trouble(facts: Facts) -> str:
    """What proves that a run fails, now or soon; an empty text when nothing does."""
    if not _guessing(facts):
        return ""
    late = facts.ended or facts.step >= STUCK_AFTER * facts.total_steps
    if facts.step and late:
        return f"test accuracy is still {facts.score:.3f} after {facts.step:,} steps"
    return _out_of_reach(facts)


def _at_fault(facts: Facts) -> Signals:
    """Where to look for the cause: in the start, if that was bad, or in what it has come to."""
    return facts.first if _out_of_reach(facts) else facts.now


def _diverged(facts: Facts) -> Finding | None:
    if facts.bad_loss is None:
        return None
    step, value = facts.bad_loss
    return Finding(f"step {step}, loss {value}", f"the training loss became {value} at step {step}")


def _symmetric(facts: Facts) -> Finding | None:
    layer, share = _largest(facts.first, "twin_share")
    if not share >= TWIN_SHARE or facts.noisy or _learned(facts):
        return None
    evidence = f"at step 0 {share:.0%} of {layer}'s units have equal weights and equal gradients"
    return Finding(layer, evidence)


def _dead(facts: Facts) -> Finding | None:
    layer, share = _largest(_at_fault(facts), "dead_share")
    proof = _trouble(facts) if share >= DEAD_SHARE else ""
    return Finding(f"{share:.0%}, {layer}", proof) if proof else None


def _saturated(facts: Facts) -> Finding | None:
    layer, share = _largest(_at_fault(facts), "saturated_share")
    proof = _trouble(facts) if share >= SATURATED_SHARE else ""
    return Finding(f"{share:.0%}, {layer}", proof) if proof else None


def _exploding(facts: Facts) -> Finding | None:
    if not _guessing(facts):
        return None
    layer, std = _largest(facts.now, "preactivation_std")
    if not std < (EXPLODED_STD if facts.step else math.inf):
        return Finding(layer, f"the pre-activations of {layer} have a spread of {std:.3g}")
    bend, (layer, norm) = facts.whole("overshoot"), _largest(facts.first, "gradient_norm")
    if bend > OVERSHOOT:
        evidence = f"at step 0 the first update overshoots {bend:.3g}-fold (2 is steady)"
        return Finding(f"{layer}, norm {norm:.2g}", evidence)
    layer, ratio = _largest(facts.first, "update_ratio")
    if UPDATE_RATIO < ratio < math.inf:
        return Finding(layer, f"the first update of {layer} is {ratio:.3g} times its weights")
    return None


def _vanishing(facts: Facts) -> Finding | None:
    norms = _at_fault(facts).get("gradient_norm", {})
    if not norms:
        return None
    layer = min(norms, key=lambda name: norms[name])
    norm, largest = norms[layer], max(norms.values())
    too_small = norm < VANISHED_NORM or norm < VANISHED_RATIO * largest
    proof = _trouble(facts) if too_small else ""
    return Finding(f"{layer}, norm {norm:.1g}", proof) if proof else None


def _stuck(facts: Facts) -> Finding | None:
    proof = _trouble(facts)
    return Finding(f"{facts.score:.2f}" if facts.step else "", proof) if proof else None


def _slow(facts: Facts) -> Finding | None:
    if facts.step == 0:
        logits = reach(facts)
        evidence = f"at the pace of step 0 the right classes gain only {logits:.2g} logits"
        return Finding("", evidence) if logits < SLOW_REACH else None
    if facts.best_peer - facts.score > SLOW_GAP:
        evidence = (
            f"test accuracy {facts.score:.3f} at step {facts.step:,}, where the best run had "
            f"{facts.best_peer:.3f}"
        )
        return Finding(f"{facts.score:.2f}, best {facts.best_peer:.2f}", evidence)
    if facts.ended and not _learned(facts):
        return Finding(f"{facts.score:.2f}", f"test accuracy {facts.score:.3f} at the end")
    return None


def _largest(signals: Signals, quantity: str) -> tuple[str, float]:
    """(layer, value) of the largest value; one that is not a number counts as the largest."""
    values = signals.get(quantity, {})
    if not values:
        return "", -math.inf
    layer = max(values, key=lambda name: math.inf if math.isnan(values[name]) else values[name])
    return layer, values[layer]


RULES: tuple[Rule, ...] = (
    Rule("diverged", "a training loss is NaN or infinite", _diverged),
    Rule(
        "symmetric",
        f"at step 0 ≥ {TWIN_SHARE:.0%} of a layer's units have equal weights and gradients "
        "(without dropout), and test accuracy is not yet above one half",
        _symmetric,
    ),
    Rule("dead units", f"in trouble¹, and ≥ {DEAD_SHARE:.0%} of a layer's units are dead", _dead),
    Rule(
        "saturated",
        f"in trouble¹, and ≥ {SATURATED_SHARE:.0%} of a layer's units are saturated",
        _saturated,
    ),
    Rule(
        "exploding",
        f"at chance, and: pre-activations are not finite (later: spread > {EXPLODED_STD:g}), or at "
        f"step 0 the first update overshoots > {OVERSHOOT:g}-fold or is > {UPDATE_RATIO:g} × the "
        "weights of a layer",
        _exploding,
    ),
    Rule(
        "vanishing gradient",
        f"in trouble¹, and a layer's gradient norm is < {VANISHED_NORM:g} or < "
        f"{VANISHED_RATIO:g} × the largest",
        _vanishing,
    ),
    Rule("stuck at chance", "in trouble¹ for no reason above", _stuck),
    Rule(
        "slow",
        f"test accuracy is > {SLOW_GAP:g} behind the best run at the same step, or at the end "
        f"below {LEARNED:g}; at step 0: the labels will gain < {SLOW_REACH:g} logits",
        _slow,
    ),
)  # fmt: skip
NOTE = (
    f"¹ Test accuracy is below {ABOVE_CHANCE:g} × chance, and either {STUCK_AFTER:.0%} of the "
    f"steps are done, or step 0 says that the labels will gain < {REACH:g} logits in all "
    f"planned steps, or < {VISIBLE:g} × the spread of the first logits, or that two halves of the "
    f"probe ask for different updates (cosine < {AGREEMENT:g}). Shares and norms are then those of "
    f"step 0 if that was bad already, and otherwise the last ones."
)
