"""Keeps a run's trained model in the experiment's folder; `trainers.saved_model` loads it again.

A file holds the weights and everything that is needed to rebuild the model they belong to: no file
of a data set, and no class of ours is stored in it. It cannot be trained on from; that is a
checkpoint (`trainers.checkpoint`). Files are read with `weights_only=True`, so one that somebody
sent runs nothing.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.errors import UserError
from dashboard.record.tasks import TASKS as SERIES
from trainers.build import model_bytes, model_key
from trainers.config import RunConfig
from trainers.tables.datasets import entry_of
from trainers.tables.tasks import TASKS

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    from trainers.tables.late import torch

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
        self._files: dict[str, dict[str, Any]] = {}
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
                state = read(file)
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
        return list(self._files.values())

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
        entry, is_scaled = entry_of(self._config.dataset), self._config.normalize
        of_task = {
            "task": entry.task,
            "tokens": entry.tokens,
            "words": list(entry.words),
            "target_mean": list(entry.target_mean) if is_scaled else [],
            "target_std": list(entry.target_std) if is_scaled else [],
        }
        return {
            **of_task,
            "settings": self._config.as_dict(),
            "input_shape": list(entry.input_shape),
            "classes": list(entry.classes),
            "mean": list(entry.mean) if is_scaled else [],
            "std": list(entry.std) if is_scaled else [],
            "step": step,
            self._metric: result,
            "test_loss": loss,
            # A copy: a member's weights are a view of its stack, all of which would be written.
            "weights": {name: weight.detach().cpu().clone() for name, weight in weights.items()},
        }

    def _note(self, name: str, state: Mapping[str, Any], size_bytes: int) -> None:
        numbers = {key: _finite(state[key]) for key in ("step", self._metric, "test_loss")}
        self._files[name] = {"file": name, **numbers, "bytes": size_bytes}

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


def megabytes(
    configs: Iterable[RunConfig],
    which: Collection[str],
    sizes: Mapping[tuple[Any, ...], int] | None = None,
) -> float:
    """About how much all runs keep, in MB; of ALL that of one evaluation.

    sizes: the bytes of each model by its `model_key`; None: they are built to know.
    """
    configs, copies = list(configs), len(frozenset(which) - {NONE})
    if not copies:
        return 0.0
    bytes_of = model_bytes(configs) if sizes is None else sizes
    return copies * sum(bytes_of[model_key(config)] for config in configs) / 1e6


def read(file: Path) -> dict[str, Any]:
    try:
        return dict(torch.load(file, map_location="cpu", weights_only=True))
    except Exception as why:  # cut, or noise, or something that would run: torch has no one error
        raise ModelFileError(f"{file} is no model that a run has kept") from why


def goodness(result: float, loss: float) -> tuple[float, float]:
    """What decides which evaluation is best: the result (more is better), among equals the loss."""
    return result, -loss if math.isfinite(loss) else -math.inf


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
