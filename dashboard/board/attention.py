"""How often a window is worth drawing, by what all pages that have its environment open look at.

A page is sent fewer frames while its own drawing takes too much of its time, and hardly any of a
window that is scrolled away, collapsed or in a hidden tab. The quickest page that sees a window
decides. What is due is the board's to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

UNSEEN_S = 15.0
"""A window that no page has in sight is drawn no more often than this while something trains."""


class Page(NamedTuple):
    """seen: the windows that it has in sight. every_s: the least time between two frames of it."""

    seen: frozenset[str]
    every_s: float


Attention = Sequence[Page]
"""Of all pages that have an environment open; none where one of them does not say what it sees."""


def pace_s(attention: Attention, window: str) -> float:
    """The least time between two drawings of a window that suits these pages; 0: any."""
    if not attention:
        return 0.0
    return min((page.every_s for page in attention if window in page.seen), default=UNSEEN_S)


def attentions(answer: Mapping[str, Any]) -> dict[str, Attention]:
    """What our server answered, by environment. Raises ValueError where it is malformed."""
    try:
        return {
            str(name): [
                Page(frozenset(map(str, page["seen"])), float(page["every_s"])) for page in pages
            ]
            for name, pages in answer.items()
        }
    except (AttributeError, TypeError, KeyError) as why:
        raise ValueError("it tells the attention of no page") from why
