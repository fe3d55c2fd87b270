"""Checks what a person wants the compare page to show: the baseline, and the settings of the grid.

Compares the two flags with the runs there are; imports nothing of ours and draws nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.errors import UserError


class ComparisonError(UserError):
    """No such baseline or setting; the message is one sentence that names those there are."""


@dataclass(frozen=True)
class ComparisonRequest:
    """What a person wants the compare page to show; empty means the page's own choice.

    baseline: a run's name. grid: two settings, the rows and the columns of the accuracy grid.
    """

    baseline: str = ""
    grid: tuple[str, ...] = ()

    def as_settings(self) -> dict[str, Any]:
        """JSON values for the record, so that a later look shows the same."""
        return {"baseline": self.baseline, "grid": list(self.grid)}

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> ComparisonRequest:
        """What `as_settings` wrote; a record that another program made may hold none of it."""
        baseline, grid = settings.get("baseline"), settings.get("grid")
        two_names = (
            isinstance(grid, list) and len(grid) <= 2 and all(isinstance(k, str) for k in grid)
        )
        return cls(
            baseline if isinstance(baseline, str) else "", tuple(grid or ()) if two_names else ()
        )


def check_request(
    baseline: str | None,
    grid: Sequence[str] | None,
    run_names: Sequence[str],
    keys: Sequence[str],
) -> ComparisonRequest:
    """Check the two flags. keys: the settings that runs have. Raises ComparisonError."""
    if baseline and baseline not in run_names:
        raise ComparisonError(
            f"--baseline {baseline!r} is no run of this experiment: "
            f"its runs are {_listed(run_names)}"
        )
    settings = tuple(name.strip("-").replace("-", "_") for name in grid or ())
    for name in settings:
        if name not in keys:
            raise ComparisonError(
                f"--grid {name!r} is no setting of a run: the settings are {_listed(keys)}"
            )
    return ComparisonRequest(baseline or "", settings)


def _listed(names: Sequence[str], most: int = 16) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
