"""SummaryWriter: a script that writes for TensorBoard records here, with one import changed.

    from dashboard.integrations.tensorboard import SummaryWriter

Has the methods and arguments of `torch.utils.tensorboard` and `tensorboardX`, and needs neither.
What has no window here (graphs, embeddings, sound) is said once and left out.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dashboard import names
from dashboard.integrations.histograms import DISTRIBUTION, Histograms
from dashboard.integrations.lasting import LastingRun
from dashboard.integrations.pictures import figure_image, ordered, side_by_side

RUNS, EXPERIMENT = "runs", "tensorboard"
"""The folder of experiments, and the experiment where a log_dir names none."""


class SummaryWriter:
    """Records one run; what stands in `log_dir` is its experiment and its name, see `place_of`.

    config: the run's settings, by which runs are told apart; `add_hparams` says more of them.
    resume: go on with the run where it is recorded already; purge_step does, and takes back what
    was recorded from that step on. Without either a repeated script makes another run, NAME-2.
    max_queue, flush_secs and filename_suffix change nothing: everything is committed within a
    quarter of a second. A step that is left out is the tag's next one; times are those of the call.
    Raises RecordError when the folder cannot be written.
    """

    def __init__(
        self,
        log_dir: Path | str | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str = "",
        *,
        logdir: Path | str | None = None,
        config: dict[str, Any] | None = None,
        resume: bool = False,
        **_options: Any,
    ) -> None:
        folder, run = place_of(log_dir or logdir, comment)
        self._run = LastingRun(folder, run, config, resume or purge_step is not None)
        self._run.recorder(None if purge_step is None else purge_step - 1)
        self._histograms = Histograms()
        self._last_step: dict[str, int] = {}
        self.log_dir = str(folder / self._run.name)

    def add_scalar(
        self, tag: str, scalar_value: Any, global_step: Any = None, *_more: Any, **_options: Any
    ) -> None:
        self._run.numbers({tag: scalar_value}, self._step(tag, global_step))

    def add_scalars(
        self, main_tag: str, tag_scalar_dict: Mapping[str, Any], global_step: Any = None,
        walltime: float | None = None,
    ) -> None:  # fmt: skip
        """The series are called `main_tag/tag`: they share a window."""
        numbers = {f"{main_tag}/{tag}": value for tag, value in tag_scalar_dict.items()}
        self._run.numbers(numbers, self._step(main_tag, global_step))

    def add_image(
        self, tag: str, img_tensor: Any, global_step: Any = None, walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:  # fmt: skip
        self._images(tag, img_tensor, global_step, lambda images: ordered(images, dataformats))

    def add_images(
        self, tag: str, img_tensor: Any, global_step: Any = None, walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:  # fmt: skip
        self._images(tag, img_tensor, global_step, lambda images: ordered(images, dataformats))

    def add_figure(
        self, tag: str, figure: Any, global_step: Any = None, close: bool = True,
        walltime: float | None = None,
    ) -> None:  # fmt: skip
        """A figure of matplotlib, or several, as one picture."""
        figures = figure if isinstance(figure, list) else [figure]
        self._images(
            tag, figures, global_step, lambda them: side_by_side([*map(figure_image, them)])
        )
        pyplot = sys.modules.get("matplotlib.pyplot")
        for each in figures if close and pyplot else ():
            pyplot.close(each)  # type: ignore[union-attr]

    def add_text(
        self, tag: str, text_string: str, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Shown as it is, not as Markdown."""
        step = self._step(tag, global_step)
        self._run.recorder().text(names.usable_series(tag), step, text_string)

    def add_histogram(
        self, tag: str, values: Any, global_step: Any = None, bins: Any = "tensorflow",
        walltime: float | None = None, max_bins: int | None = None,
    ) -> None:  # fmt: skip
        """Counted in bins of its own; the tags of one step make one row of heat maps each."""
        step = self._step(tag, global_step)
        if step != self._histograms.step:
            self._record_histograms()
        try:
            self._histograms.add(tag, values, step)
        except (TypeError, ValueError) as why:
            self._run.warner.warn(tag, f"{tag} was not recorded: {why}")

    def add_hparams(
        self, hparam_dict: Mapping[str, Any], metric_dict: Mapping[str, Any],
        hparam_domain_discrete: Any = None, run_name: str | None = None, global_step: Any = None,
    ) -> None:  # fmt: skip
        """They become the settings of this run and, with TensorBoard, of another beside it."""
        self._run.configure(dict(hparam_dict))
        recorder = self._run.recorder()
        step = recorder.step if global_step is None else int(global_step)
        self._run.numbers(dict(metric_dict), step)

    def get_logdir(self) -> str:
        return self.log_dir

    def flush(self) -> None:
        self._record_histograms()
        self._run.recorder().flush()

    def close(self, error: BaseException | None = None) -> None:
        """End the run; whatever is added after that goes on with it."""
        self._record_histograms()
        self._run.close(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(error)

    def __getattr__(self, name: str) -> Callable[..., None]:
        """What has no window here: `add_graph`, `add_embedding`, `add_audio`, …"""
        if not name.startswith("add_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

        def leave_out(*_arguments: Any, **_options: Any) -> None:
            self._run.warner.warn(name, f"{name} has no window here and is left out")

        return leave_out

    def _images(
        self, tag: str, images: Any, global_step: Any, convert: Callable[[Any], Any]
    ) -> None:
        self._run.images(tag, self._step(tag, global_step), convert, images)

    def _record_histograms(self) -> None:
        if self._histograms.has_new_counts:
            values = self._histograms.take()
            self._run.recorder().data(DISTRIBUTION, self._histograms.step, values)

    def _step(self, tag: str, global_step: Any) -> int:
        """The step as a whole number; where none is said the tag's next one."""
        step = self._last_step.get(tag, -1) + 1 if global_step is None else int(global_step)
        self._last_step[tag] = step
        return step


def place_of(log_dir: Path | str | None, comment: str = "") -> tuple[Path, str]:
    """(the experiment's folder, the run) that a log_dir means.

    `runs/EXPERIMENT/RUN`, and of any other path the last two parts; `runs/RUN` or `RUN` belong to
    the experiment `tensorboard`, where all of them are compared. Without one the run is called by
    the time and the machine, as TensorBoard's are.
    """
    if log_dir is None:
        stamp = time.strftime("%b%d_%H-%M-%S_") + platform.node() + comment
        return Path(RUNS) / EXPERIMENT, names.usable_run(stamp)
    path = Path(log_dir)
    parts = path.parts
    if RUNS in parts[:-1]:
        place = len(parts) - 1 - parts[::-1].index(RUNS, 1)
        runs, rest = Path(*parts[: place + 1]), parts[place + 1 :]
    elif len(parts) > 1:
        runs, rest = path.parent.parent, parts[-2:]
    else:
        runs, rest = Path(RUNS), parts
    experiment, run = (EXPERIMENT, rest[0]) if len(rest) == 1 else (rest[0], "/".join(rest[1:]))
    return runs / names.usable_run(experiment).replace("/", "_"), names.usable_run(run)
