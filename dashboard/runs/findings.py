"""What each rule finds in a run: where, how much, and the sentence and numbers that say so.

Each is a pure function of the facts, None where its rule does not hold: it reads no clock, no file
and no other state. In which order they are asked is `dashboard.runs.rules`; what the statistics
show is `dashboard.runs.causes`, and here it is decided whether that harms the run.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.record.states import ENDED
from dashboard.runs import causes
from dashboard.runs.causes import Cause
from dashboard.runs.evidence import Proof, amount, proof
from dashboard.runs.facts import Facts, reach
from dashboard.runs.metric import number
from dashboard.runs.thresholds import (
    BEHIND_SHARE,
    BEHIND_SPREADS,
    LEARNED,
    SLOW_REACH,
)
from dashboard.runs.trouble import at_fault, guessing, late, learned, trouble

NO_CAUSE = "no cause seen"
MOST_NAMED = 3  # classes that a text names


@dataclass(frozen=True)
class Finding:
    """What a rule found.

    place: where and how much, for the short text. evidence: the sentence that says it. proofs: its
    numbers. cause: a kind of `dashboard.runs.remedies.PRESCRIPTIONS`, or empty. layer: where. text:
    in place of the rule's kind and place.
    """

    place: str
    evidence: str
    proofs: tuple[Proof, ...] = ()
    cause: str = ""
    layer: str = ""
    text: str = ""


def _of(cause: Cause | None) -> Finding | None:
    """A cause that is enough by itself."""
    if cause is None:
        return None
    return Finding(cause.place, cause.says, cause.proofs, cause.kind, cause.layer)


def _in_trouble(cause: Cause | None, facts: Facts) -> Finding | None:
    """A cause that counts only where the run is in trouble."""
    doubt = trouble(facts) if cause else None
    if cause is None or doubt is None:
        return None
    says = f"{cause.says}: {doubt.says}"
    return Finding(cause.place, says, (*cause.proofs, doubt.proof), cause.kind, cause.layer)


def diverged(facts: Facts) -> Finding | None:
    if facts.bad_loss is None and facts.state != "diverged":
        return None
    start = causes.flat(facts, facts.first) or causes.long_steps(facts)
    kind, layer = (start.kind, start.layer) if start else ("long steps", "")
    because = f"; {start.says}" if start else ""
    proofs = start.proofs if start else ()
    if facts.bad_loss is None:
        link = Proof("state", "diverged", "done", "the record")
        return Finding("", f"it ended as diverged{because}", (link, *proofs), kind, layer)
    step, value = facts.bad_loss
    link = Proof(f"training loss at step {step:,}", f"{value}", "a finite number", "the record")
    return Finding(
        f"step {step}, loss {value}", f"the training loss became {value} at step {step}{because}",
        (link, *proofs), kind, layer,
    )  # fmt: skip


def failed(facts: Facts) -> Finding | None:
    if facts.state != "failed":
        return None
    why = facts.error.strip().rstrip(".") or "it ended with an error and left no word"
    return Finding("", why, (Proof("state", "failed", "done", "the record"),))


def symmetric(facts: Facts) -> Finding | None:
    return None if learned(facts) else _of(causes.equal_units(facts))


def dead(facts: Facts) -> Finding | None:
    return _in_trouble(causes.dead_units(facts, at_fault(facts)), facts)


def saturated(facts: Facts) -> Finding | None:
    return _in_trouble(causes.flat(facts, at_fault(facts)), facts)


def exploding(facts: Facts) -> Finding | None:
    if not guessing(facts):
        return None
    return _of(causes.huge(facts, facts.now) or causes.long_steps(facts))


def vanishing(facts: Facts) -> Finding | None:
    return _in_trouble(causes.lost_gradient(facts, at_fault(facts)), facts)


def stuck(facts: Facts) -> Finding | None:
    doubt = None if facts.explained else trouble(facts)
    if doubt is None:
        return None
    place = f"{facts.score:.2f}" if facts.step else ""
    return Finding(place, doubt.says, (doubt.proof,), "short steps")


def one_answer(facts: Facts) -> Finding | None:
    """What being stuck at chance is where there are no classes."""
    doubt = trouble(facts) if facts.explained else None
    return doubt and Finding("", doubt.says, (doubt.proof,), "short steps")


def stopped(facts: Facts) -> Finding | None:
    """Ended before its end, neither by an error nor by a loss."""
    if facts.state == "done" or facts.state not in ENDED:
        return None
    of = f" of {facts.total_steps:,}" if facts.total_steps else ""
    results = facts.accuracy or facts.explained
    where = f"after step {facts.step:,}{of}" if results else "before its first result"
    score = f"; its test accuracy was {facts.score:.3f}" if facts.step else ""
    if facts.explained and facts.result:
        score = f"; its {facts.metric.text} was {number(facts.result[1])}"
    why = f": {facts.error}" if facts.error else ""
    link = Proof("state", facts.state, "done", "the record")
    return Finding("", f"it was {facts.state} {where}{score}{why}", (link,), text=facts.state)


def never_says(facts: Facts) -> Finding | None:
    """A class of the test images that the run takes none of them for."""
    if not late(facts):
        return None
    predictions = [sum(column) for column in zip(*facts.confusion, strict=True)]
    there = [sum(row) for row in facts.confusion]
    classes = [i for i, count in enumerate(predictions) if not count and there[i]]
    if not classes:
        return None
    names = [facts.class_names[i] if i < len(facts.class_names) else str(i) for i in classes]
    which = (
        ", ".join(names)
        if len(names) <= MOST_NAMED
        else f"{len(names)} of {len(predictions)} classes"
    )
    images = sum(there[i] for i in classes)
    return Finding(
        "",
        f"it takes no test image for {which}, and {images:,} of {sum(there):,} are; test accuracy "
        f"{facts.score:.3f} at step {facts.step:,}",
        tuple(
            Proof(f"test images taken for {name}, step {facts.step:,}", "0",
                  f"{there[i]:,} are {name}", "the confusion counts of the record")
            for name, i in zip(names, classes, strict=True)
        ),
        "short steps",
        text=f"never says {which}",
    )  # fmt: skip


def behind(facts: Facts) -> Finding | None:
    """Far from the best run's value of the metric at the same step."""
    metric, (step, value) = facts.metric, facts.result or (facts.step, facts.score)
    gap, least = metric.signed(facts.best_peer) - metric.signed(value), far(facts)
    if step == 0 or not gap > least:
        return None
    cause = causes.what_holds_back(facts)
    limit = BEHIND_SHARE if least == BEHIND_SHARE * facts.best_gain else BEHIND_SPREADS
    words = "{:g} × the best run's gain" if limit is BEHIND_SHARE else "{:g} × the seeds' spread"
    link = proof(
        f"{metric.text} behind the best at step {step:,}", f"{gap:.3g}",
        f"> {least:.2g} = {words}", limit,
    )  # fmt: skip
    return Finding(
        "",
        f"{cause.says if cause else NO_CAUSE}: {metric.text} {number(value)} at step {step:,}, "
        f"where the best run had {number(facts.best_peer)}",
        (link, *(cause.proofs if cause else ())),
        cause.kind if cause else "",
        cause.layer if cause else "",
        text=f"behind: {_short(cause)}",
    )


def far(facts: Facts) -> float:
    """From how much worse than the best run a run is behind, in units of the metric."""
    return max(BEHIND_SHARE * facts.best_gain, BEHIND_SPREADS * facts.spread)


def _short(cause: Cause | None) -> str:
    if cause is None:
        return NO_CAUSE
    return f"{cause.kind} ({cause.layer})" if cause.layer else cause.kind


def slow(facts: Facts) -> Finding | None:
    if facts.step == 0:
        logits = reach(facts)
        if not logits < SLOW_REACH:
            return None
        what = f"logits gained in {facts.total_steps:,} steps at the pace of step 0"
        return Finding(
            "", f"at the pace of step 0 the right classes gain only {amount(logits)} logits",
            (proof(what, amount(logits), "< {:g}", SLOW_REACH),), "short steps",
        )  # fmt: skip
    if facts.is_done and not learned(facts) and facts.accuracy:
        link = proof("test accuracy at the end", f"{facts.score:.3f}", "< {:g}", LEARNED)
        says = f"test accuracy {facts.score:.3f} at the end"
        return Finding(f"{facts.score:.2f}", says, (link,), "short steps")
    return None
