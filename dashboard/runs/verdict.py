"""Judges each run: a short verdict with its reason, from recorded statistics alone.

At step 0 it is a forecast: will this run learn within the steps it was given? While the run trains
it follows what happens. The rules are the table RULES, asked in order; the first that finds
something decides. A pure function: it reads no clock, no file and no other state.

Made from what `trainers/measure/signal.py` measures; the numbers come from
`dashboard.runs.facts`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import Facts, Signals, gather_facts

LEARNED = 0.5
"""Test accuracy from which a run counts as one that learns: half of the images right."""
TWIN_SHARE = 0.9
"""Equal units get equal gradients and stay equal: a layer of them is as good as one unit
(Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.4)."""
OVERSHOOT = 12.0
"""Curvature along the first update against its slope. Gradient descent on a quadratic diverges
above 2; networks first jump to a flatter place and survive up to about 12 (Lewkowycz et al. 2020,
The large learning rate phase of deep learning, arXiv 2003.02218)."""
UPDATE_RATIO = 1.0
"""An update as large as the weights replaces them; about 1/1000 is usual (Stanford CS231n notes,
Neural networks part 3)."""
EXPLODED_STD = 1e3
"""Pre-activations of this size leave every bounded activation flat and make any error huge."""
DEAD_SHARE = 0.95
"""Share of dead units in a layer that lets next to nothing through."""
SATURATED_SHARE = 0.5
"""Share of saturated units in a layer above which its gradient is lost (Glorot & Bengio 2010)."""
AGREEMENT = 0.2
"""Cosine between the gradients that two halves of the probe ask for. Below it what is learned from
one half says nothing of the other: the chaotic phase (Schoenholz et al. 2017, arXiv 1611.01232)."""
REACH = 0.04
"""Logits that the labels gain within all planned steps, at the pace of the first one. Learning
speeds up as the layers align (Saxe, McClelland & Ganguli 2013, arXiv 1312.6120), so far less than 1
will do; below this the plateau outlasts the run. Measured: tests/benchmarks/bench_verdict.py."""
VISIBLE = 0.1
"""The same against the spread of the first, random logits: less stays hidden beneath them."""
SLOW_REACH = 0.5
"""Below this a run that gets there is late."""
VANISHED_RATIO = 0.05
VANISHED_NORM = 1e-3
"""A layer's gradient norm, against the largest layer's and by itself, that counts as vanished
(Glorot & Bengio 2010: back-propagated gradients shrink layer by layer)."""
STUCK_AFTER = 0.3
"""Share of the planned steps after which a run that still guesses is called stuck."""
ABOVE_CHANCE = 2.0
"""Times the accuracy of guessing from which a run has left chance."""
SLOW_GAP = 0.1
"""Test accuracy behind the best run at the same step that makes a learning run slow."""

FINE = frozenset({"healthy", "slow"})


@dataclass(frozen=True)
class Verdict:
    """kind: one of KINDS. text: the kind with its place and number. evidence: a sentence.

    step: the step of the newest statistics it is made from.
    """

    kind: str
    text: str
    evidence: str
    step: int

    @property
    def doomed(self) -> bool:
        """Whether the run is expected not to learn within its steps."""
        return self.kind not in FINE


class Finding(NamedTuple):
    """What a rule found: where and how much (for the text), and the sentence that proves it."""

    place: str
    evidence: str


class Rule(NamedTuple):
    """kind: the verdict. when: in words. find: None where the rule does not hold."""

    kind: str
    when: str
    find: Callable[[Facts], Finding | None]


def verdict(facts: Facts) -> Verdict:
    """The verdict on one run; before its first statistics `healthy` with nothing to say."""
    if not facts.first and not facts.accuracy and facts.bad_loss is None:
        return Verdict("healthy", "–", "nothing is recorded yet", 0)
    for rule in RULES:
        finding = rule.find(facts)
        if finding is not None:
            text = f"{rule.kind} ({finding.place})" if finding.place else rule.kind
            return Verdict(rule.kind, text, finding.evidence, facts.step)
    return Verdict("healthy", "healthy", _healthy(facts), facts.step)


def verdicts(experiment: Experiment) -> list[Verdict]:
    """The verdict of every run, in the order of `experiment.runs`. Hold the experiment's lock."""
    return [verdict(facts) for facts in gather_facts(experiment)]


def rules_table() -> str:
    """The rules as a Markdown table, in the order in which they are asked."""
    rows = [f"| {rule.kind} | {rule.when} |" for rule in RULES]
    rows.append("| healthy | none of the above |")
    return "\n".join(["| verdict | when |", "|---|---|", *rows, "", NOTE])


def reach(facts: Facts) -> float:
    """Logits logits for the right classes in all planned steps, at the pace of the first one."""
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


def _healthy(facts: Facts) -> str:
    if facts.step == 0:
        return f"the right classes gain {reach(facts):.2g} logits at the pace of step 0"
    return f"test accuracy {facts.score:.3f} at step {facts.step:,}"


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
KINDS = (*(rule.kind for rule in RULES), "healthy")
