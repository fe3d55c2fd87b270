"""What `dashboard.record` gives: runs, points and media as they are read. Reads nothing itself."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Run:
    """One run as the record has it. Times are seconds since 1970; 0 steps means not yet known."""

    id: int
    name: str
    config: dict[str, Any]
    state: str
    error: str
    created_s: float
    started_s: float | None
    ended_s: float | None
    heartbeat_s: float | None
    total_steps: int
    steps_per_epoch: int
    attempt: int


@dataclass(frozen=True)
class Points:
    """New points of one series in the order they were written; three arrays of one length."""

    run_id: int
    series: str
    steps: np.ndarray
    times_s: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Media:
    """An image, text or JSON value (`kind`: png, text, json); `Record.body(id)` has its bytes."""

    id: int
    run_id: int
    name: str
    kind: str
    step: int
    details: dict[str, Any]


@dataclass
class Changes:
    """What `Record.changes` found: every run, and the rows that are new since the last call."""

    runs: list[Run]
    points: list[Points] = field(default_factory=list)
    media: list[Media] = field(default_factory=list)
    more: bool = False


def media_of(row: tuple[Any, ...]) -> Media:
    """From a row of `media` without its body. Raises ValueError when its details are no JSON."""
    media_id, run_id, name, kind, step, details = row
    return Media(media_id, run_id, name, kind, step, dict(json.loads(details)))


def points_of(run_id: int, series: str, rows: list[tuple[Any, ...]]) -> Points:
    """From rows of `point` as (anything, step, time, value); a value of None is a NaN."""
    values = [math.nan if row[3] is None else row[3] for row in rows]
    return Points(
        run_id,
        series,
        np.array([row[1] for row in rows], dtype=np.int64),
        np.array([row[2] for row in rows], dtype=np.float64),
        np.array(values, dtype=np.float64),
    )
