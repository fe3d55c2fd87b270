"""Trains runs: tables of choices, models built from them, and the loop that trains one.

Knows nothing of Visdom; the only thing it takes from `dashboard` is the Recorder. `launcher` alone,
which starts everything, opens the dashboard too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainers.saved_model import SavedRun


def load_run(
    folder: Path | str, run: str, which: str = "best", choices: Path | str | None = None
) -> SavedRun:
    """The trained model of a run; see `trainers.saved_model.load_run`."""
    from trainers import saved_model  # torch: not before somebody asks for a model

    return saved_model.load_run(folder, run, which, choices)
