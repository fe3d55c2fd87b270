"""TrainboardCallback: what a Trainer of Hugging Face's transformers logs, recorded.

    Trainer(model, args, ..., callbacks=[TrainboardCallback("runs/mine", run="bert")])

Its names for numbers become ours, so that they have our windows: `loss` is `train_loss`, `eval_…`
is `test_…`. How long things took is left out; the record has the time of every point.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from dashboard.integrations.lasting import LastingRun

SERIES = {"loss": "train_loss", "learning_rate": "lr"}
EVALUATION, OURS = "eval_", "test_"
LEFT_OUT = ("epoch", "total_flos", "runtime", "per_second", "_time")
SUMMARY = "train_runtime"
"""In what is logged once, at the end: means over all steps under the names of those of each."""
ALWAYS = ("learning_rate", "per_device_train_batch_size", "num_train_epochs")
NO_SETTINGS = frozenset(
    {"output_dir", "run_name", "logging_dir", "report_to", "hub_token", "push_to_hub_token"}
)


class TrainboardCallback(TrainerCallback):
    """Records a run of a Trainer; the arguments are those of a Recorder.

    Of the training's settings those are the run's that are not the usual ones. A training that
    begins at a checkpoint, with resume=True, takes back what was recorded after it. The run is
    `done` at the end of the training, and goes on when the Trainer evaluates; training from the
    start once more is another run.
    Raises RecordError when a name cannot be used.
    """

    def __init__(
        self,
        folder: Path | str = "runs/huggingface",
        run: str = "run",
        config: dict[str, Any] | None = None,
        *,
        resume: bool = False,
    ) -> None:
        self._run = LastingRun(folder, run, config, resume)
        self._own = set(config or ())
        self._trains = False

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_more: Any
    ) -> None:
        if state.is_world_process_zero:
            if not state.global_step:
                self._run.begin_anew()
            config = {key: value for key, value in settings(args).items() if key not in self._own}
            self._run.configure(config)
            recorder = self._run.recorder(keep_to=state.global_step or None)
            self._trains = True
            epochs = max(args.num_train_epochs, 1e-9)
            per_epoch = 0 if args.max_steps > 0 else round(state.max_steps / epochs)
            recorder.expect(state.max_steps, per_epoch)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_more: Any,
    ) -> None:
        if state.is_world_process_zero and logs and SUMMARY not in logs:
            numbers = {series(name): value for name, value in logs.items() if is_recorded(name)}
            self._run.numbers(numbers, state.global_step)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_more: Any
    ) -> None:
        self._trains = False
        self._run.close()

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_more: Any
    ) -> None:
        if not self._trains:  # what was logged has begun the run again
            self._run.close()


def series(name: str) -> str:
    """Our name for a number of a Trainer."""
    if name.startswith(EVALUATION):
        return OURS + name.removeprefix(EVALUATION)
    return SERIES.get(name, name)


def is_recorded(name: str) -> bool:
    """Whether it is a result, and not how long something took."""
    return not name.endswith(LEFT_OUT)


def settings(args: TrainingArguments) -> dict[str, Any]:
    """The settings of a training that are not the usual ones, and the three that matter most."""
    config = {}
    for each in fields(args):
        value = getattr(args, each.name, None)
        usual = each.default_factory() if each.default_factory is not MISSING else each.default
        plain = isinstance(value, bool | int | float | str)
        as_usual = value == usual or (usual is None and value is False)
        if each.name in ALWAYS or (plain and each.init and not as_usual):
            config[each.name] = value
    return {key: value for key, value in config.items() if key not in NO_SETTINGS}
