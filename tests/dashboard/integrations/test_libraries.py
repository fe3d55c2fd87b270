"""The examples of dashboard/integrations/README.md with the real libraries, and more of each."""

import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.integrations.tensorboard import SummaryWriter
from dashboard.runs.experiment import Experiment
from tests.support.documents import example
from tests.support.launching import ROOT
from tests.support.reading import read

pytestmark = pytest.mark.integrations
Run = Callable[..., "tuple[Experiment, str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a script as a person does; gives the experiment of its name, and what it said."""

    def run_it(name: str, script: str, ends: int = 0) -> tuple[Experiment, str]:
        (tmp_path / f"{name}.py").write_text(script)
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        process = subprocess.run(
            [sys.executable, f"{name}.py"], cwd=tmp_path, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1",
                 "KERAS_BACKEND": "torch", "KERAS_HOME": str(tmp_path)},
        )  # fmt: skip
        assert process.returncode == ends, process.stderr
        return read(tmp_path / "runs" / name), process.stdout + process.stderr

    return run_it


def counts(experiment: Experiment, i: int = 0) -> dict[str, int]:
    """How many points each series of a run has."""
    return {name: line.count for name, line in experiment.runs[i].lines.items()}


LIGHTNING = example("# with_lightning.py")
AND_THEN = """
logger.log_image("batch", [torch.rand(3, 8, 8), torch.rand(3, 8, 8)])
logger.experiment.text("notes", 24, "went well")

class Tested(Net):
    def test_step(self, batch, i):
        self.log("test_acc", 0.5)

trainer.test(Tested(), batches)
trainer.fit(Net(0.2), batches)
"""
BREAKS = """
class Broken(Net):
    def on_train_epoch_end(self):
        {what}

logger = TrainboardLogger("runs/with_lightning", run="broken", config={{"depth": 3}})
L.Trainer(max_epochs=3, accelerator="cpu", logger=logger).fit(Broken(), batches, batches)
"""


@pytest.mark.parametrize("library", ["lightning", "pytorch_lightning"])
def test_lightning_records_its_metrics_settings_and_the_end(library: str, run: Run) -> None:
    script = LIGHTNING.replace("import lightning as L", f"import {library} as L")
    experiment, _ = run("with_lightning", script + AND_THEN)
    (view,) = experiment.runs
    assert (view.name, view.state) == ("sgd-0.1", "done")
    assert view.config == {"lr": 0.2}
    assert counts(experiment) == {"train_loss": 24, "val_acc": 3, "test_acc": 1}
    assert experiment.metric.name == "test_acc"
    assert {"batch", "notes"} <= set(view.media)
    kept = experiment.record.folder / "sgd-0.1" / "checkpoints"
    assert list(kept.glob("*.ckpt"))


@pytest.mark.parametrize(
    ("what", "state", "error"),
    [("raise ValueError('bad batch')", "failed", "ValueError: bad batch"),
     ("raise KeyboardInterrupt", "stopped", "")],
)  # fmt: skip
def test_an_error_in_lightning_ends_the_run_and_a_second_start_is_another(
    what: str, state: str, error: str, run: Run
) -> None:
    experiment, said = run("with_lightning", LIGHTNING + BREAKS.format(what=what), ends=1)
    view = experiment.runs[1]
    assert (view.name, view.state, view.error) == ("broken", state, error)
    assert view.config == {"depth": 3, "lr": 0.1}
    assert ("traceback" in view.media) == (state == "failed")
    experiment, said = run("with_lightning", LIGHTNING)
    assert [view.name for view in experiment.runs] == ["sgd-0.1", "broken", "sgd-0.1-2"]
    assert "run 'sgd-0.1' is recorded already" in said


TRANSFORMERS = example("# with_transformers.py")


