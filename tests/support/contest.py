"""Records of runs in a contest: how far each has come and what it came to, without training."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from tests.support.reading import add_runs, new_record, until_the_test_ends

STEPS_PER_EPOCH, EPOCHS = 10, 5
FIRST_LOOK = 1  # the step that is 2 % of all
HOPELESS_TRIAL = {"trial_accuracy": 0.1, "trial_share": 0.2, "trial_loss": 2.3,
                  "constant_loss": 2.3}  # fmt: skip


class Run(NamedTuple):
    """results: after each epoch. state: "queued" has nothing of it. trial: statistics at step 0;
    early: the accuracy at FIRST_LOOK.
    """

    results: Sequence[float] = ()
    state: str = "paused"
    settings: Mapping[str, Any] = {}
    trial: Mapping[str, float] = {}
    early: float | None = None
    error: str = ""


def contest(folder: Path, runs: Mapping[str, Run], every: int = 0) -> Experiment:
    """The experiment of these runs, each with a rate of its own unless its settings say otherwise.

    every: steps between evaluations; 0: one an epoch.
    """
    store = new_record(folder)
    shared = {"batch_size": 100, "epochs": EPOCHS, "eval_every": every, "seed": 0}
    add_runs(store, [(name, {**shared, "lr": i, **run.settings})
                     for i, (name, run) in enumerate(runs.items(), 1)])  # fmt: skip
    for name, run in runs.items():
        if run.state != "queued":
            _train(Recorder(folder, name), run, every)
    experiment = Experiment(store)
    experiment.poll()
    return experiment


def _train(recorder: Recorder, run: Run, every: int) -> None:
    recorder.expect(EPOCHS * STEPS_PER_EPOCH, STEPS_PER_EPOCH)
    recorder.scalar("test_accuracy", 0, 0.1)
    for name, value in run.trial.items():
        recorder.scalar(f"signal/{name}/all", 0, value)
    if run.early is not None:
        recorder.scalar("signal/early_accuracy/all", FIRST_LOOK, run.early)
    for epoch, result in enumerate(run.results, 1):
        step = epoch * STEPS_PER_EPOCH
        recorder.scalars("train_loss", step - STEPS_PER_EPOCH + 1, [1.0] * STEPS_PER_EPOCH)
        if not every or step % every == 0:
            recorder.scalar("test_accuracy", step, result)
    recorder.flush()
    if run.state == "running":
        until_the_test_ends.callback(recorder.close)
        return
    recorder.state, recorder.error = run.state, run.error
    recorder.close()
