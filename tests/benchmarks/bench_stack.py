"""Stacked runs against the same runs one by one: MLPs and LeNets, on a GPU if there is one.

    python3 -m tests.benchmarks.bench_stack [--rounds N] [--steps N] [--out FILE]

Needs torch, numpy and torchinfo, nothing of the dashboard. Nothing is written while a run trains.
Two times are taken of every run, both through the public functions `train` and `train_stack`:
`training` from the first step to the last loss on the host, and `whole` with building the models,
capturing the graph, the evaluations and signal statistics at the start and at the end.

Not yet run on a GPU: none could be had, so what a stack gains there is not known. Without a GPU the
same code runs for fewer steps and smaller stacks, and says so. A stack gains nothing on a CPU: on 2
busy cores (load 6, PyTorch 2.15, one thread, 3 rounds of 40 steps) it trained at 0.7 to 0.95 of the
speed of its runs one by one, which is why only --stack asks for one there. bf16 ended with a mean
test accuracy within 0.0002 of fp32.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from tests.benchmarks.measure import ROUNDS, Claim
from trainers.config import PRECISIONS, RunConfig
from trainers.local.process import settle
from trainers.stack.train import train_stack
from trainers.tables.datasets import Data, load
from trainers.train import train

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu")
INITS = ("xavier_uniform", "kaiming_normal", "orthogonal")
STEPS_PER_EPOCH = 300  # 60,000 images in batches of 200
GPU_STEPS, CPU_STEPS = 3000, 60
SIZES = {"mlp": (1, 8, 64, 256), "lenet": (1, 8, 64)}
CPU_SIZES = {"mlp": (1, 8, 64), "lenet": (1, 8)}
FLOOR_S = {("mlp", 1): 0.16, ("mlp", 64): 0.50, ("mlp", 256): 2.0}
"""Seconds for 3,000 steps that the arithmetic or the launches of an H200 allow (references)."""


class Watch:
    """A recorder that keeps the time of the first step and of the last, and the last accuracies."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self.begun_s = self.ended_s = 0.0
        self.accuracies: list[float] = []

    def scalar(self, series: str, step: int, value: float) -> None:
        if step == 0:
            self.begun_s = time.perf_counter()
        elif series == "test_accuracy" and step == self._steps:
            self.accuracies.append(value)

    def scalars(self, series: str, first_step: int, values: Sequence[float]) -> None:
        if series == "train_loss" and first_step + len(values) > self._steps:
            self.ended_s = time.perf_counter()

    def flush(self) -> bool:
        self.begun_s = self.begun_s if self.ended_s else time.perf_counter()
        return True

    def images(self, *what: Any, **named: Any) -> None: ...
    def data(self, *what: Any) -> None: ...
    def expect(self, *what: int) -> None: ...


