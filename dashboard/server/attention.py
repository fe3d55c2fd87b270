"""What a page says it looks at, and how often it can take a new frame: checked, and kept with its
socket until it says otherwise.

The board asks for it and sends less (`dashboard.board.attention`); nothing is held back here.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

COMMAND = "trainboard_attention"
MOST_WINDOWS = 500
LONGEST_NAME = 300  # characters
SLOWEST_S = 30.0


@dataclass(frozen=True)
class PageAttention:
    """seen: the names of the windows in sight. every_s: the least time between two frames."""

    seen: list[str]
    every_s: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def attention_of(message: dict[str, Any]) -> PageAttention | None:
    """The attention that a page's message tells; None where it is not as it should be."""
    seen, every_s = message.get("seen"), message.get("every_s")
    if not isinstance(seen, list) or len(seen) > MOST_WINDOWS:
        return None
    if not all(isinstance(name, str) and len(name) <= LONGEST_NAME for name in seen):
        return None
    if isinstance(every_s, bool) or not isinstance(every_s, int | float):
        return None
    if not math.isfinite(every_s):
        return None
    return PageAttention(seen, min(max(float(every_s), 0.0), SLOWEST_S))
