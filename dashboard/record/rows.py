"""Defines what `dashboard.record.reader` gives: runs, points and media. Reads nothing itself."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dashboard.record.decisions import Decision
from dashboard.record.owner import GONE
from dashboard.record.states import STATES


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

    def number(self, key: str) -> float:
        """A setting that should be a number; 0 where it is none, as `auto`, or not finite."""
        value = self.config.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return 0.0
        return float(value) if abs(value) < sys.float_info.max else 0.0

    def without_process(self) -> Run:
        """The run as it is when the process that wrote it has ended without recording an end."""
        return replace(self, state="stopped", error=GONE, ended_s=self.heartbeat_s)


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
    """What `Record.changes` has read: every run, and the rows that are new since the last call.

    removed_ids: of runs that somebody took out of view. answers: how many requests of people have
    been answered by now.
    """

    runs: list[Run]
    points: list[Points] = field(default_factory=list)
    media: list[Media] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    removed_ids: frozenset[int] = frozenset()
    answers: int = 0
    more: bool = False


def run_of(row: Sequence[Any]) -> Run:
    """From a row of `run`. Raises ValueError when a column holds what no Recorder writes."""
    run = Run(row[0], row[1], _settings(row[2]), *row[3:])
    counts = (run.id, run.total_steps, run.steps_per_epoch, run.attempt)
    times_s = (run.started_s, run.ended_s, run.heartbeat_s)
    good = isinstance(run.name, str) and isinstance(run.error, str) and run.state in STATES
    good = good and all(isinstance(count, int) and count >= 0 for count in counts)
    good = good and _is_time(run.created_s)
    if not (good and all(time_s is None or _is_time(time_s) for time_s in times_s)):
        raise ValueError(f"the row of run {str(run.name)[:60]!r} makes no sense")
    return run


def _is_time(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _settings(text: str) -> dict[str, Any]:
    """A config. Half a character (\\ud800) can be written in JSON, but not be sent or printed."""
    config = json.loads(text)
    if "\\ud" in text.lower():
        whole = json.dumps(config, ensure_ascii=False).encode(errors="replace")
        config = json.loads(whole)
    return dict(config)


def media_of(row: tuple[Any, ...]) -> Media:
    """From a row of `media` without its body. Raises ValueError when its details are no JSON."""
    media_id, run_id, name, kind, step, details = row
    if not (isinstance(name, str) and isinstance(kind, str) and isinstance(step, int)):
        raise ValueError(f"image or text {media_id} makes no sense")
    return Media(media_id, run_id, name, kind, step, dict(json.loads(details)))


def points_of(run_id: int, series: str, rows: list[tuple[Any, ...]]) -> Points:
    """From rows of `point` as (anything, step, time, value); a value of None is a NaN."""
    if not isinstance(series, str):
        raise ValueError("the name of a series is no text")
    values = [math.nan if row[3] is None else row[3] for row in rows]
    return Points(
        run_id,
        series,
        np.array([row[1] for row in rows], dtype=np.int64),
        np.array([row[2] for row in rows], dtype=np.float64),
        np.array(values, dtype=np.float64),
    )
