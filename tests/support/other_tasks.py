"""Experiments of other tasks than the class of an image: records with invented numbers."""

from pathlib import Path

from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from tests.support.reading import add_runs, new_record


def told(folder: Path, task: str, series: dict[str, float], **values: object) -> Experiment:
    """An experiment of one run that has recorded these results and JSON values."""
    record = new_record(folder, {"task": task})
    add_runs(record, [("r", {"lr": 0.1})])
    with Recorder(folder, "r") as run:
        for step in (0, 5):
            for name, value in series.items():
                run.scalar(name, step, value)
        for name, rows in values.items():
            run.data(name, 5, rows)
    experiment = Experiment(record)
    experiment.poll()
    return experiment


def regression(folder: Path) -> Experiment:
    rows = {"true": [[1.0], [2.0], [4.0]], "said": [[1.5], [2.0], [None]], "names": ["<price>"]}
    results = {"test_mae": 3.5, "test_r2": 0.25, "test_loss": 0.5, "lr": 0.1}
    return told(folder, "regression", results, truth=rows, names=["<price>"])


def labels(folder: Path) -> Experiment:
    rows = {"true": [[1, 0], [0, 0]], "said": [[1, 0], [1, 1]], "names": ["<sun>", "rain"]}
    counts = [[8, 2, 4], [0, 0, 0]]
    results = {"test_f1": 0.9, "test_loss": 0.5}
    return told(folder, "labels", results, truth=rows, label_counts=counts, names=["<sun>", "rain"])


def texts(folder: Path) -> Experiment:
    rows = {"true": [0, 1], "said": [0, 0], "names": ["glad", "sad"]}
    results = {"test_accuracy": 0.9, "test_loss": 0.5}
    said = ["a <b>fine</b> day", "cold"]
    return told(folder, "classes", results, truth=rows, texts=said, names=["glad", "sad"])
