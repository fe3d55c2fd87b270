"""What the signal statistics cost: CPU time of a run with them against the same run without.

CPU time of one thread, not time on the wall: what else the machine does matters less.
"""

from __future__ import annotations

import time
from dataclasses import replace
from unittest import mock

import torch

from tests.benchmarks.bench_train import Silence
from tests.benchmarks.measure import Claim, ratio
from trainers.config import RunConfig
from trainers.datasets import Data, load
from trainers.signal import Probe
from trainers.train import train

MLP = RunConfig(init="kaiming_normal")  # 5 epochs of 300 steps, an evaluation after each
RUNS = {
    "MLP 784-200-200-10": MLP,
    "MLP with 10 hidden layers": replace(MLP, hidden=(200,) * 10, epochs=2),
    "LeNet": replace(MLP, model="lenet", epochs=1),
}


def claims(rounds: int) -> list[Claim]:
    torch.set_num_threads(1)
    data = load("mnist")
    return [
        ratio(
            f"CPU time of {config.epochs} epochs, {name}: with signal statistics / without",
            "<= 1.02",
            lambda config=config: _cpu_s(config, data, measured=True),  # type: ignore[misc]
            lambda config=config: _cpu_s(config, data, measured=False),  # type: ignore[misc]
            rounds,
        )
        for name, config in RUNS.items()
    ]


def _cpu_s(config: RunConfig, data: Data, *, measured: bool) -> float:
    """CPU seconds of one run, with the statistics or without; nothing is written."""
    record = Probe.record if measured else lambda *_: None
    with mock.patch.object(Probe, "record", record):
        started_s = time.process_time()
        train(config, data, torch.device("cpu"), Silence())
        return time.process_time() - started_s
