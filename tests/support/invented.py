"""Experiments that were never trained: real records with invented numbers, for tests of drawing."""

import itertools
import os
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.record.schema import FILE_NAME
from dashboard.runs.experiment import Experiment
from tests.support.reading import add_runs, new_record, read, until_the_test_ends

SHARED = {"dataset": "mnist", "lr": 0.01, "batch_size": 200, "epochs": 3, "seed": 0}
GRID = {"activation": ["relu", "tanh"], "init": ["normal", "kaiming_normal"]}
STEPS, EVERY, IMAGES = 300, 100, 40
RECORDED: dict[str, bytes] = {}
"""The files of what was invented before, by what was asked for: to copy one takes little."""


def name_of(choice: Mapping[str, Any]) -> str:
    return re.sub(r"[^\w.-]", "x", "-".join(str(value) for value in choice.values()))


def invent(
    folder: Path,
    grid: Mapping[str, Any] = GRID,
    states: Mapping[str, str] | None = None,
    steps: int = STEPS,
) -> Experiment:
    """The experiment of every combination, trained unless `states` says otherwise by run name.

    A run that is "queued" has nothing; one that is "running" is half way; "diverged" ends in NaN.
    What was asked for before is copied, unless something in it still runs.
    """
    states = states or {}
    if "running" in states.values():
        return invent_anew(folder, grid, states, steps)
    what = repr((grid, states, steps))
    if what not in RECORDED:
        with TemporaryDirectory() as place:
            record = _record(Path(place) / "exp", grid, states, steps)
            with closing(sqlite3.connect(record.folder / FILE_NAME)) as file:
                RECORDED[what] = file.serialize()
            record.close()
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "part"
    part.write_bytes(RECORDED[what])
    os.link(part, folder / FILE_NAME)  # who looks for records finds it whole; none is written over
    part.unlink()
    experiment = read(folder)
    experiment.record.hold()
    return experiment


def invent_anew(
    folder: Path,
    grid: Mapping[str, Any] = GRID,
    states: Mapping[str, str] | None = None,
    steps: int = STEPS,
) -> Experiment:
    """The same, and no copy: until it is closed, its rows are in the log beside its file."""
    experiment = Experiment(_record(folder, grid, states or {}, steps))
    experiment.poll()
    return experiment


def _record(folder: Path, grid: Mapping[str, Any], states: Mapping[str, str], steps: int) -> Record:
    choices = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    record = new_record(folder)
    rest = {key: value for key, value in SHARED.items() if key not in grid}
    add_runs(record, [(name_of(choice), {**choice, **rest}) for choice in choices])
    for i, choice in enumerate(choices):
        state = states.get(name_of(choice), "done")
        if state != "queued":
            recorder = Recorder(folder, name_of(choice))
            train(recorder, i, state, steps)
            if state == "running":
                until_the_test_ends.callback(recorder.close)
    return record


def accuracy(i: int, step: int) -> float:
    """The i-th run's test accuracy at a step: growing with the step, lower for a later run."""
    return round(0.1 + (0.85 - 0.01 * i) * step / (step + 50), 4)


def train(recorder: Recorder, i: int, state: str = "done", steps: int = STEPS) -> None:
    """Write what the i-th run would have; a running one is left open, as after a worker's death."""
    done = steps if state == "done" else steps // 2
    recorder.expect(steps, EVERY)
    losses = 2.3 / (1 + np.arange(1, done + 1) / (20 + i))
    if state == "diverged":
        losses[-1] = np.nan
    for step in range(0, done + 1, EVERY):
        evaluate(recorder, i, step)
        recorder.scalars("train_loss", step + 1, losses[step : step + EVERY].tolist())
    recorder.flush()
    if state != "running":
        recorder.state = state
        recorder.error = "" if state == "done" else f"it was meant to be {state}"
        recorder.close()


def evaluate(recorder: Recorder, i: int, step: int) -> None:
    """Record one evaluation: loss, accuracy, and guesses in which run i errs on images below i."""
    recorder.scalar("test_accuracy", step, accuracy(i, step))
    recorder.scalar("test_loss", step, 2.4 - 2 * accuracy(i, step))
    labels = [k % 10 for k in range(IMAGES)]
    if step == 0:
        pixels = np.zeros((IMAGES, 28, 28), np.uint8)
        pixels[:] = np.arange(IMAGES)[:, None, None] * 6
        recorder.images("samples", 0, pixels, labels, classes=[str(k) for k in range(10)])
    guesses = [(label + (k < i)) % 10 for k, label in enumerate(labels)]
    recorder.data("guesses", step, {"classes": guesses, "percent": [90] * IMAGES})
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, guesses), 1)
    recorder.data("confusion", step, (counts * (1 + step)).tolist())


def add_text(experiment: Experiment, run: str, name: str, text: str, kind: str = "text") -> None:
    """Enter a text, or with kind "json" a value, of the run's step 0 into the record."""
    experiment.record.pending.add(
        "INSERT INTO media (run, name, kind, step, time_s, body)"
        " SELECT id, ?, ?, 0, 0.0, ? FROM run WHERE name = ?",
        name, kind, text.encode(), run,
    )  # fmt: skip
    experiment.record.pending.demand()
    experiment.poll()
