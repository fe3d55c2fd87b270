"""Checks what a person's own training loop records, and says what is wrong with it.

A name that cannot be used stops a Recorder before anything is trained: RecordError. Once training
runs, nothing that is recorded wrongly may stop it: the value is left out and one sentence goes to
the log `dashboard` (standard error unless a person configured it), once for each kind of mistake.
Nothing here writes into the record.
"""

from __future__ import annotations

import json
import logging
import operator
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dashboard import names
from dashboard.errors import UserError
from dashboard.record.schema import RecordError

LARGEST_STEP = 2**63 - 1
log = logging.getLogger("dashboard")


class MisuseError(UserError):
    """A value that cannot be recorded; the message is one sentence."""


class OnDevice:
    """A copy of one number on another device, as it is now; any thread may read it later."""

    def __init__(self, value: Any) -> None:
        self._copy = value.detach().clone()
        self._module = getattr(sys.modules.get("torch"), value.device.type, None)
        stream_now = getattr(self._module, "current_stream", None)
        self._stream = stream_now(value.device) if stream_now else None

    def item(self) -> float:
        """Waits for the device. A thread has its own stream, on which the copy may not be there."""
        if not self._module or self._stream is None:
            return float(self._copy.item())
        with self._module.stream(self._stream):
            return float(self._copy.item())


class Steps:
    """The steps of one run, which must not go back. last: by series the last one so far."""

    def __init__(self) -> None:
        self.last: dict[str, int] = {}

    @property
    def highest(self) -> int:
        """Of all series; 0 before the first."""
        return max(self.last.values(), default=0)

    def take(self, series: str, first_step: Any, count: int) -> int:
        """The first of `count` consecutive steps. Raises MisuseError for those of no use."""
        last = self.last.get(series) if isinstance(series, str) else None
        if last is None:
            check_series(series)
        first = step_of(first_step)
        if last is not None and first < last:
            raise MisuseError(
                f"step {first} of {series!r} comes after step {last}: steps must not go back (count"
                " them over all epochs), and points are left out until they are higher again"
            )
        self.last[series] = first + count - 1
        return first


class Warner:
    """Says each kind of mistake once for one run."""

    def __init__(self, run: str) -> None:
        self.run = run
        self._kinds: set[str] = set()

    def warn(self, kind: str, sentence: object) -> None:
        if kind not in self._kinds:
            self._kinds.add(kind)
            log.warning("Trainboard, run %s: %s; this is said once", self.run, sentence)


def check_run(folder: Path, run: str) -> None:
    """Raises RecordError if the experiment or the run cannot be shown under its name."""
    try:
        names.check_experiment(folder.resolve().name)
        names.check_run(run)
    except names.BadNameError as why:
        raise RecordError(str(why)) from None


def settings_of(config: Any) -> dict[str, Any]:
    """Turn the config into JSON values; what JSON cannot hold becomes text. Raises RecordError."""
    if not isinstance(config, Mapping):
        raise RecordError(
            f"config must be a dict of settings, as in {{'lr': 0.01}}, not {type(config).__name__}"
        )
    text = json.dumps({str(key): value for key, value in config.items()}, default=_plain)
    settings: dict[str, Any] = json.loads(text)
    return settings


def check_series(name: Any) -> None:
    """Raises MisuseError if no window can be named so."""
    if not names.is_series(name):
        raise MisuseError(
            f"the name {names.quoted(name)} is not allowed: use up to {names.LONGEST_SERIES} "
            "printable characters, a / only behind a prefix"
        )


def step_of(step: Any) -> int:
    """Read the step as a whole number. Raises MisuseError."""
    try:
        number = operator.index(step)
    except TypeError:
        number = -1
    if not 0 <= number <= LARGEST_STEP:
        raise MisuseError(f"a step must be a whole number of at least 0, not {names.quoted(step)}")
    return number


def number_of(value: Any) -> Any:
    """A float; or, for one number on another device, a copy of it to be read later.

    Reading it now would make the training wait for the device; and the original may be changed in
    place before it is read. Raises MisuseError for anything that is not one number.
    """
    try:
        device = getattr(value, "device", "cpu")
        if getattr(device, "type", "cpu") != "cpu" and value.numel() == 1:
            return OnDevice(value)
        if not isinstance(value, str | bytes):
            return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        pass
    shape = tuple(getattr(value, "shape", ()))
    look = f" of shape {shape}" if shape else f" {names.quoted(value)}"
    raise MisuseError(f"a value must be one number, not {type(value).__name__}{look}")


def pixels_of(images: Any) -> Any:
    """Images as something numpy can read: tensors are taken from their device and graph."""
    return images.detach().cpu().numpy() if hasattr(images, "detach") else images


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") and getattr(value, "size", 0) == 1 else str(value)
