"""A verdict as the page is told it, and as words for Visdom's own page and for files.

Words and JSON only: what is judged is `dashboard.runs.verdict`'s, how it looks is the page's.
"""

from __future__ import annotations

from typing import Any

from dashboard.runs.verdict import Verdict
from dashboard.windows.html import Safe, join, tag


def why_model(verdict: Verdict) -> dict[str, Any]:
    """JSON values. What there is nothing to say of is left out: it is sent for every run.

    remedy: {says, settings}. proofs: [what, value, limit, source] each. lesson: [environment,
    window, says] of the atlas.
    """
    model: dict[str, Any] = {
        "kind": verdict.kind,
        "text": verdict.text,
        "evidence": verdict.evidence,
        "tone": verdict.tone,
    }
    if verdict.remedy:
        model["remedy"] = {
            "says": verdict.remedy.says,
            "settings": dict(verdict.remedy.settings),
        }
    if verdict.proofs:
        model["proofs"] = [list(link) for link in verdict.proofs]
    if verdict.lesson:
        model["lesson"] = list(verdict.lesson)
    return model


def why_words(verdict: Verdict) -> Safe:
    """The verdict and its reason, what to try, and the numbers, as HTML without a link."""
    links = [
        tag("li", f"{what}: {value}, held against {limit}" + (f" ({source})" if source else ""))
        for what, value, limit, source in verdict.proofs
    ]
    head = tag("p", tag("b", f"{verdict.text}: "), verdict.sentence)
    return join([head, tag("ul", *links)] if links else [head])
