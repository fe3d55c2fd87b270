"""One process that records an experiment of many runs, and then two more that go on: a script for
`bench_scale`.

    python -m tests.benchmarks.many_runs FOLDER RUNS STEPS LIVE_S

Prints the seconds of processor time that recording the ended runs took; the two others are recorded
at STEPS_PER_S each for LIVE_S seconds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from dashboard import Recorder

EVERY = 300  # steps between two evaluations
STEPS_PER_S = 150.0  # of each run that goes on
LIVE = 2
SEEDS = 5


def config(i: int, runs: int) -> dict[str, object]:
    """Settings of the i-th of so many runs: activations, inits and rates, each with five seeds."""
    choice = i % max(1, runs // SEEDS)
    return {
        "activation": f"a{choice % 10}",
        "init": f"i{choice // 10 % 5}",
        "lr": 10.0 ** -(choice // 50),
        "seed": i // max(1, runs // SEEDS),
        "batch_size": 200,
    }


def losses(i: int, steps: int) -> np.ndarray:
    """A curve of its own for each run: (steps,)."""
    pace = 50 + 20 * (i % 50)
    noise = np.random.default_rng(i).lognormal(0, 0.1, steps)
    return np.asarray(2.3 / (1 + np.arange(1, steps + 1) / pace) * noise)


def record(run: Recorder, first: int, values: np.ndarray) -> None:
    """The losses of the steps from `first` on, and an evaluation where one is due."""
    run.scalars("train_loss", first, values.tolist())
    last = first + len(values) - 1
    if last // EVERY > (first - 1) // EVERY:
        run.scalar("test_accuracy", last, 1 - float(values[-1]) / 2.5)
        run.scalar("test_loss", last, float(values[-1]))


def write(folder: Path, runs: int, steps: int) -> None:
    for i in range(runs):
        with Recorder(folder, f"run{i:05}", config(i, runs)) as run:
            run.expect(steps, EVERY)
            curve = losses(i, steps)
            for first in range(0, steps, EVERY):
                record(run, first + 1, curve[first : first + EVERY])


def go_on(folder: Path, runs: int, for_s: float) -> None:
    """Runs with settings of earlier ones and seeds of their own, recorded at the pace of a run."""
    most = int(for_s * STEPS_PER_S)
    curves = [losses(i, most) for i in range(LIVE)]
    configs = [{**config(i, runs), "seed": SEEDS} for i in range(LIVE)]
    recorders = [Recorder(folder, f"live{i}", configs[i]) for i in range(LIVE)]
    for run in recorders:
        run.expect(most, EVERY)
    began_s, done = time.monotonic(), 0
    while done < most:
        time.sleep(0.05)
        due = min(most, int((time.monotonic() - began_s) * STEPS_PER_S))
        for run, curve in zip(recorders, curves, strict=True):
            if due > done:
                record(run, done + 1, curve[done:due])
        done = max(done, due)
    for run in recorders:
        run.close()


def main(folder: str, runs: str, steps: str, live_s: str) -> None:
    before_s = time.process_time()
    write(Path(folder), int(runs), int(steps))
    print(time.process_time() - before_s, flush=True)
    go_on(Path(folder), int(runs), float(live_s))


if __name__ == "__main__":
    main(*sys.argv[1:])
