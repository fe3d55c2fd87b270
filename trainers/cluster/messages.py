"""Defines what a Ray task writes to the launcher: a run begins, a batch of points, a checkpoint,
a trained model.

How messages travel is `trainers.cluster.mailbox`, what becomes of them `trainers.cluster.receiver`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.record.sink import Batch


@dataclass(frozen=True)
class Begin:
    """A run begins. keep_to: the last step of an earlier attempt that stays."""

    config: dict[str, Any]
    keep_to: int


@dataclass(frozen=True)
class Kept:
    """A checkpoint's file; None when it is no longer needed."""

    file: bytes | None


@dataclass(frozen=True)
class Model:
    """A trained model's file. name: within the run's folder of models."""

    name: str
    file: bytes


@dataclass(frozen=True)
class Message:
    """Something about a run. attempt: which one of the run speaks, so that a lost one cannot."""

    run: str
    attempt: int
    what: Begin | Batch | Kept | Model
