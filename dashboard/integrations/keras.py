"""TrainboardCallback: what `fit` of Keras 3 says of a training, recorded, whatever the backend.

    model.fit(x, y, validation_data=(...), callbacks=[TrainboardCallback("runs/mine", run="adam")])

Its names for numbers become ours, so that they have our windows: `loss` is `train_loss`, `val_…` is
`test_…`, and whatever kind of accuracy it is, it is called that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from dashboard.integrations.lasting import LastingRun

VALIDATION = "val_"
LOSS, ACCURACY = "loss", "accuracy"


class TrainboardCallback(keras.callbacks.Callback):
    """Records a run; the arguments are those of a Recorder.

    After every batch the loss, which with Keras is the mean over the epoch so far; after every
    epoch the rest. Another `fit` with the same callback goes on with the run.
    Raises RecordError when a name cannot be used.
    """

    def __init__(
        self,
        folder: Path | str = "runs/keras",
        run: str = "run",
        config: dict[str, Any] | None = None,
        *,
        resume: bool = False,
    ) -> None:
        super().__init__()
        self._run = LastingRun(folder, run, config, resume)
        self._own = set(config or ())
        self._step = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        config = settings(self.model, self.params)
        self._run.configure({key: config[key] for key in config if key not in self._own})
        recorder = self._run.recorder()
        self._step = max(self._step, recorder.step)
        steps = self.params.get("steps") or 0
        recorder.expect(self._step + steps * self.params.get("epochs", 0), steps)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._step += 1
        if logs and LOSS in logs:
            self._run.recorder().scalar("train_loss", self._step, logs[LOSS])

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        recorder = self._run.recorder()
        numbers = {series(name): value for name, value in (logs or {}).items() if name != LOSS}
        rate = getattr(self.model.optimizer, "learning_rate", None)
        if rate is not None:
            numbers["lr"] = float(keras.ops.convert_to_numpy(rate))
        self._run.numbers(numbers, self._step)
        recorder.flush()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._run.close()


def series(name: str) -> str:
    """Our name for a number of `fit`."""
    part = "test" if name.startswith(VALIDATION) else "train"
    what = name.removeprefix(VALIDATION)
    return f"{part}_{ACCURACY if what.endswith(('accuracy', 'acc')) else what}"


def settings(model: Any, params: dict[str, Any]) -> dict[str, Any]:
    """The settings of a compiled model: optimiser, rate, loss, epochs."""
    config: dict[str, Any] = {"optimizer": type(model.optimizer).__name__.lower()}
    rate = model.optimizer.get_config().get("learning_rate")
    if isinstance(rate, int | float):
        config["lr"] = float(f"{rate:.6g}")  # as it was typed, and not as float32 has it
    loss = model.loss
    config["loss"] = loss if isinstance(loss, str) else getattr(loss, "name", type(loss).__name__)
    return config | {"epochs": params.get("epochs")}
