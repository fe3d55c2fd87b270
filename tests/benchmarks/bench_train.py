"""How much of the machine's arithmetic training uses, LeNet against a plain loop, evaluations."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.benchmarks.measure import Claim, ratio, seconds
from trainers.build import build_for
from trainers.config import RunConfig
from trainers.evaluate import evaluate
from trainers.local.process import settle
from trainers.plan.cores import cores
from trainers.tables.choice import make
from trainers.tables.datasets import load
from trainers.tables.losses import LOSSES
from trainers.train import train

MFLOP_A_STEP = 175.8  # MLP 784-200-200-10 at batch 200: forward, weight and input gradients
CPU = torch.device("cpu")
MLP = RunConfig(activation="relu", init="kaiming_normal", epochs=1)


class Silence:
    """Records nothing."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: None


def claims(rounds: int) -> list[Claim]:
    workers = cores()
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
    evaluation = ratio(
        "time of an evaluation / of an epoch, MLP",
        "<= 0.05",
        lambda: _in_processes(_evaluation_s, 1)[0],
        lambda: _in_processes(epoch_s, 1)[0],
        rounds,
        note="0.075 of an epoch's arithmetic: 10,000 images forward, 60,000 both ways",
    )
    return [arithmetic, lenet, evaluation]


def _in_processes(work: Callable[[], float], n: int) -> list[float]:
    """The results of `n` processes that work at the same time."""
    context: Any = multiprocessing.get_context("spawn")
    with context.Pool(n) as pool:
        return list(pool.map(_settled, [work] * n, chunksize=1))


def _settled(work: Callable[[], float]) -> float:
    import trainers.local.worker  # noqa: F401  # as the fork server does for a person's workers

    settle(1)
    return work()


def _mlp_gflops() -> float:
    """Of a run of the notes' length, 3,000 steps, its evaluations and statistics included."""
    data = load("mnist")
    train(MLP, data, CPU, Silence())
    spent_s = seconds(lambda: train(replace(MLP, epochs=10), data, CPU, Silence()))
    return 3000 * MFLOP_A_STEP / 1e3 / spent_s


def epoch_s(config: RunConfig = MLP) -> float:
    """Of training alone: what a further epoch costs, less its evaluation."""
    data = load("mnist")
    few = replace(data, test_x=data.test_x[:1], test_y=data.test_y[:1])
    train(config, few, CPU, Silence())
    one_s = seconds(lambda: train(config, few, CPU, Silence()))
    three_s = seconds(lambda: train(replace(config, epochs=3), few, CPU, Silence()))
    return (three_s - one_s) / 2


def _evaluation_s() -> float:
    data = load("mnist")
    model = build_for(MLP)
    loss_of = make(MLP.loss, LOSSES, "loss")
    work = partial(evaluate, model, loss_of, data, MLP.test_batch_size)
    work()
    return statistics.median(seconds(work) for _ in range(9))


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
