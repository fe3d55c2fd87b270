"""Whether a run is in trouble: it guesses late, or step 0 says that it will.

A cause that the statistics show (`dashboard.runs.causes`) harms only a run in trouble; which
verdict that makes is decided by `dashboard.runs.rules`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from dashboard.runs.evidence import Proof, proof
from dashboard.runs.facts import Facts, Signals, reach
from dashboard.runs.thresholds import (
    ABOVE_CHANCE,
    AGREEMENT,
    EXPLAINED,
    LEARNED,
    OF_FEW_CLASSES,
    REACH,
    STUCK_AFTER,
    VISIBLE,
)


class Doubt(NamedTuple):
    """Why a run is not expected to learn: a sentence and its number."""

    says: str
    proof: Proof


def learned(facts: Facts) -> bool:
    return facts.step > 0 and (facts.score >= LEARNED or explained(facts) >= LEARNED)


def explained(facts: Facts) -> float:
    """Of the loss of one answer for all, the share that is gone; NaN where there are classes."""
    return facts.explained[-1][1] if facts.explained else math.nan


def guessing(facts: Facts) -> bool:
    """Whether the accuracy says nothing against a forecast of doom."""
    above_chance = facts.score >= _above_chance(facts)
    return facts.step == 0 or not (above_chance or explained(facts) >= EXPLAINED)


def _above_chance(facts: Facts) -> float:
    """The accuracy from which a run has left chance."""
    chance = facts.chance
    return min(ABOVE_CHANCE * chance, chance + OF_FEW_CLASSES * (1 - chance))


def late(facts: Facts) -> bool:
    return facts.step > 0 and (facts.is_done or facts.step >= STUCK_AFTER * facts.total_steps)


def out_of_reach(facts: Facts) -> Doubt | None:
    """Why the labels cannot be learned within the planned steps; None if they can."""
    logits, agreement = reach(facts), facts.whole("gradient_agreement")
    spread = list(facts.first.get("preactivation_std", {}).values())[-1:]
    steps = f"{facts.total_steps:,} steps"
    gain = f"at the pace of step 0 the right classes gain {logits:.1g} logits in {steps}"
    what = f"logits gained in {steps} at the pace of step 0"
    if logits < REACH:
        return Doubt(gain, proof(what, f"{logits:.1g}", "< {:g}", REACH))
    if spread and logits < VISIBLE * spread[0]:
        return Doubt(
            f"{gain}, unseen beneath the {spread[0]:.1g} of the first random ones",
            proof(what, f"{logits:.1g}", f"< {{:g}} × {spread[0]:.2g}", VISIBLE),
        )
    if agreement < AGREEMENT:
        return Doubt(
            f"two halves of the probe pull the weights apart (cosine {agreement:.2f})",
            proof("cosine of two halves' gradients", f"{agreement:.2f}", "< {:g}", AGREEMENT),
        )
    return None


def trouble(facts: Facts) -> Doubt | None:
    """What proves that a run fails, now or soon; None when nothing does."""
    if not guessing(facts):
        return None
    if late(facts) and facts.explained:
        share = explained(facts)
        what = f"share of one answer's loss that is gone at step {facts.step:,}"
        return Doubt(
            f"after {facts.step:,} steps the test loss is still about that of one and the same "
            "answer for all",
            proof(what, f"{share:.3f}", "< {:g}", EXPLAINED),
        )
    if late(facts):
        limit, threshold = f"< {{:g}} × {facts.chance:.2g}", ABOVE_CHANCE
        if _above_chance(facts) < ABOVE_CHANCE * facts.chance:
            limit, threshold = f"< {{:g}} of the way from {facts.chance:.2g} to 1", OF_FEW_CLASSES
        what = f"test accuracy at step {facts.step:,}"
        return Doubt(
            f"test accuracy is still {facts.score:.3f} after {facts.step:,} steps",
            proof(what, f"{facts.score:.3f}", limit, threshold),
        )
    return out_of_reach(facts)


def at_fault(facts: Facts) -> Signals:
    """Where to look for the cause: in the start, if that was bad, or in what it has come to."""
    return facts.first if out_of_reach(facts) else facts.now
