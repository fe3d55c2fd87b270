"""Writes one run into the record, from the training loop itself: no thread, no network, no wait.

`scalar`, `images` and `text` only append to a list; about four times a second the call that finds
the time has come commits the list in one transaction (well under a millisecond). `flush` commits at
once: at the end of an epoch, at close and on failure. What the page shows is not decided here.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from dashboard import record_file
from dashboard.images import grid_png
from dashboard.record_file import RecordError

COMMIT_EVERY_S = 0.25


class Recorder:
    """Records one run of the experiment in `folder`; use it as a context manager.

    folder: "runs/mine"; the record is made if there is none.
    run: the run's name; a `queued` run of that name is taken up, a new name is entered.
    config: the run's settings as a dict of JSON values (a queued run has its own).

    Leaving the `with` block writes the state: `done`, or `failed` with the exception's text.
    Raises RecordError when the run was already recorded or the folder cannot be written.
    """

    def __init__(self, folder: Path | str, run: str, config: dict[str, Any] | None = None) -> None:
        self.folder = Path(folder)
        record_file.make(self.folder)
        self._db = record_file.connect(self.folder)
        self._points: list[tuple[str, int, float, Any]] = []
        self._media: list[tuple[str, str, int, float, bytes, str]] = []
        self._series: dict[str, int] = {}
        self._start_s = time.time() - time.monotonic()
        self._due_s = 0.0
        self.name = run
        self.state = "running"
        self.error = ""
        self._run_id = self._take_up(run, config or {})

    def scalar(self, series: str, step: int, value: Any) -> None:
        """Record one number (a float, or anything `float()` takes) of `series` at `step`."""
        now = time.monotonic()
        self._points.append((series, step, now, value))
        if now >= self._due_s:
            self.flush()

    def scalars(self, series: str, first_step: int, values: Sequence[float]) -> None:
        """Record the numbers of consecutive steps, `first_step` being the step of the first."""
        now = time.monotonic()
        self._points.extend((series, first_step + i, now, v) for i, v in enumerate(values))
        if now >= self._due_s:
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

        images: (N, H, W) or (N, 1, H, W), uint8 in 0..255 or floats in [0, 1].
        labels, predictions: N class indices; right ones get a green frame, wrong ones a red one.
        classes: the class names by index. Raises ValueError when the lengths differ.
        """
        pixels = np.asarray(images)
        truth = None if labels is None else [int(i) for i in labels]
        guess = None if predictions is None else [int(i) for i in predictions]
        details = {"labels": truth, "predictions": guess, "classes": classes and list(classes)}
        self._add_media(name, "png", step, grid_png(pixels, truth, guess), details)

    def text(self, name: str, step: int, text: str) -> None:
        """Record a text; the page shows it as it is, never as HTML."""
        self._add_media(name, "text", step, text.encode(), {})

    def data(self, name: str, step: int, values: Any) -> None:
        """Record a JSON value (a dict, a list) that a window knows how to draw."""
        self._add_media(name, "json", step, json.dumps(values).encode(), {})

    def expect(self, total_steps: int, steps_per_epoch: int) -> None:
        """Say how long the run will be, for progress and ETA."""
        self._db.execute(
            "UPDATE run SET total_steps = ?, steps_per_epoch = ? WHERE id = ?",
            (total_steps, steps_per_epoch, self._run_id),
        )

    def flush(self) -> None:
        """Commit everything recorded so far in one transaction, with a sign of life."""
        now = time.monotonic()
        self._due_s = now + COMMIT_EVERY_S
        points, media = self._points, self._media
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany(
                "INSERT INTO point (series, step, time_s, value) VALUES (?, ?, ?, ?)",
                [self._row(point) for point in points],
            )
            self._db.executemany(
                "INSERT INTO media (run, name, kind, step, time_s, body, details)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(self._run_id, *row) for row in media],
            )
            self._db.execute(
                "UPDATE run SET heartbeat_s = ? WHERE id = ?", (self._start_s + now, self._run_id)
            )
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            self._series.clear()
            raise
        self._points, self._media = [], []

    def close(self) -> None:
        """Commit what is left and write the run's last state; calling it twice is harmless."""
        if self._run_id < 0:
            return
        state = "done" if self.state == "running" else self.state
        self.flush()
        self._db.execute(
            "UPDATE run SET state = ?, error = ?, ended_s = ? WHERE id = ?",
            (state, self.error, self._start_s + time.monotonic(), self._run_id),
        )
        self._db.close()
        self._run_id = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and self.state == "running":
            stopped = isinstance(error, (KeyboardInterrupt, SystemExit))
            self.state = "stopped" if stopped else "failed"
            self.error = "" if stopped else f"{type(error).__name__}: {error}"
        self.close()

    def _take_up(self, run: str, config: dict[str, Any]) -> int:
        now = time.time()
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            row = self._db.execute("SELECT id, state FROM run WHERE name = ?", (run,)).fetchone()
            if row is None:
                row = self._db.execute(
                    "INSERT INTO run (name, config, state, created_s) VALUES (?, ?, 'queued', ?)"
                    " RETURNING id, state",
                    (run, json.dumps(config), now),
                ).fetchone()
            if row[1] != "queued":
                self._db.rollback()
                raise RecordError(
                    f"run {run!r} of experiment {self.folder.name!r} is recorded already "
                    f"({row[1]}); give the new run another name"
                )
            self._db.execute(
                "UPDATE run SET state = 'running', started_s = ?, heartbeat_s = ? WHERE id = ?",
                (now, now, row[0]),
            )
        return int(row[0])

    def _add_media(self, name: str, kind: str, step: int, body: bytes, details: Any) -> None:
        now = self._start_s + time.monotonic()
        self._media.append((name, kind, step, now, body, json.dumps(details)))

    def _row(self, point: tuple[str, int, float, Any]) -> tuple[int, int, float, float | None]:
        series, step, now, value = point
        number = float(value)
        return (
            self._series.get(series) or self._series_id(series),
            step,
            self._start_s + now,
            None if math.isnan(number) else number,
        )

    def _series_id(self, name: str) -> int:
        key = (self._run_id, name)
        self._db.execute("INSERT OR IGNORE INTO series (run, name) VALUES (?, ?)", key)
        row = self._db.execute("SELECT id FROM series WHERE run = ? AND name = ?", key).fetchone()
        self._series[name] = int(row[0])
        return self._series[name]
