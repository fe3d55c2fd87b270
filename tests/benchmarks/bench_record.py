"""What recording costs a training loop, and what of it is safe, beside tensorboardX and Trackio.

Those two are measured where they are installed; Trainboard does not need them:
`.venv/bin/python -m pip install tensorboardX trackio`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from dashboard import Recorder
from tests.benchmarks.burst import OURS, POINTS, RECORDERS
from tests.benchmarks.measure import Claim, quotient

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
        *burst_claims(rounds),
    ]


def burst_claims(rounds: int) -> list[Claim]:
    """A burst, one second of silence, kill -9: what a call and a point cost, what is kept."""
    installed = [name for name, (_, _, module) in RECORDERS.items() if find_spec(module)]
    measured: dict[str, list[tuple[float, float, int]]] = {name: [] for name in installed}
    for i in range(rounds):
        for name in installed[:: -1 if i % 2 else 1]:
            with tempfile.TemporaryDirectory() as folder:
                measured[name].append(_burst(name, Path(folder)))
    claims = [claim for name in installed for claim in _claims_of(name, measured[name])]
    calls, points = (
        {name: [figures[i] for figures in measured[name]] for name in installed} for i in (0, 1)
    )
    for name in installed:
        if name != OURS:
            what = f"one logged number: {name} / ours"
            claims.append(quotient(f"{what}, the call", ">= 5", calls[name], calls[OURS]))
            claims.append(quotient(f"{what}, processor time", ">= 1", points[name], points[OURS]))
    return claims


def _claims_of(name: str, measured: list[tuple[float, float, int]]) -> Iterator[Claim]:
    calls, points, kept = zip(*measured, strict=True)
    missing = [module for _, _, module in RECORDERS.values() if not find_spec(module)]
    note = f"beside others: pip install {' '.join(missing)}" if missing else ""
    yield Claim(f"{name}: one call of a burst of {POINTS:,}", "", [*calls], " us", note)
    yield Claim(f"{name}: processor time a point", "", [*points], " us")
    target = f"{POINTS}" if name == OURS else ""
    yield Claim(f"{name}: kept of {POINTS:,}, 1 s later, kill -9", target, [*kept])


def _burst(name: str, folder: Path) -> tuple[float, float, int]:
    """Microseconds a call, of processor time a point, and the points kept."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.burst", name, str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    with process:
        figures = _figures(process)
        call_us, point_us = next(figures), next(figures)
        process.kill()
    return call_us, point_us, RECORDERS[name][1](folder)


def _figures(process: subprocess.Popen[str]) -> Iterator[float]:
    """The numbers that the process prints; what a recorder itself prints is passed over."""
    for line in process.stdout or ():
        with suppress(ValueError):
            yield float(line)


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
