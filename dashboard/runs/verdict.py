"""Judges each run: a short verdict with its reason, from recorded statistics alone.

At step 0 it is a forecast: will this run learn within the steps it was given? While the run trains
it follows what happens. The rules, asked in order, are `dashboard.runs.rules`; until there is an
evaluation to go by, `dashboard.runs.forecast` decides whether their doom is believed.

Made from what `trainers/measure/signal.py` measures; the numbers come from
`dashboard.runs.facts`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import Facts, gather_facts
from dashboard.runs.forecast import HOPELESS, LEARNS
from dashboard.runs.rules import NOTE, RULES, reach

FINE = frozenset({"healthy", "slow"})
STUCK = "stuck at chance"
LIKELY = frozenset(
    {"symmetric", "dead units", "saturated", "exploding", "vanishing gradient", STUCK}
)
"""Kinds that say what is expected where nothing has happened yet: a forecast knows better."""


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


def verdict(facts: Facts) -> Verdict:
    """The verdict on one run; before its first statistics `healthy` with nothing to say."""
    if not facts.first and not facts.accuracy and facts.bad_loss is None:
        return Verdict("healthy", "–", "nothing is recorded yet", 0)
    for rule in RULES:
        finding = rule.find(facts)
        if finding is not None and not _overruled(rule.kind, facts):
            text = f"{rule.kind} ({finding.place})" if finding.place else rule.kind
            return Verdict(rule.kind, text, finding.evidence, facts.step)
    if _foreseen(facts) == HOPELESS and facts.forecast:
        return Verdict(STUCK, STUCK, facts.forecast.evidence, facts.forecast.at_step)
    return Verdict("healthy", "healthy", _healthy(facts), facts.step)


def verdicts(experiment: Experiment) -> list[Verdict]:
    """The verdict of every run, in the order of `experiment.runs`. Hold the experiment's lock."""
    return [verdict(facts) for facts in gather_facts(experiment)]


def rules_table() -> str:
    """The rules as a Markdown table, in the order in which they are asked."""
    rows = [f"| {rule.kind} | {rule.when} |" for rule in RULES]
    rows.append("| healthy | none of the above |")
    return "\n".join(["| verdict | when |", "|---|---|", *rows, "", NOTE])


def _foreseen(facts: Facts) -> str:
    """What the forecast says while it is newer than the last evaluation; empty where none is."""
    newest = facts.forecast is not None and facts.forecast.at_step >= facts.step
    return facts.forecast.kind if newest and facts.forecast else ""


def _overruled(kind: str, facts: Facts) -> bool:
    """Whether the forecast says otherwise than a rule of this kind."""
    foreseen = _foreseen(facts)
    return (foreseen == LEARNS and kind in LIKELY) or (foreseen == HOPELESS and kind == "slow")


def _healthy(facts: Facts) -> str:
    if facts.step == 0 and math.isnan(reach(facts)):
        return "its first statistics show nothing amiss"
    if facts.step == 0:
        return f"the right classes gain {reach(facts):.2g} logits at the pace of step 0"
    return f"test accuracy {facts.score:.3f} at step {facts.step:,}"


KINDS = (*(rule.kind for rule in RULES), "healthy")
