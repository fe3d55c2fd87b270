"""What the signal statistics cost: CPU time of a run with them against the same run without.

Both sides are measured in the same run: the CPU time inside the statistics, and all the rest. Two
runs, one with and one without, differ by more than the statistics cost even when nothing changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

import torch

from tests.benchmarks.bench_train import Silence
from tests.benchmarks.measure import Claim
from trainers.config import RunConfig
from trainers.measure.distribution import Bins
from trainers.measure.signal import Probe
from trainers.tables.datasets import Data, load
from trainers.train import train

MLP = RunConfig(init="kaiming_normal")  # an evaluation at step 0 and after each of 5 epochs
RUNS = {
    "MLP 784-200-200-10": MLP,
    "MLP with 10 hidden layers": replace(MLP, hidden=(200,) * 10),
    "LeNet": replace(MLP, model="lenet"),
}


Parts = Sequence[tuple[type, str]]
"""Methods, each with its class."""


def claims(rounds: int) -> list[Claim]:
    torch.set_num_threads(1)
    data = load("mnist")
    _ratio(replace(MLP, epochs=1), data)  # what torch loads at its first step is nobody's cost
    return [
        Claim(
            f"CPU time of {config.epochs} epochs, {name}: with signal statistics / without",
            "<= 1.02",
            [_ratio(config, data) for _ in range(rounds)],
        )
        for name, config in RUNS.items()
    ] + [
        Claim(
            f"CPU time of {config.epochs} epochs, {name}: with distributions / without",
            "<= 1.02",
            [_ratio(config, data, _DISTRIBUTIONS) for _ in range(rounds)],
        )
        for name, config in RUNS.items()
    ]


_STATISTICS = [(Probe, "record")]
_DISTRIBUTIONS = [(Probe, "fix_bins"), (Bins, "counts")]


def _ratio(config: RunConfig, data: Data, parts: Parts = _STATISTICS) -> float:
    """CPU time of a whole run ÷ that without some parts of it; nothing is written."""
    silence: Any = Silence()
    with _timed(parts) as inside_s:
        started_s = time.process_time()
        train(config, data, torch.device("cpu"), silence)
        whole_s = time.process_time() - started_s
    return whole_s / (whole_s - sum(inside_s))


@contextmanager
def _timed(parts: Parts) -> Iterator[list[float]]:
    """The CPU seconds of every call of these methods while the block runs."""
    spent_s: list[float] = []

    def timing(method: Any) -> Any:
        def timed(*arguments: Any) -> Any:
            started_s = time.process_time()
            try:
                return method(*arguments)
            finally:
                spent_s.append(time.process_time() - started_s)

        return timed

    with ExitStack() as stack:
        for owner, name in parts:
            stack.enter_context(mock.patch.object(owner, name, timing(getattr(owner, name))))
        yield spent_s
