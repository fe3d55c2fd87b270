"""Runs with invented statistics of their layers, for tests of the signal windows."""

import math
from pathlib import Path

from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.windows.quantity import QUANTITIES
from tests.support.reading import add_runs, new_record

LAYERS = ("fc1", "fc2", "out")


def invented(folder: Path, runs: int = 2) -> Experiment:
    """Runs of two evaluations whose first layer's gradient is NaN, infinite or 0 at the end."""
    record = new_record(folder / "exp")
    add_runs(record, [(f"r{i}", {"lr": 0.1 * (i + 1)}) for i in range(runs)])
    ends = (math.nan, math.inf, 0.0)
    for i in range(runs):
        with Recorder(record.folder, f"r{i}") as run:
            for step in (0, 100):
                for k, layer in enumerate(LAYERS):
                    for quantity in QUANTITIES:
                        run.scalar(f"signal/{quantity.name}/{layer}", step, 0.1 * (k + 1) + i)
            run.scalar("signal/gradient_norm/fc1", 200, ends[i % 3])
            run.scalar("signal/expected_std/fc1", 0, 0.123)
    experiment = Experiment(record)
    experiment.poll()
    return experiment
