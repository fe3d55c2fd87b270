"""What our page is told of how the groups of seeds stand: places, differences, what intervals need.

Makes JSON values from `dashboard.runs.standing`; the rest of the model is
`dashboard.windows.page_model`'s.
"""

from __future__ import annotations

import math
from typing import Any

from dashboard.runs.significance import quantiles
from dashboard.runs.standing import Standing, versus_best


def standing_model(state: Standing) -> dict[str, Any]:
    """Each group's place and its difference from the best, and what the page needs to make an
    interval itself: Student's t by degrees of freedom, and the least variance of a difference."""
    most = max((len(own) for own in state.values), default=0)
    rows = versus_best(state)
    return {
        "t": [significant(t) for t in quantiles(most - 1)] if most > 1 else [],
        "floor": state.gaps.floor,
        "groups": [
            {"rank": [row.first, row.last], "delta": significant(row.delta),
             "low": significant(row.low), "high": significant(row.high),
             "better": row.better, "of": row.pairs}
            if (row := rows.get(i)) else None
            for i in range(len(state.groups))
        ],
    }  # fmt: skip


def significant(value: float | None) -> float | None:
    """A result of any size, in seven digits; None where there is none that JSON could hold."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.7g}")
