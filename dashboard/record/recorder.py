"""Records one run, from the training loop itself: no network, no wait.

`scalar`, `images` and `text` only append to a list. Every quarter of a second, whether or not
another call comes, a thread commits what is there (`dashboard.record.uncommitted`); `flush` has
that done at once: at the end of an epoch, at close and on failure. What the page shows is not
decided here.
"""

from __future__ import annotations

import atexit
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from dashboard.record.beginning import Begun
from dashboard.record.committer import COMMITTER
from dashboard.record.ending import state_and_error, write_end
from dashboard.record.goal import EXPECTED, GoalError, checked_goal, checked_milestones
from dashboard.record.images import grid_png, out_of_range
from dashboard.record.printed import TRACEBACK, traceback_of, uncaught
from dashboard.record.schema import RecordError
from dashboard.record.sink import FileSink, Sink
from dashboard.record.uncommitted import Uncommitted
from dashboard.record.validation import (
    LARGEST_STEP,
    MisuseError,
    Steps,
    Warner,
    check_run,
    check_series,
    log,
    number_of,
    pixels_of,
    settings_of,
    step_of,
)


class Recorder:
    """Records one run of the experiment in `folder`; use it as a context manager.

    folder: "runs/mine"; the record is made if there is none.
    run: the run's name; a `queued` run of that name is taken up, a new name is entered.
    config: the run's settings as a dict; what JSON cannot hold is kept as text (a queued run has
    its own). `configure` says more of them later.
    resume: where the run is recorded already, go on with it: `step` is the last step that it has.
    Without it the new run is called NAME-2, which is said once; `name` is what it is called.
    keep_to: of what is recorded already everything after this step is taken back; by default all
    of an earlier attempt at a queued run, and nothing of one that goes on.
    sink: where batches go instead of the record in `folder`; it decides what comes of a taken name.

    Leaving the `with` block writes the state: `done`, or `failed` with the exception's text and its
    whole traceback.
    Raises RecordError when a name cannot be used, the folder cannot be written or the run that is
    to go on is another process's. From then on nothing raises: what cannot be recorded is left out,
    and said once; while the record cannot be written, points wait in memory
    (`dashboard.record.backlog`), and `unwritten` says why if they still do after the end. When the
    run is begun again or ended by somebody else meanwhile, the recorder closes by itself and is
    `superseded`; the record stays theirs. In a forked child of its process it records nothing.
    """

    def __init__(
        self,
        folder: Path | str,
        run: str,
        config: dict[str, Any] | None = None,
        *,
        resume: bool = False,
        keep_to: int | None = None,
        sink: Sink | None = None,
    ) -> None:
        self.folder = Path(folder)
        check_run(self.folder, run)
        settings = settings_of(config or {})
        self._sink = sink or FileSink(self.folder, if_taken="resume" if resume else "number")
        self._steps = Steps()
        self._start_s = time.time() - time.monotonic()
        self._warner = Warner(run)
        self._uncommitted = Uncommitted(self._sink, self._warner, self._start_s)
        self._points = self._uncommitted.points
        self._pid = os.getpid()
        self.name = run
        self.state = "running"
        self.error = ""
        self.unwritten = ""
        try:
            COMMITTER.add(self._uncommitted)
            if keep_to is None:
                keep_to = LARGEST_STEP if resume else -1
            self.attempt = self._sink.begin(run, settings, keep_to)
        except BaseException:
            COMMITTER.remove(self._uncommitted)
            self._sink.close()
            raise
        if isinstance(self._sink, FileSink):
            self._take_over(self._sink.run)
        atexit.register(self._abandon)

    @property
    def superseded(self) -> bool:
        """Whether the run is somebody else's by now."""
        return self._uncommitted.superseded

    @property
    def step(self) -> int:
        """The highest step of all series so far."""
        return self._steps.highest

    def configure(self, settings: dict[str, Any]) -> None:
        """Say more of the run's settings, as a script learns of them; they replace those of the
        same names.
        """
        try:
            self._uncommitted.configs.append(settings_of(settings))
        except RecordError as why:
            self._warn("configure", why)
        if self._uncommitted.closed:
            self.flush()

    def scalar(self, series: str, step: int, value: Any) -> None:
        """Record one number of `series` at `step`: a float, a 0-d tensor or array, anything that
        `float()` takes. The steps of a series must not go back.
        """
        now = time.monotonic()
        try:
            number = number_of(value)
            self._points.append((series, self._steps.take(series, step, 1), now, number))
        except MisuseError as why:
            self._warn(series, why)
        if len(self._points) > self._uncommitted.room:
            self.flush()

    def scalars(self, series: str, first_step: int, values: Sequence[float]) -> None:
        """Record the numbers of consecutive steps, `first_step` being the step of the first."""
        now = time.monotonic()
        try:
            numbers = [number_of(value) for value in values]
            first = self._steps.take(series, first_step, len(numbers))
            self._points.extend([(series, first + i, now, n) for i, n in enumerate(numbers)])
        except MisuseError as why:
            self._warn(series, why)
        if len(self._points) > self._uncommitted.room:
            self.flush()

    def images(
        self,
        name: str,
        step: int,
        images: Any,
        labels: Sequence[int] | None = None,
        predictions: Sequence[int] | None = None,
        classes: Sequence[str] | None = None,
    ) -> None:
        """Record a grid of images as one PNG.

        images: (N, H, W) or (N, 1, H, W) grey, (N, 3, H, W) or (N, H, W, 3) in colour; uint8 in
        0..255 or floats in [0, 1]; what lies beyond is cut off, and that is said once.
        labels, predictions: N class indices; right ones get a green frame, wrong ones a red one.
        classes: the class names by index.
        """
        try:
            truth = None if labels is None else [int(i) for i in labels]
            guess = None if predictions is None else [int(i) for i in predictions]
            details = {"labels": truth, "predictions": guess, "classes": classes and list(classes)}
            pixels = np.asarray(pixels_of(images))
            self._add_media(name, "png", step, grid_png(pixels, truth, guess), details)
            if beyond := out_of_range(pixels):
                self._warner.warn(f"{name} range", f"the images {name}: {beyond}")
        except (TypeError, ValueError) as why:
            self._warn(name, why)

    def text(self, name: str, step: int, text: str) -> None:
        """Record a text; the page shows it as it is, never as HTML."""
        try:
            self._add_media(name, "text", step, str(text).encode(errors="replace"), {})
        except MisuseError as why:
            self._warn(name, why)

    def data(self, name: str, step: int, values: Any) -> None:
        """Record a JSON value (a dict, a list) that a window knows how to draw."""
        try:
            self._add_media(name, "json", step, json.dumps(values).encode(), {})
        except (TypeError, ValueError) as why:
            self._warn(name, why)

    def expect(
        self,
        total_steps: int = 0,
        steps_per_epoch: int = 0,
        *,
        metric: str = "",
        goal: str | None = None,
        milestones: Sequence[float] | None = None,
    ) -> None:
        """Say how long the run will be, for progress and ETA, and what it is compared by.

        metric: a series; goal: "max" or "min", where its name does not say which; milestones:
        values of it whose reaching is noted.
        """
        try:
            if total_steps or steps_per_epoch:
                self._uncommitted.extents.append((step_of(total_steps), step_of(steps_per_epoch)))
            if metric:
                check_series(metric)
                details = {"metric": metric, "goal": checked_goal(metric, goal)}
                marks = {} if milestones is None else {"milestones": checked_milestones(milestones)}
                self._add_media(EXPECTED, "json", 0, b"", details | marks)
        except (MisuseError, GoalError) as why:
            self._warn("expect", why)
            return
        self.flush()

    def flush(self) -> bool:
        """Commit everything recorded so far, with a sign of life; False if some still waits."""
        return self._uncommitted.flush()

    def close(self, error: BaseException | None = None) -> None:
        """Commit what is left and write the run's last state; calling it twice is harmless.

        error: what ended the run early; a KeyboardInterrupt makes it `stopped`, others `failed`.
        """
        try:
            if not self._uncommitted.closed:
                self._end(error)
        finally:  # Ctrl-C while it waits
            self._uncommitted.close()
            COMMITTER.remove(self._uncommitted)
            atexit.unregister(self._abandon)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(error)

    def _take_over(self, run: Begun) -> None:
        """Be the run that has begun: its name may be another than was asked for."""
        name, self.name = self.name, run.name
        self._warner.run = run.name
        self._steps.last |= run.last_steps
        if run.name != name:
            log.warning(
                "Trainboard: run %r is recorded already, so this one is called %r; resume=True "
                "would go on with the other",
                name,
                run.name,
            )

    def _end(self, error: BaseException | None) -> None:
        if error is not None and self.state == "running":
            self.state, self.error = state_and_error(error)
            if self.state == "failed":
                self.text(TRACEBACK, self.step, traceback_of(error))
        state = "done" if self.state == "running" else self.state
        self.unwritten, interrupt = write_end(self._uncommitted, state, self.error)
        if interrupt:
            raise interrupt

    def _add_media(self, name: str, kind: str, step: int, body: bytes, details: Any) -> None:
        check_series(name)
        now = self._start_s + time.monotonic()
        row = (name, kind, step_of(step), now, body, json.dumps(details))
        self._uncommitted.media.append(row)
        if self._uncommitted.closed:
            self.flush()

    def _warn(self, name: Any, why: Exception) -> None:
        self._warner.warn(f"{name} {type(why).__name__}", f"{name} was not recorded: {why}")

    def _abandon(self) -> None:
        """The process ends and nobody has closed the run; not in a forked child of it."""
        if not self._uncommitted.closed and os.getpid() == self._pid:
            error = uncaught()
            if error is None:
                self.state, self.error = "stopped", "its process ended without closing the run"
            self.close(error)
