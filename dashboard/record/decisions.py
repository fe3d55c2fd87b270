"""Keeps what was decided of runs while they were trained, among the settings of the experiment.

Each decision is a row of its own, so that the file's tables stay as they are. Who decides, and what
comes of it, is not known here.
"""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import dataclass

from dashboard.record.late_writes import LateWrites
from dashboard.record.schema import ENTER_SETTING

KEY = "decision "
"""Begins the key of the setting that keeps a decision; then comes when, in nanoseconds."""
READ = "SELECT rowid, value FROM experiment WHERE rowid > ? AND key GLOB ? ORDER BY rowid"


@dataclass(frozen=True)
class Decision:
    """What was decided of a run. act: "added", "went on", or the state that it was to end in.

    time_s: seconds since 1970.
    """

    time_s: float
    run: str
    act: str
    reason: str


def note(pending: LateWrites, run: str, act: str, reason: str) -> None:
    """Write a decision now, or as soon as the record takes it."""
    statement, values = entry(run, act, reason)
    pending.add(statement, *values)


def entry(run: str, act: str, reason: str) -> tuple[str, tuple[str, str]]:
    """The statement that writes a decision, and its values."""
    decision = {"time_s": time.time(), "run": run, "act": act, "reason": reason}
    return ENTER_SETTING, (f"{KEY}{time.time_ns()}", json.dumps(decision))


def decisions(db: sqlite3.Connection, after: int) -> tuple[list[Decision], int]:
    """The decisions in rows with higher ids, in their order, and the id of the last one.

    Raises ValueError, TypeError or KeyError for what is none of ours.
    """
    rows = db.execute(READ, (after, f"{KEY}*")).fetchall()
    return [_decision(json.loads(value)) for _, value in rows], rows[-1][0] if rows else after


def _decision(fields: dict[str, object]) -> Decision:
    time_s = float(str(fields["time_s"]))
    return Decision(time_s, str(fields["run"]), str(fields["act"]), str(fields["reason"]))
