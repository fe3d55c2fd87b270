"""dashboard.windows.model and dashboard.windows.learning: the windows `model` and `learning` of a
run."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.windows import learning, model
from dashboard.windows.content import Plot
from tests.support.reading import read

SUMMARY: dict[str, Any] = {
    "model": "mlp",
    "layers": [
        {"name": "fc1", "kind": "Linear", "output_shape": [1, 20], "parameters": 15700,
         "init": "normal:std=0.2"},
        {"name": "act_<fc1>", "kind": "ReLU", "output_shape": [1, 20], "parameters": 0, "init": ""},
    ],
    "parameters": [
        {"name": "w1", "shape": [20, 784], "mean": -0.001, "std": 0.2, "values": "tensor([[0.25"},
        {"name": "b1", "shape": [20], "mean": 0.0, "std": 0.0, "values": "tensor([0., 0."},
    ],
    "total_parameters": 15700,
    "output_shape": [1, 20],
}  # fmt: skip


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    """One run of two epochs of ten steps."""
    with Recorder(tmp_path / "e", "r", {"batch_size": 100}) as recorder:
        recorder.expect(20, 10)
        recorder.data("model", 0, SUMMARY)
        recorder.scalars("train_loss", 1, [2 - 0.05 * i for i in range(1, 21)])
        for step in (2, 4, 6, 8, 10, 12, 14, 16, 18, 20):
            recorder.scalar("train_accuracy", step, step / 40)
        for step in (0, 10, 20):
            recorder.scalar("test_accuracy", step, step / 25)
    return read(tmp_path / "e")


def test_the_window_shows_layers_inits_and_first_weights(experiment: Experiment) -> None:
    content = model.model(experiment, experiment.runs[0]).content
    for text in ("mlp, 15,700 parameters", "1 × 20", "normal:std=0.2", "20 × 784", "-0.00100"):
        assert text in content
    assert "act_&lt;fc1&gt;" in content


def test_the_terminal_shows_the_same(experiment: Experiment) -> None:
    out = io.StringIO()
    model.print_summary(SUMMARY, "title", Console(file=out, width=120))
    for text in (
        "title: mlp, 15,700 parameters",
        "1 × 20",
        "normal:std=0.2",
        "act_<fc1>",
        "0.2000",
        "values of w1 at step 0\ntensor([[0.25\n",
    ):
        assert text in out.getvalue()
    assert "values of b1" not in out.getvalue()


def test_a_run_without_a_recorded_model_says_so(tmp_path: Path) -> None:
    with Recorder(tmp_path / "e", "r"):
        pass
    experiment = read(tmp_path / "e")
    assert "no model yet" in model.model(experiment, experiment.runs[0]).content
    assert learning.learning(experiment.runs[0]).traces == []


def test_loss_and_accuracies_stand_in_one_plot_by_epoch(experiment: Experiment) -> None:
    plot = learning.learning(experiment.runs[0])
    assert isinstance(plot, Plot)
    by_name = {trace["name"]: trace for trace in plot.traces}
    assert by_name["test acc."]["x"] == [0.0, 1.0, 2.0]
    assert by_name["test acc."]["y"] == [0.0, 0.4, 0.8]
    assert by_name["train acc."]["x"] == pytest.approx(np.arange(1, 11) / 5)
    assert by_name["train loss"]["x"][-1] == 2.0
    steps = by_name["test acc."]["meta"]["steps"]  # our page goes back to steps
    assert [steps * x for x in by_name["test acc."]["x"]] == [0, 10, 20]


def test_the_last_values_stand_above_as_the_notes_print_them(experiment: Experiment) -> None:
    line = learning.last_values(experiment.runs[0])
    # Of the second epoch: its losses fall from 1.45 to 1.
    assert line.startswith("loss 1.225, train acc. 0.500, test acc. 0.800")


def test_a_run_without_epochs_has_steps_in_that_plot(tmp_path: Path) -> None:
    with Recorder(tmp_path / "own", "r") as run:
        run.scalars("train_loss", 1, [3.0, 2.0, 1.0])
    plot = learning.learning(read(tmp_path / "own").runs[0])
    assert plot.layout["xaxis"]["title"]["text"] == "step"
    assert plot.traces[0]["x"] == [1.0, 2.0, 3.0]
    assert plot.traces[0]["hovertemplate"].startswith("step %{x:.0f}: ")
