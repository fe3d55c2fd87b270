"""Loads the trained model that a run has kept, ready to be used.

What is kept, and when, is `trainers.model_files`. Which models exist is the tables' to say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dashboard.record.tasks import CLASSES
from dashboard.record.tasks import TASKS as SERIES
from trainers.build import build_model
from trainers.config import RunConfig
from trainers.model_files import BEST, FOLDER, ModelFileError, read
from trainers.precision import in_precision
from trainers.tables.own_file import load_choices
from trainers.tables.tasks import TASKS
from trainers.tables.words import token_ids


@dataclass(frozen=True)
class SavedRun:
    """A run's model as it was kept, ready to be used: dropout is off.

    config: the run's settings. classes: their names by class number, or those of the labels or
    targets. step, test_accuracy (in [0, 1]; NaN where the task is another) and test_loss: of the
    evaluation at which it was kept; result: of the task's own metric.
    """

    model: nn.Module
    config: RunConfig
    classes: tuple[str, ...]
    input_shape: tuple[int, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    step: int
    test_accuracy: float
    test_loss: float
    task: str = CLASSES
    result: float = math.nan
    words: tuple[str, ...] = ()
    tokens: int = 0
    target_mean: tuple[float, ...] = ()
    target_std: tuple[float, ...] = ()

    @torch.no_grad()
    def predict(self, images: Any) -> Tensor:
        """The class numbers (N,) of images, which are brought to the scale that it was trained on.

        images: (N, H, W) or (N, channels, H, W); uint8 in 0..255 or floats in [0, 1]. Of other data
        samples as the data set gave them: features, token ids, or texts where it was given texts.
        Of a regression the numbers (N, K) in the targets' own units, of labels 0 and 1 (N, K).
        """
        outputs = TASKS[self.task].predict(self.model(self._inputs(images)))
        if self.target_std:
            return outputs * torch.tensor(self.target_std) + torch.tensor(self.target_mean)
        return outputs

    def _inputs(self, images: Any) -> Tensor:
        """What the model is given. Raises ModelFileError for another shape."""
        if self.tokens:
            ids = token_ids(images, self.words, *self.input_shape) if self.words else images
            return torch.as_tensor(np.asarray(ids)).long()
        x = torch.as_tensor(np.asarray(images))
        x = x / 255 if x.dtype == torch.uint8 else x
        try:
            x = x.float().reshape(len(x), *self.input_shape)
        except RuntimeError:
            raise ModelFileError(
                f"images of shape {tuple(x.shape)} are not {self.input_shape} each "
                "(channels, height, width)"
            ) from None
        if self.mean:
            one_each = (-1, *(1 for _ in self.input_shape[1:]))
            x = (x - torch.tensor(self.mean).view(one_each)) / torch.tensor(self.std).view(one_each)
        return x


def load_run(
    folder: Path | str, run: str, which: str = BEST, choices: Path | str | None = None
) -> SavedRun:
    """The model that a run of the experiment in `folder` has kept.

    which: "best", "last", or "step-000600" as the file is called.
    choices: the --choices file, if the run used entries of its own; it is run.
    Raises ModelFileError with one sentence.
    """
    home = Path(folder) / FOLDER
    file = home / run / f"{which}.pt"
    if not _is_within(file, home):
        raise ModelFileError(f"{run!r} and {which!r} name no file of {home}")
    if not file.is_file():
        raise ModelFileError(_missing(home, run, which))
    if choices is not None:
        load_choices(Path(choices))
    state = read(file)
    try:
        return _rebuilt(state)
    except (KeyError, TypeError, RuntimeError) as why:
        raise ModelFileError(
            f"{file} does not fit the model that its settings make: {why}"
        ) from why


def _rebuilt(state: Mapping[str, Any]) -> SavedRun:
    config = RunConfig.from_dict(state["settings"])
    with torch.random.fork_rng(devices=[]):
        shape, outputs = tuple(state["input_shape"]), len(state["classes"])
        model = build_model(config, shape, outputs, state.get("tokens", 0))
    model = in_precision(model, config.precision, torch.device("cpu"))
    model.load_state_dict(state["weights"])
    model.eval()
    task = state.get("task", CLASSES)
    of_task = {
        key: tuple(state.get(key, ())) for key in ("words", "target_mean", "target_std")
    }  # not in older files
    return SavedRun(
        model,
        config,
        classes=tuple(state["classes"]),
        input_shape=tuple(state["input_shape"]),
        mean=tuple(state["mean"]),
        std=tuple(state["std"]),
        step=state["step"],
        test_accuracy=state.get("test_accuracy", math.nan),
        test_loss=state["test_loss"],
        task=task,
        result=state[SERIES[task].metric],
        tokens=state.get("tokens", 0),
        **of_task,
    )


def _missing(home: Path, run: str, which: str) -> str:
    """What there is instead of the file that was asked for."""
    runs = sorted(path.name for path in home.iterdir()) if home.is_dir() else []
    if run not in runs:
        return f"no run {run!r} has kept a model in {home}; there are: {', '.join(runs) or 'none'}"
    files = sorted(path.stem for path in (home / run).glob("*.pt"))
    return f"run {run!r} has kept no model {which!r}; it has: {', '.join(files) or 'none'}"


def _is_within(file: Path, home: Path) -> bool:
    return file.resolve().is_relative_to(home.resolve()) and len(file.relative_to(home).parts) == 2
