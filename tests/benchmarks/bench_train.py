"""How much of the machine's arithmetic the training loop uses, and LeNet against a plain loop."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.benchmarks.measure import Claim, ratio
from trainers.config import RunConfig
from trainers.datasets import load
from trainers.settle import settle
from trainers.train import train

MFLOP_A_STEP = 175.8  # MLP 784-200-200-10 at batch 200: forward, weight and input gradients
CPU = torch.device("cpu")


class Silence:
    """Records nothing."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: None


def claims(rounds: int) -> list[Claim]:
    workers = len(os.sched_getaffinity(0))
    arithmetic = ratio(
        f"arithmetic: GFLOP/s of {workers} MLP workers / of sgemm on as many threads",
        ">= 0.65",
        lambda: sum(_in_processes(_mlp_gflops, workers)),
        lambda: sum(_in_processes(_sgemm_gflops, workers)),
        rounds,
    )
    lenet = ratio(
        "LeNet steps/s: ours / plain eager loop on resident tensors",
        ">= 1.5",
        lambda: _in_processes(_our_lenet, 1)[0],
        lambda: _in_processes(_plain_lenet, 1)[0],
        rounds,
    )
    return [arithmetic, lenet]


def _in_processes(work: Callable[[], float], n: int) -> list[float]:
    """The results of `n` processes that work at the same time."""
    context: Any = multiprocessing.get_context("spawn")
    with context.Pool(n) as pool:
        return list(pool.map(_settled, [work] * n, chunksize=1))


def _settled(work: Callable[[], float]) -> float:
    import trainers.preload  # noqa: F401  # as the fork server does for a person's workers

    settle(1)
    return work()


def _mlp_gflops() -> float:
    config = RunConfig(activation="relu", init="kaiming_normal", epochs=1)
    data = load("mnist")
    train(replace(config, epochs=1), data, CPU, Silence())
    started_s = time.perf_counter()
    train(replace(config, epochs=3), data, CPU, Silence())
    return 900 * MFLOP_A_STEP / 1e3 / (time.perf_counter() - started_s)


def _sgemm_gflops() -> float:
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    out = torch.empty(1024, 1024)
    torch.mm(a, b, out=out)
    products, started_s = 0, time.perf_counter()
    while time.perf_counter() - started_s < 2.0:
        torch.mm(a, b, out=out)
        products += 1
    return products * 2 * 1024**3 / 1e9 / (time.perf_counter() - started_s)


def _our_lenet() -> float:
    config = RunConfig(model="lenet", activation="sigmoid", init="xavier_uniform", epochs=1)
    data = load("mnist")
    data = replace(data, test_x=data.test_x[:200], test_y=data.test_y[:200])
    started_s = time.perf_counter()
    train(config, data, CPU, Silence())
    return 300 / (time.perf_counter() - started_s)


def _plain_lenet() -> float:
    data = load("mnist")
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10),
    )  # fmt: skip
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    started_s = time.perf_counter()
    for batch in torch.randperm(60_000).split(200):
        loss = F.cross_entropy(model(data.train_x[batch]), data.train_y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
    return 300 / (time.perf_counter() - started_s)
