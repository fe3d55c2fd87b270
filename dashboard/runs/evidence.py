"""A link of the chain of evidence: what was measured, against which threshold, and whose that is.

Words only; what is measured and what follows from it is said by `dashboard.runs.causes` and
`dashboard.runs.findings`.
"""

from __future__ import annotations

from typing import NamedTuple

from dashboard.runs.thresholds import Threshold


class Proof(NamedTuple):
    """A link of the chain of evidence. what: was measured, and where. value: as text.

    limit: what it was held against. source: where that comes from.
    """

    what: str
    value: str
    limit: str
    source: str


def amount(value: float) -> str:
    """Two digits, large numbers whole: "0.0031", "2.7", "203"."""
    return f"{value:,.0f}" if 100 <= abs(value) < 1e6 else f"{value:.2g}"


def proof(what: str, value: str, limit: str, threshold: Threshold) -> Proof:
    """limit: a format of the threshold."""
    return Proof(what, value, limit.format(threshold), threshold.source)
