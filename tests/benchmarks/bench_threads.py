"""What the threads of a run bring: one alone with all cores, and two beside each other."""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import replace
from functools import partial
from typing import Any

from tests.benchmarks.bench_train import MLP, epoch_s
from tests.benchmarks.measure import Claim, ratio
from trainers.config import RunConfig
from trainers.launcher.start import OPENMP
from trainers.local.process import settle
from trainers.plan.cores import cores

LENET = replace(MLP, model="lenet")


def claims(rounds: int) -> list[Claim]:
    os.environ.update(OPENMP)  # as a launcher gives it to its workers
    many = cores()
    alone = [
        ratio(
            f"a run of {name} alone: speed with {many} threads / with one",
            f">= {aim}",
            partial(_speed, config, many, 1),
            partial(_speed, config, 1, 1),
            rounds,
        )
        for name, config, aim in (("the MLP", MLP, 1.5), ("LeNet", LENET, 1.7))
    ]
    beside = ratio(
        f"two runs of the MLP at once: speed with {many} threads each / with one",
        ">= 0.5",
        partial(_speed, MLP, many, 2),
        partial(_speed, MLP, 1, 2),
        rounds,
        note="more threads than cores: it must not collapse",
    )
    return [*alone, beside]


def _speed(config: RunConfig, threads: int, runs: int) -> float:
    """Epochs a second of so many runs at once, the slowest of them."""
    context: Any = multiprocessing.get_context("spawn")
    with context.Pool(runs) as pool:
        return min(pool.map(partial(_epochs_a_second, config), [threads] * runs, chunksize=1))


def _epochs_a_second(config: RunConfig, threads: int) -> float:
    settle(threads)
    return 1 / epoch_s(config)
