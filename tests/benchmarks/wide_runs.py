"""Draws runs from a wide space and trains each once: what became of it, and what was recorded.

A draw is a pure function of its number. What was recorded is kept in a folder of the machine's own,
by the settings of the run, so that a changed rule is judged again without training; what step 0
measures is measured anew whenever the code that measures has changed. Judges nothing.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import os
import random
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch

from tests.benchmarks.bench_verdict import ACTIVATIONS, INITS
from trainers import measure
from trainers import train as training
from trainers.build import build_model
from trainers.config import RunConfig
from trainers.measure.signal import Probe
from trainers.measure.trial import Plan
from trainers.tables.choice import make
from trainers.tables.datasets import Data, load
from trainers.tables.losses import LOSSES
from trainers.tables.optimizers import OPTIMIZERS
from trainers.tape import Diverged

# Depths, widths, batches and rates are drawn evenly on a logarithmic scale.
DEPTHS = (1, 20)
WIDTHS = (16, 800)
BATCHES = (32, 500)
RATES = {
    "sgd": (1e-3, 1.0),
    "sgd:momentum=0.9": (1e-4, 0.3),
    "adam": (1e-5, 0.1),
    "adamw": (1e-5, 0.1),
}
USUAL_INITS = ("default", "kaiming_normal", "xavier_uniform", "orthogonal")
MOST_WEIGHTS = 1_500_000  # a run of more takes minutes on two cores
MOST_DROPOUT = 0.8
CHANCE_OF = {"lenet": 0.1, "dropout": 0.4, "output_activation": 0.15, "widths_differ": 0.5,
             "usual_init": 0.5}  # fmt: skip
FOLDER = Path(tempfile.gettempdir()) / f"trainboard-wide-runs-{os.getuid()}"
IMAGES, TEST_IMAGES = 20_000, 2_000
Scalars = dict[str, list[tuple[int, float]]]
"""series -> (step, value) of every point."""


@dataclass(frozen=True)
class WideRun:
    """One trained draw. accuracy: the test accuracy at its end; None where the loss was no number
    at the end. scalars: all that was recorded."""

    config: RunConfig
    total_steps: int
    steps_per_epoch: int
    accuracy: float | None
    scalars: Scalars


def draw(number: int, epochs: int = 1) -> RunConfig:
    """The draw of this number. One that cannot be built, or takes too long, is drawn again."""
    dice = random.Random(f"wide run {number}")
    while True:
        config = replace(_drawn(dice), epochs=epochs, seed=number)
        weights = sum(a * b for a, b in itertools.pairwise((784, *(config.hidden or ()))))
        if weights < MOST_WEIGHTS and (config.model, config.init) != ("lenet", "eye"):
            return config


def _drawn(dice: random.Random) -> RunConfig:
    lenet = dice.random() < CHANCE_OF["lenet"]
    depth = round(_between(dice, DEPTHS))
    widths = [round(_between(dice, WIDTHS)) for _ in range(depth)]
    if dice.random() >= CHANCE_OF["widths_differ"]:
        widths = widths[:1] * depth
    optimizer = dice.choice(list(RATES))
    lr, batch = _between(dice, RATES[optimizer]), round(_between(dice, BATCHES))
    dropout = round(dice.uniform(0, MOST_DROPOUT), 2)
    inits = USUAL_INITS if dice.random() < CHANCE_OF["usual_init"] else INITS
    noisy = dice.random() < CHANCE_OF["dropout"]
    return RunConfig(
        model="lenet" if lenet else "mlp",
        activation=dice.choice(ACTIVATIONS),
        init=dice.choice(inits),
        loss=dice.choice(list(LOSSES)),
        hidden=None if lenet else tuple(widths),
        dropout=(dropout,) if noisy and not lenet else (),
        output_activation=dice.random() < CHANCE_OF["output_activation"],
        optimizer=optimizer,
        lr=float(f"{lr:.3g}"),
        batch_size=batch,
    )


def _between(dice: random.Random, ends: tuple[float, float]) -> float:
    return math.exp(dice.uniform(math.log(ends[0]), math.log(ends[1])))


def wide_run(number: int, epochs: int = 1) -> WideRun:
    """The draw of this number as it was recorded, trained now if it never was."""
    config = draw(number, epochs)
    path = FOLDER / f"{_key(config)}.json"
    if not path.exists():
        _write(path, asdict(_trained(config)))
    fields = json.loads(path.read_text())
    return WideRun(**(fields | {"config": config}))


def _trained(config: RunConfig) -> WideRun:
    torch.set_num_threads(1)
    kept = Kept()
    try:
        training.train(config, mnist(), torch.device("cpu"), kept)
        accuracy: float | None = kept.points["test_accuracy"][-1][1]
    except Diverged:
        accuracy = None
    return WideRun(config, kept.total_steps, kept.steps_per_epoch, accuracy, kept.points)


def step_0(number: int, epochs: int = 1) -> dict[str, float]:
    """What step 0 measures of this draw with the code as it is now: `<quantity>/<layer>` -> value.

    Needs no training; kept until the code that measures changes.
    """
    config = draw(number, epochs)
    code = "".join(path.read_text() for path in sorted(Path(measure.__path__[0]).glob("*.py")))
    path = FOLDER / f"{_key(config)}-step-0-{_digest(code)}.json"
    if not path.exists():
        _write(path, _measured(config))
    return {name: float(value) for name, value in json.loads(path.read_text()).items()}


def _measured(config: RunConfig) -> dict[str, float]:
    torch.set_num_threads(1)
    data = mnist()
    torch.manual_seed(config.seed)
    model = build_model(config, data.input_shape, len(data.classes))
    loss_of = make(config.loss, LOSSES, "loss")
    optimizer = make(config.optimizer, OPTIMIZERS, "optimizer")(model.parameters(), config.lr)
    plan = Plan(config.epochs * math.ceil(IMAGES / config.batch_size), config.batch_size)
    return Probe(model, loss_of, optimizer, data.train_x, data.train_y, plan).measure(first=True)


def _write(path: Path, value: Any) -> None:
    FOLDER.mkdir(exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(value))
    fresh.rename(path)


def _key(config: RunConfig) -> str:
    return _digest(json.dumps([IMAGES, TEST_IMAGES, config.as_dict()], sort_keys=True))


class Kept:
    """A recorder that keeps the numbers in memory, and nothing else."""

    def __init__(self) -> None:
        self.points: Scalars = {}
        self.total_steps = self.steps_per_epoch = 0

    def expect(self, total_steps: int, steps_per_epoch: int) -> None:
        self.total_steps, self.steps_per_epoch = total_steps, steps_per_epoch

    def scalar(self, series: str, step: int, value: Any) -> None:
        self.points.setdefault(series, []).append((step, float(value)))

    def scalars(self, series: str, first_step: int, values: Sequence[float]) -> None:
        self.points.setdefault(series, []).extend(enumerate(values, first_step))

    def images(self, *_: Any, **__: Any) -> None:
        pass

    def data(self, *_: Any) -> None:
        pass

    def flush(self) -> bool:
        return True


@cache
def mnist() -> Data:
    """MNIST's first IMAGES training and TEST_IMAGES test images."""
    data = load("mnist")
    return replace(
        data,
        train_x=data.train_x[:IMAGES].clone(),
        train_y=data.train_y[:IMAGES].clone(),
        test_x=data.test_x[:TEST_IMAGES].clone(),
        test_y=data.test_y[:TEST_IMAGES].clone(),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]
