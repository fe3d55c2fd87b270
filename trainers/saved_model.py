"""Keeps a run's trained model in the experiment's folder, and loads it again from there.

A file holds the weights and everything that is needed to rebuild the model they belong to: no file
of a data set, and no class of ours is stored in it. It cannot be trained on from; that is a
checkpoint (`trainers.checkpoint`). Files are read with `weights_only=True`, so one that somebody
sent runs nothing. Which models exist is the tables' to say.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dashboard.errors import UserError
from dashboard.record.tasks import CLASSES
from dashboard.record.tasks import TASKS as SERIES
from trainers.build import MODEL_FIELDS, build_for, build_model
from trainers.config import RunConfig
from trainers.precision import in_precision
from trainers.tables.datasets import entry_of
from trainers.tables.own_file import load_choices
from trainers.tables.tasks import TASKS
from trainers.tables.words import token_ids

FOLDER = "models"
BEST, LAST, ALL, NONE = "best", "last", "all", "none"
KEEPABLE = {
    BEST: "of the evaluation with the best test accuracy (or MAE, or F1)",
    LAST: "of the last evaluation",
    ALL: "of every evaluation, also before the first step",
    NONE: "of none",
}
"""What --keep may name: whose weights are kept."""
USUAL = (BEST, LAST)


class ModelFileError(UserError):
    """There is no such model, or its file is of no use; the message is one sentence."""


class ModelFiles:
    """The models that the run `name` keeps in the experiment's `folder`.

    which: of KEEPABLE. While the disk is full the files that were there stay as they are.
    may_write: whether the run is still ours; as long as it is not, nothing is written.
    """

    def __init__(
        self, folder: Path, name: str, config: RunConfig, which: Collection[str] = USUAL
    ) -> None:
        self.folder = folder / FOLDER / name
        self.may_write: Callable[[], bool] = lambda: True
        self._config, self._which = config, frozenset(which)
        self._best = (-math.inf, -math.inf)
        self._kept: dict[str, dict[str, Any]] = {}
        self._task = entry_of(config.dataset).task
        self._metric = SERIES[self._task].metric

    def _goodness(self, result: float, loss: float) -> tuple[float, float]:
        return goodness(-result if TASKS[self._task].lower_is_better else result, loss)

    def resume(self, step: int) -> None:
        """Begin, or go on behind `step`; below 0 what another run of this name left goes."""
        if step < 0:
            with contextlib.suppress(OSError):
                shutil.rmtree(self.folder)
                self.folder.parent.rmdir()  # fails, as it should, while other runs have theirs
            return
        for file in sorted(self.folder.glob("*.pt")):
            with contextlib.suppress(ModelFileError):
                state = _read(file)
                self._note(file.name, state, file.stat().st_size)
                if file.stem == BEST:
                    self._best = self._goodness(state[self._metric], state["test_loss"])

    @property
    def wants_all(self) -> bool:
        """Whether the model of every evaluation is kept."""
        return ALL in self._which

    def is_better(self, result: float, loss: float) -> bool:
        """Whether such an evaluation is better than that of the best model which is kept."""
        return BEST in self._which and self._goodness(result, loss) > self._best

    def keep(
        self, step: int, result: float, loss: float, weights: Mapping[str, Tensor]
    ) -> list[dict[str, Any]]:
        """Keep what is wanted of the evaluation at `step`; what is kept by now, as JSON values.

        result: the task's metric. weights: a state dict, on any device. Of each file: its name,
        step, test_accuracy (or what the task has), test_loss and size in bytes.
        """
        names = self._names(step, result, loss)
        if names and self.may_write():
            state = self._state(step, result, loss, weights)
            out = io.BytesIO()
            torch.save(state, out)
            for name in names:
                if self._write(f"{name}.pt", out.getvalue()):
                    self._note(f"{name}.pt", state, out.getbuffer().nbytes)
        return list(self._kept.values())

    def _names(self, step: int, result: float, loss: float) -> list[str]:
        names = [f"step-{step:06d}"] if self.wants_all else []
        if step and LAST in self._which:
            names.append(LAST)
        if step and self.is_better(result, loss):
            self._best = self._goodness(result, loss)
            names.append(BEST)
        return names

    def _state(
        self, step: int, result: float, loss: float, weights: Mapping[str, Tensor]
    ) -> dict[str, Any]:
        entry, scaled = entry_of(self._config.dataset), self._config.normalize
        of_task = {
            "task": entry.task,
            "tokens": entry.tokens,
            "words": list(entry.words),
            "target_mean": list(entry.target_mean) if scaled else [],
            "target_std": list(entry.target_std) if scaled else [],
        }
        return {
            **of_task,
            "settings": self._config.as_dict(),
            "input_shape": list(entry.input_shape),
            "classes": list(entry.classes),
            "mean": list(entry.mean) if scaled else [],
            "std": list(entry.std) if scaled else [],
            "step": step,
            self._metric: result,
            "test_loss": loss,
            # A copy: a member's weights are a view of its stack, all of which would be written.
            "weights": {name: weight.detach().cpu().clone() for name, weight in weights.items()},
        }

    def _note(self, name: str, state: Mapping[str, Any], size_bytes: int) -> None:
        numbers = {key: _finite(state[key]) for key in ("step", self._metric, "test_loss")}
        self._kept[name] = {"file": name, **numbers, "bytes": size_bytes}

    def _write(self, name: str, content: bytes) -> bool:
        """Write a file whole or not at all; whether it could be written."""
        fresh = self.folder / f"{name}.{os.getpid()}.new"
        try:
            self.folder.parent.mkdir(exist_ok=True)  # and not the experiment's: it may be gone
            self.folder.mkdir(exist_ok=True)
            fresh.write_bytes(content)
            fresh.replace(self.folder / name)
            return True
        except OSError:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            return False


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
    state = _read(file)
    try:
        return _rebuilt(state)
    except (KeyError, TypeError, RuntimeError) as why:
        raise ModelFileError(
            f"{file} does not fit the model that its settings make: {why}"
        ) from why


def megabytes(configs: Sequence[RunConfig], which: Collection[str]) -> float:
    """About how much all runs keep, in MB; of ALL that of one evaluation."""
    copies = len(frozenset(which) - {NONE})
    if not copies:
        return 0.0
    sizes: dict[Any, int] = {}
    total = 0
    for config in configs:
        shape = tuple(getattr(config, field) for field in MODEL_FIELDS)
        if shape not in sizes:
            with torch.random.fork_rng(devices=[]):
                model = build_for(config)
            sizes[shape] = sum(w.numel() * w.element_size() for w in model.state_dict().values())
        total += copies * sizes[shape]
    return total / 1e6


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


def _read(file: Path) -> dict[str, Any]:
    try:
        return dict(torch.load(file, map_location="cpu", weights_only=True))
    except Exception as why:  # cut, or noise, or something that would run: torch has no one error
        raise ModelFileError(f"{file} is no model that a run has kept") from why


def _missing(home: Path, run: str, which: str) -> str:
    """What there is instead of the file that was asked for."""
    runs = sorted(path.name for path in home.iterdir()) if home.is_dir() else []
    if run not in runs:
        return f"no run {run!r} has kept a model in {home}; there are: {', '.join(runs) or 'none'}"
    files = sorted(path.stem for path in (home / run).glob("*.pt"))
    return f"run {run!r} has kept no model {which!r}; it has: {', '.join(files) or 'none'}"


def _is_within(file: Path, home: Path) -> bool:
    return file.resolve().is_relative_to(home.resolve()) and len(file.relative_to(home).parts) == 2


def goodness(result: float, loss: float) -> tuple[float, float]:
    """What decides which evaluation is best: the result (more is better), among equals the loss."""
    return result, -loss if math.isfinite(loss) else -math.inf


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
