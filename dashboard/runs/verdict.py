"""Judges each run: a short verdict with its cause, its number and what to try, from the record.

At step 0 it is a forecast: will this run learn within the steps it was given? While the run trains
it follows what happens. The rules, asked in order, are `dashboard.runs.rules`; until there is an
evaluation to go by, `dashboard.runs.forecast` decides whether their doom is believed.

Made from what `trainers/measure/signal.py` measures; the numbers come from
`dashboard.runs.facts`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dashboard.runs.causes import strong_dropout
from dashboard.runs.evidence import Proof
from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import Facts, gather_facts, reach
from dashboard.runs.findings import Finding
from dashboard.runs.forecast import Forecast
from dashboard.runs.lessons import Lesson, lesson
from dashboard.runs.metric import number
from dashboard.runs.once import once_known
from dashboard.runs.remedies import Remedy, remedy
from dashboard.runs.rules import NOTE, RULES

LEARNS = frozenset({"healthy", "slow", "behind", "never says a class", "stopped"})
STUCK = "stuck at chance"
LIKELY = frozenset(
    {"symmetric", "dead units", "saturated", "exploding", "vanishing gradient", STUCK}
)
"""Kinds that say what is expected where nothing has happened yet: a forecast knows better."""


@dataclass(frozen=True)
class Verdict:
    """kind: one of KINDS. text: the kind with its place and number. evidence: cause and meaning.

    step: the step of the newest statistics it is made from. proofs: the chain of evidence. remedy:
    what to try; None where nothing is known to help. lesson: where the atlas shows the cause.
    """

    kind: str
    text: str
    evidence: str
    step: int
    proofs: tuple[Proof, ...] = ()
    remedy: Remedy | None = None
    lesson: Lesson | None = None

    @property
    def doomed(self) -> bool:
        """Whether the run is expected not to learn within its steps."""
        return self.kind not in LEARNS

    @property
    def tone(self) -> str:
        """good, warn, bad, or none while nothing is known."""
        if self.text == "–":
            return "none"
        return "bad" if self.doomed else "good" if self.kind == "healthy" else "warn"

    @property
    def sentence(self) -> str:
        """Cause, number, meaning and what to try, as whole sentences."""
        sentence = f"{self.evidence[:1].upper()}{self.evidence[1:]}."
        return f"{sentence} {self.remedy.says}." if self.remedy else sentence


def verdict(facts: Facts) -> Verdict:
    """The verdict on one run; before its first statistics `healthy` with nothing to say."""
    for rule in RULES:
        finding = rule.find(facts)
        if finding is not None and not _overruled(rule.kind, facts):
            return _of(rule.kind, finding, facts)
    forecast = _foreseen(facts)
    if forecast and forecast.hopeless:
        return Verdict(STUCK, STUCK, forecast.evidence, forecast.at_step)
    if not facts.first and not facts.accuracy and not facts.result:
        return Verdict("healthy", "–", "nothing is recorded yet", 0)
    return Verdict("healthy", "healthy", _healthy(facts), facts.step)


@once_known
def verdicts(experiment: Experiment) -> list[Verdict]:
    """The verdict of every run, in the order of `experiment.runs`. Hold the experiment's lock."""
    return [verdict(facts) for facts in gather_facts(experiment)]


def rules_table() -> str:
    """The rules as a Markdown table, in the order in which they are asked."""
    rows = [f"| {rule.kind} | {rule.when} |" for rule in RULES]
    rows.append("| healthy | none of the above |")
    return "\n".join(["| verdict | when |", "|---|---|", *rows, "", NOTE])


def _foreseen(facts: Facts) -> Forecast | None:
    """The forecast while it is newer than the last evaluation."""
    forecast = facts.forecast
    return forecast if forecast and forecast.at_step >= facts.step else None


def _overruled(kind: str, facts: Facts) -> bool:
    """Whether the forecast says otherwise than a rule of this kind."""
    forecast = _foreseen(facts)
    return forecast is not None and kind in ({"slow"} if forecast.hopeless else LIKELY)


def _of(kind: str, finding: Finding, facts: Facts) -> Verdict:
    place = f"{kind} ({finding.place})" if finding.place else kind
    proposal = remedy(finding.cause, facts, finding.layer)
    evidence, proofs = finding.evidence, finding.proofs
    dropout = strong_dropout(facts)
    if dropout and finding.cause != dropout.kind and proposal and "dropout" in proposal.settings:
        evidence, proofs = f"{evidence}; besides, {dropout.says}", (*proofs, *dropout.proofs)
    return Verdict(
        kind,
        finding.text or place,
        evidence,
        facts.step,
        proofs,
        proposal,
        lesson(finding.cause, facts, finding.layer),
    )


def _healthy(facts: Facts) -> str:
    step, result = facts.result or (facts.step, facts.score)
    if step:
        return f"{facts.metric.text} {number(result)} at step {step:,}"
    if math.isnan(reach(facts)):
        return "its first statistics show nothing amiss"
    return f"the right classes gain {reach(facts):.2g} logits at the pace of step 0"


KINDS = (*(rule.kind for rule in RULES), "healthy")