def test_transformers_record_under_the_names_of_our_runs(run: Run) -> None:
    experiment, _ = run("with_transformers", TRANSFORMERS + "trainer.evaluate()\n")
    (view,) = experiment.runs
    assert view.state == "done"
    assert counts(experiment) == {
        "train_loss": 12, "grad_norm": 12, "lr": 12, "test_loss": 4, "test_accuracy": 4,
    }  # fmt: skip
    assert (view.total_steps, view.steps_per_epoch) == (12, 4)
    wanted = {"model": "tiny", "num_train_epochs": 3, "learning_rate": 5e-5, "logging_steps": 1}
    assert wanted.items() <= view.config.items()
    assert not {"output_dir", "report_to"} & view.config.keys()
    assert len(view.config) < 10


def test_transformers_go_on_from_a_checkpoint_or_make_another_run(run: Run) -> None:
    script = TRANSFORMERS.replace('"bert"', '"bert", resume=True').replace(
        'report_to="none"', 'report_to="none", save_strategy="steps", save_steps=8'
    )
    run("with_transformers", script)
    again = script.replace(
        "trainer.train()", "trainer.train(resume_from_checkpoint='out/checkpoint-8')"
    )
    experiment, _ = run("with_transformers", again)
    (view,) = experiment.runs
    assert (view.attempt, view.state) == (1, "done")
    assert view.lines["train_loss"].drawn()[0].tolist() == list(range(1, 13))
    experiment, said = run("with_transformers", TRANSFORMERS + "trainer.train()\n")
    assert [view.name for view in experiment.runs] == ["bert", "bert-2", "bert-3"]
    assert "run 'bert' is recorded already" in said


KERAS = example("# with_keras.py")


def test_keras_records_under_the_names_of_our_runs(run: Run) -> None:
    again = "model.fit(x, y, batch_size=8, epochs=1, callbacks=[callback])\n"
    experiment, _ = run("with_keras", KERAS + again)
    (view,) = experiment.runs
    assert view.state == "done"
    assert counts(experiment) == {
        "train_loss": 32, "train_accuracy": 4, "test_loss": 3, "test_accuracy": 3, "lr": 4,
    }  # fmt: skip
    assert (view.total_steps, view.steps_per_epoch) == (32, 8)
    assert view.config["optimizer"] == "adam"
    assert view.config["lr"] == 0.01
    assert view.config["loss"] == "sparse_categorical_crossentropy"


def test_an_error_in_keras_fails_the_run_when_it_ends_the_script(run: Run) -> None:
    late = "callback.on_train_begin()\nraise LookupError('no such file')\n"
    experiment, _ = run("with_keras", KERAS + late, ends=1)
    assert experiment.runs[0].error == "LookupError: no such file"


def test_a_script_for_tensorboard_needs_one_import_changed(run: Run) -> None:
    script = example("# with_tensorboard.py")
    experiment, _ = run("with_tensorboard", script)
    (view,) = experiment.runs
    assert (view.state, view.config) == ("done", {"lr": 0.01})
    assert counts(experiment) == {"Loss/train": 100, "hparam/loss": 1}
    assert {"pictures", "distribution"} <= set(view.media)
    line = next(line for line in script.splitlines() if "SummaryWriter  #" in line)
    original = script.replace(line, "from torch.utils.tensorboard import SummaryWriter")
    run("with_tensorboard", original)  # and with the original it is a good script


def test_every_method_takes_the_arguments_that_tensorboards_takes() -> None:
    tensorboard = pytest.importorskip("torch.utils.tensorboard")
    theirs = tensorboard.SummaryWriter
    for name, method in inspect.getmembers(SummaryWriter, inspect.isfunction):
        if name.startswith("add_") or name in ("__init__", "flush", "close", "get_logdir"):
            ours = inspect.signature(method)
            wanted = list(inspect.signature(getattr(theirs, name)).parameters)
            ours.bind(*wanted)
            ours.bind(**dict.fromkeys(wanted))
    public = {name for name in dir(theirs) if not name.startswith("_")}
    assert {name for name in public if not name.startswith("add_")} <= set(dir(SummaryWriter))
