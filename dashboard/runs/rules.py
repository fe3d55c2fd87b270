"""RULES: by what a run is judged, asked in order; the first that finds something decides.

What a rule finds is a function of `dashboard.runs.findings`; the numbers at which they turn are in
`dashboard.runs.thresholds`; what is made of a finding is `dashboard.runs.verdict`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dashboard.runs import findings
from dashboard.runs.facts import Facts
from dashboard.runs.findings import Finding
from dashboard.runs.thresholds import (
    ABOVE_CHANCE,
    AGREEMENT,
    BEHIND_SHARE,
    BEHIND_SPREADS,
    DEAD_SHARE,
    EXPLAINED,
    EXPLODED_STD,
    LEARNED,
    OF_FEW_CLASSES,
    OVERSHOOT,
    REACH,
    SATURATED_SHARE,
    SLOW_REACH,
    STUCK_AFTER,
    TWIN_SHARE,
    UPDATE_RATIO,
    VANISHED_NORM,
    VANISHED_RATIO,
    VISIBLE,
)


class Rule(NamedTuple):
    """kind: the verdict. when: in words. find: None where the rule does not hold."""

    kind: str
    when: str
    find: Callable[[Facts], Finding | None]


RULES: tuple[Rule, ...] = (
    Rule("diverged", "a training loss is NaN or infinite", findings.diverged),
    Rule("failed", "an error ended it", findings.failed),
    Rule(
        "symmetric",
        f"at step 0 ≥ {TWIN_SHARE:.0%} of a layer's units have equal weights and gradients "
        "(without dropout), and test accuracy is not yet above one half",
        findings.symmetric,
    ),
    Rule(
        "dead units",
        f"in trouble¹, and ≥ {DEAD_SHARE:.0%} of a layer's units are dead",
        findings.dead,
    ),
    Rule(
        "saturated",
        f"in trouble¹, and ≥ {SATURATED_SHARE:.0%} of a layer's units are saturated",
        findings.saturated,
    ),
    Rule(
        "exploding",
        f"at chance, and: pre-activations are not finite (later: spread > {EXPLODED_STD:g}), or at "
        f"step 0 the first update overshoots > {OVERSHOOT:g}-fold or is > {UPDATE_RATIO:g} × the "
        "weights of a layer",
        findings.exploding,
    ),
    Rule(
        "vanishing gradient",
        f"in trouble¹, and a layer's gradient norm is < {VANISHED_NORM:g} or < "
        f"{VANISHED_RATIO:g} × the largest",
        findings.vanishing,
    ),
    Rule("stuck at chance", "in trouble¹ for no reason above", findings.stuck),
    Rule("one answer for all", "the same where the targets are no classes", findings.one_answer),
    Rule(
        "never says a class",
        f"{STUCK_AFTER:.0%} of the steps are done, and no test image is taken for a class that "
        "some are of; the verdict says which",
        findings.never_says,
    ),
    Rule("stopped", "it ended before its last step (stopped, …)", findings.stopped),
    Rule(
        "behind",
        "the metric (test accuracy unless said otherwise) is behind the best run's at the same "
        f"step by > {BEHIND_SHARE:.0%} of what that has gained since its first evaluation, and by "
        f"> {BEHIND_SPREADS:g} standard deviations between seeds; the verdict says what the "
        "statistics show, or *no cause seen*",
        findings.behind,
    ),
    Rule(
        "slow",
        f"at the end test accuracy is below {LEARNED:g}; at step 0: the labels will gain < "
        f"{SLOW_REACH:g} logits",
        findings.slow,
    ),
)  # fmt: skip
NOTE = (
    f"¹ Test accuracy is below {ABOVE_CHANCE:g} × chance (of up to 5 classes, less than "
    f"{OF_FEW_CLASSES:.0%} of the way from chance to 1), and either {STUCK_AFTER:.0%} of the "
    f"steps are done, or step 0 says that the labels will gain < {REACH:g} logits in all "
    f"planned steps, or < {VISIBLE:g} × the spread of the first logits, or that two halves of the "
    f"probe ask for different updates (cosine < {AGREEMENT:g}). Where the targets are no classes: "
    f"{STUCK_AFTER:.0%} of the steps are done, and the test loss is less than {EXPLAINED:.0%} "
    "below that of one and the same answer for all. Shares and norms are then those of "
    f"step 0 if that was bad already, and otherwise the last ones."
)
