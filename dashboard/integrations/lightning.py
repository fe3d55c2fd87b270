"""TrainboardLogger: what a Lightning module logs, recorded: `lightning`, `pytorch_lightning`.

    trainer = Trainer(logger=TrainboardLogger("runs/mine", run="sgd-0.1"))

Imports neither of them: which one a script uses shows in what it has imported, and there the class
is entered as a Logger. Series keep the names that the module gives them.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dashboard import names
from dashboard.integrations.lasting import LastingRun
from dashboard.integrations.pictures import as_images
from dashboard.record.recorder import Recorder

LIBRARIES = ("lightning.pytorch.loggers.logger", "pytorch_lightning.loggers.logger")
RANKS = "lightning_utilities.core.rank_zero"
"""Both libraries write there which of several processes this is."""
NOT_RECORDED = frozenset({"epoch"})  # Lightning adds it to everything


class NotTheFirst:
    """What `experiment` is in every process but the first: it takes anything and does nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_arguments, **_options: None


class TrainboardLogger:
    """A Logger of Lightning that records a run; the arguments are those of a Recorder.

    Of several processes the first one records. `experiment` is the Recorder. The run is `done` when
    Lightning says so, and goes on when the same trainer tests or fits again.
    Raises RecordError when a name cannot be used.
    """

    def __init__(
        self,
        folder: Path | str = "runs/lightning",
        run: str = "run",
        config: dict[str, Any] | None = None,
        *,
        resume: bool = False,
    ) -> None:
        self._run = LastingRun(folder, run, config, resume)
        for library in LIBRARIES:
            if library in sys.modules:
                sys.modules[library].Logger.register(type(self))

    @property
    def name(self) -> str:
        """The experiment."""
        return self._run.folder.name

    @property
    def version(self) -> str:
        """The run. Checkpoints go into a folder of that name, so it is begun to know it."""
        if is_first_process():
            self._run.recorder()
        return self._run.name

    @property
    def save_dir(self) -> str:
        """The folder of experiments."""
        return str(self._run.folder.parent)

    @property
    def root_dir(self) -> str:
        """The experiment's folder."""
        return str(self._run.folder)

    @property
    def log_dir(self) -> str:
        """Where checkpoints of the run go, beside the record."""
        return str(self._run.folder / self.version)

    @property
    def group_separator(self) -> str:
        return "/"

    @property
    def experiment(self) -> Recorder | NotTheFirst:
        """The Recorder, for whatever else is to be recorded."""
        return self._run.recorder() if is_first_process() else NotTheFirst()

    def log_hyperparams(
        self, params: Mapping[str, Any] | Namespace, *_arguments: Any, **_options: Any
    ) -> None:
        """Add the module's settings to those of the run."""
        if is_first_process():
            self._run.configure(vars(params) if isinstance(params, Namespace) else dict(params))

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Record each number as the series of its name."""
        if is_first_process():
            numbers = {key: metrics[key] for key in metrics if key not in NOT_RECORDED}
            self._run.numbers(numbers, self._at(step))

    def log_image(
        self, key: str, images: Sequence[Any], step: int | None = None, **_options: Any
    ) -> None:
        """Record images (H, W), (C, H, W) or (H, W, C), arrays, tensors or of PIL, as one grid."""
        if is_first_process():
            self._run.images(key, self._at(step), as_images, images)

    def log_text(self, key: str, text: str, step: int | None = None) -> None:
        """Record a text."""
        if is_first_process():
            self._run.recorder().text(names.usable_series(key), self._at(step), text)

    def log_graph(self, *_arguments: Any, **_options: Any) -> None:
        """Nothing: there is no window for the graph of operations."""

    def after_save_checkpoint(self, checkpoint_callback: object) -> None:
        """Nothing: Lightning keeps its own checkpoints."""

    def save(self) -> None:
        """Commit what is recorded now; by itself that happens four times a second."""
        if is_first_process():
            self._run.recorder().flush()

    def finalize(self, status: str) -> None:
        """End the run: `done`, or as the error says that Lightning is handling."""
        has_failed = status not in ("success", "finished")
        error = sys.exc_info()[1] or RuntimeError(f"Lightning says: {status}")
        self._run.close(error if has_failed else None)

    def _at(self, step: int | None) -> int:
        """The step, or the newest one where none is said."""
        return self._run.recorder().step if step is None else step


def is_first_process() -> bool:
    """Whether this is the one process of a training that records."""
    ranks = sys.modules.get(RANKS)
    return not getattr(getattr(ranks, "rank_zero_only", None), "rank", 0)
