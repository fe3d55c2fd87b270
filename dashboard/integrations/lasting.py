"""A run that begins when the first thing is said of it and, once ended, goes on when more is.

So it is with trainers of other people: they make their logger long before they train, say that the
training has ended, and then evaluate. Knows no library; the Recorder is `dashboard.record`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from dashboard import names
from dashboard.record.recorder import Recorder
from dashboard.record.validation import Warner, check_run, settings_of


class LastingRun:
    """The run `run` of the experiment in `folder`; the arguments are a Recorder's.

    Names are checked at once and raise RecordError; the record is opened by `recorder`.
    """

    def __init__(
        self,
        folder: Path | str,
        run: str,
        config: dict[str, Any] | None = None,
        resume: bool = False,
    ) -> None:
        self.folder = Path(folder)
        check_run(self.folder, run)
        self.name = run
        self.warner = Warner(run)
        self._arguments = run, settings_of(config or {}), resume
        self._config, self._resume = self._arguments[1], resume
        self._recorder: Recorder | None = None
        self._has_begun = False

    def recorder(self, keep_to: int | None = None) -> Recorder:
        """What to record with now; begins the run, or goes on with it if it had ended.

        keep_to: where a run is resumed at a checkpoint, what came after its step is taken back.
        """
        if self._recorder is None:
            self._recorder = Recorder(
                self.folder, self.name, self._config, resume=self._resume, keep_to=keep_to
            )
            self.name = self.warner.run = self._recorder.name
            self._config, self._resume, self._has_begun = {}, True, True
        return self._recorder

    def begin_anew(self) -> None:
        """What comes now is a run of its own, of the next name, if this one has begun."""
        if self._has_begun:
            self.close()
            self.name, self._config, _ = self._arguments
            self._resume = self._has_begun = False

    def configure(self, settings: dict[str, Any]) -> None:
        """Say settings of the run, before it begins or while it is recorded."""
        if self._recorder is None:
            self._config |= settings_of(settings)
        else:
            self._recorder.configure(settings)

    def close(self, error: BaseException | None = None) -> None:
        """End it if it has begun; `recorder` goes on with it."""
        recorder, self._recorder = self._recorder, None
        if recorder:
            recorder.close(error)

    def __getstate__(self) -> dict[str, Any]:
        """A copy in another process says what it has to say by a recorder of its own."""
        return {**self.__dict__, "_recorder": None}

    def numbers(self, numbers: dict[str, Any], step: int) -> None:
        """Record each under its name, shortened and without signs that no window can have."""
        for name, number in numbers.items():
            self.recorder().scalar(names.usable_series(name), step, number)

    def images(
        self, name: str, step: int, convert: Callable[[Any], np.ndarray], images: Any
    ) -> None:
        """Record images of another library; what `convert` refuses is left out and said once."""
        try:
            pixels = convert(images)
        except (TypeError, ValueError) as why:
            self.warner.warn(name, f"{name} was not recorded: {why}")
            return
        self.recorder().images(names.usable_series(name), step, pixels)
