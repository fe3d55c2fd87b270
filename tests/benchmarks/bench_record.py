"""What recording costs a training loop: microseconds a call, commits included."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from dashboard import Recorder
from tests.benchmarks.measure import Claim

CALLS = 100_000
CALLS_UNCOMMITTED = 10_000  # take a few milliseconds, and fewer than a recorder lets wait


def claims(rounds: int) -> list[Claim]:
    """`Recorder.scalar` alone, and with its commits spread over the calls."""
    alone, amortised = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            alone.append(_alone_us(Path(folder)))
            amortised.append(_amortised_us(Path(folder)))
    return [
        Claim("Recorder.scalar, one call", "<= 2 us", alone, " us"),
        Claim("Recorder.scalar with its commits", "<= 5 us", amortised, " us"),
    ]


def _alone_us(folder: Path) -> float:
    spent_s, step = 0.0, 0
    with Recorder(folder, "alone") as run:
        while step < CALLS:
            run.flush()  # so that no commit falls into the next calls
            started_s = time.perf_counter()
            for step in range(step + 1, step + CALLS_UNCOMMITTED + 1):  # noqa: B020
                run.scalar("train_loss", step, 0.5)
            spent_s += time.perf_counter() - started_s
    return spent_s / step * 1e6


def _amortised_us(folder: Path) -> float:
    started_s = time.perf_counter()
    with Recorder(folder, "amortised") as run:
        for step in range(CALLS):
            run.scalar("train_loss", step, 0.5)
    return (time.perf_counter() - started_s) / CALLS * 1e6
