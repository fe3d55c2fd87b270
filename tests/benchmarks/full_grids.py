"""Draws grids of 64 choices and trains each in full once; keeps the records, which others replay.

A draw is a pure function of its number: 4 activations × 4 inits × 4 rates, and the seed. A pruned
run is a part of the full run, point for point (`tests/trainers/steer/test_prune.py` proves it), so
that what a policy would have trained can be told from the full record. Judges nothing.
"""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from dashboard.record.reader import Record
from dashboard.record.states import ENDED
from dashboard.runs.experiment import Experiment

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(tempfile.gettempdir()) / f"trainboard-full-grids-{os.getuid()}"
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus")
INITS = ("default", "normal", "normal:std=1", "xavier_uniform", "xavier_normal", "kaiming_uniform",
         "kaiming_normal", "lecun_normal", "orthogonal", "zeros")  # fmt: skip
RATES = (1e-3, 1.0)  # one in each part of this range, the parts even on a logarithmic scale
EPOCHS, SEEDS = 5, 5


@dataclass(frozen=True)
class Size:
    """How large the grids are, and each run. flags: of the launcher, beside the choices."""

    name: str
    choices: int
    flags: tuple[str, ...]


FULL = Size("full", 4, ())
SMALL = Size("small", 4, ("--hidden", "32", "--batch-size", "1000"))


def flags_of(number: int, size: Size) -> list[str]:
    """The grid of this number, as flags of the launcher."""
    dice = random.Random(f"grid {number}")
    low, high = map(math.log, RATES)
    part = (high - low) / size.choices
    rates = [math.exp(low + part * (i + dice.random())) for i in range(size.choices)]
    return [
        "--activation", *dice.sample(ACTIVATIONS, size.choices),
        "--init", *dice.sample(INITS, size.choices),
        "--lr", *(f"{rate:.3g}" for rate in rates),
        "--seed", str(number), "--epochs", str(EPOCHS), *size.flags,
    ]  # fmt: skip


def full_grid(number: int, size: Size) -> Path:
    """The folder of the draw's record, trained in full."""
    name = f"{size.name}-{number}"
    return recorded(name, flags_of(number, size))


def recorded(name: str, flags: list[str]) -> Path:
    """The record of this name, trained now unless it is kept and whole."""
    folder = FOLDER / name
    if not folder.exists():
        launch(FOLDER, name, flags)
    elif any(state not in ENDED for state in states(folder)):
        launch(FOLDER, "", ["resume", name])
    return folder


def states(folder: Path) -> list[str]:
    with closing(Record(folder)) as record:
        return [run.state for run in record.runs()]


def read(folder: Path) -> Experiment:
    """What is known of the record; its file is closed again."""
    with closing(Record(folder)) as record:
        experiment = Experiment(record)
        experiment.poll()
    return experiment


def launch(runs_dir: Path, name: str, flags: list[str]) -> float:
    """Run the launcher to its end; the seconds of CPU that it and its workers took."""
    words = [*flags, "--runs-dir", str(runs_dir), "--no-dashboard"]
    words += ["--experiment", name] if name else []
    before = os.times()
    code = subprocess.run(
        [sys.executable, str(ROOT / "launch.py"), *words], stdout=subprocess.DEVNULL, check=False
    ).returncode
    assert code in (0, 1), f"launch.py {' '.join(words)} ended with {code}"
    after = os.times()
    return (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