class Bench:
    """What is trained on which device, and how long one training took."""

    def __init__(self, steps: int | None = None) -> None:
        self.gpu = torch.cuda.is_available()
        self.device = torch.device("cuda" if self.gpu else "cpu")
        self.steps = steps or (GPU_STEPS if self.gpu else CPU_STEPS)
        self.sizes = SIZES if self.gpu else CPU_SIZES
        if not self.gpu:
            settle(1)
        data = load("mnist", device=self.device)
        per_epoch = min(self.steps, STEPS_PER_EPOCH)
        self.epochs = self.steps // per_epoch
        self.steps = self.epochs * per_epoch
        self.data: Data = replace(
            data, train_x=data.train_x[: per_epoch * 200], train_y=data.train_y[: per_epoch * 200]
        )

    def configs(self, model: str, size: int, precision: str = "fp32") -> list[RunConfig]:
        """`size` runs that differ in activation, init and, from the 13th on, learning rate."""
        return [
            RunConfig(
                model=model,
                activation=ACTIVATIONS[i % 4],
                init=INITS[i // 4 % 3],
                lr=0.05 * 0.9 ** (i // 12),
                epochs=self.epochs,
                eval_every=self.steps,
                precision=precision,
            )
            for i in range(size)
        ]

    def alone(self, model: str) -> dict[str, float]:
        """One run by itself, by the plain eager loop."""
        config = self.configs(model, 1)[0]
        return self._timed(lambda watch: train(config, self.data, self.device, watch))

    def stacked(self, model: str, size: int, precision: str = "fp32") -> dict[str, float]:
        """`size` runs as one stack."""
        configs = self.configs(model, size, precision)
        return self._timed(
            lambda watch: train_stack(configs, self.data, self.device, [watch] * size, _diverged)
        )

    def _timed(self, work: Callable[[Watch], object]) -> dict[str, float]:
        watch = Watch(self.steps)
        started_s = time.perf_counter()
        work(watch)
        whole_s = time.perf_counter() - started_s
        return {
            "training": watch.ended_s - watch.begun_s,
            "whole": whole_s,
            "accuracy": statistics.mean(watch.accuracies),
        }


def claims(rounds: int, bench: Bench | None = None) -> list[Claim]:
    """All of it: stacks against runs alone, and the precisions against fp32."""
    bench = bench or Bench()
    all_claims = [claim for model in bench.sizes for claim in _stack_claims(bench, model, rounds)]
    return all_claims + _precision_claims(bench, max(1, rounds // 2))


def _stack_claims(bench: Bench, model: str, rounds: int) -> list[Claim]:
    bench.stacked(model, 1)  # the first of everything is slow: libraries load, memory is taken
    bench.alone(model)
    alone: list[dict[str, float]] = []
    stacks: dict[int, list[dict[str, float]]] = {size: [] for size in bench.sizes[model]}
    for _ in range(rounds):
        alone.append(bench.alone(model))
        for size, times in stacks.items():
            times.append(bench.stacked(model, size))
    return [c for size, times in stacks.items() for c in _of(bench, model, size, alone, times)]


def _of(
    bench: Bench,
    model: str,
    size: int,
    alone: list[dict[str, float]],
    stacked: list[dict[str, float]],
) -> list[Claim]:
    what = f"{size} × {model}, {bench.steps} steps"
    values = []
    for part in ("training", "whole"):
        one, all_ = ([times[part] for times in side] for side in (alone, stacked))
        ratios = [size * a / s for a, s in zip(one, all_, strict=True)]
        target = {1: ">= 3", 64: ">= 20"}.get(size, "") if bench.gpu and part == "training" else ""
        note = f"stack {statistics.median(all_):.3g} s, one alone {statistics.median(one):.3g} s"
        if part == "training" and bench.gpu and (floor_s := FLOOR_S.get((model, size))):
            times_floor = statistics.median(all_) / floor_s * GPU_STEPS / bench.steps
            note += f"; {times_floor:.2g} × the floor of {floor_s} s (aim: 2)"
        sides = {"one alone": one, "stack": all_}
        values.append(
            Claim(f"{what}, {part}: one by one / stacked", target, ratios, "×", note, sides)
        )
    return values


def _precision_claims(bench: Bench, rounds: int) -> list[Claim]:
    size = 64 if bench.gpu else 8
    times: dict[str, list[dict[str, float]]] = {name: [] for name in PRECISIONS}
    for _ in range(rounds):
        for name, found in times.items():
            found.append(bench.stacked("mlp", size, name))
    exact = times["fp32"]
    return [
        Claim(
            f"{size} × mlp, training: fp32 / {name}",
            "",
            [a["training"] / b["training"] for a, b in zip(exact, times[name], strict=True)],
            "×",
            f"mean test accuracy {times[name][0]['accuracy']:.4f}, fp32 {exact[0]['accuracy']:.4f}",
        )
        for name in PRECISIONS
        if name != "fp32"
    ]


def _diverged(member: int, why: Exception | None) -> None:
    raise AssertionError(f"run {member} of the benchmark diverged: {why}")


def facts(bench: Bench) -> dict[str, str]:
    """What was measured on."""
    return {
        "device": torch.cuda.get_device_name(0) if bench.gpu else "CPU; has not run on a GPU",
        "processor": platform.processor() or platform.machine(),
        "torch": torch.__version__,
        "torch threads": str(torch.get_num_threads()),
        "python": platform.python_version(),
        "steps": str(bench.steps),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds (default: {ROUNDS})")
    parser.add_argument("--steps", type=int, default=None, help="steps of every run")
    parser.add_argument("--out", type=Path, default=None, help="file for the figures as JSON")
    args = parser.parse_args()
    bench = Bench(args.steps)
    print("; ".join(f"{key}: {value}" for key, value in facts(bench).items()), flush=True)
    all_claims = claims(args.rounds, bench)
    for claim in all_claims:
        print(" | ".join(part for part in claim.row() if part))
    if args.out:
        figures = [{**vars(claim), "median": claim.median} for claim in all_claims]
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps({"machine": facts(bench), "claims": figures}, indent=1))


if __name__ == "__main__":
    main()
