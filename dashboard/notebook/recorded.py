"""Reads an experiment for a person's own code: tables by pandas, arrays by NumPy, texts, models.

Each call reads the record as it is by then, so a run that trains can be followed; nothing is kept
open and nothing is written. Tables are pandas' because what draws and tests in notebooks takes
those; it is imported only where one is asked for. Drawing is `dashboard.notebook.shown`'s.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from dashboard.errors import UserError
from dashboard.names import environment, quoted
from dashboard.output import report
from dashboard.record.images import cut
from dashboard.record.read_only import open_to_read
from dashboard.record.reader import Record
from dashboard.record.rows import Run
from dashboard.record.schema import check_recorded, is_recorded
from dashboard.runs.opening import open_experiment
from dashboard.windows.text import setting_text

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.runs.run_view import RunView

MODELS = "models"
MOST_NAMED = 8
POINTS = (
    "SELECT series.run, series.name, step, time_s, value FROM point"
    " JOIN series ON point.series = series.id WHERE series.name GLOB ? ORDER BY point.id"
)
MEDIA = (
    "SELECT step, body, details FROM media WHERE run = ? AND name = ? AND kind = ?"
    " ORDER BY step, id"
)


class NotebookError(UserError):
    """What was asked for is not there; the message is one sentence that says what is."""


@dataclass(frozen=True)
class Images:
    """Images that a run recorded together.

    sheet: as they were drawn, in frames, (H, W, 3) uint8. each: every one of them alone, (N, h, w)
    in grey or (N, h, w, 3), uint8; None where they have no labels, so that their number is not
    known. labels, predictions: N class indices, or None. classes: the names by index, or None.
    """

    step: int
    sheet: np.ndarray
    each: np.ndarray | None
    labels: np.ndarray | None
    predictions: np.ndarray | None
    classes: list[str] | None


class Recorded:
    """What is recorded of the experiment in `folder`, read anew by every call.

    Every method raises RecordError where the record cannot be read, and NotebookError, which names
    what there is, for a run or a name that is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def name(self) -> str:
        return self.folder.name

    def __repr__(self) -> str:
        names = self.run_names()
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        return f"{self.name}: {len(names)} runs ({', '.join(names[:MOST_NAMED])}{more})"

    def environment(self, run: str | None = None) -> str:
        """The environment of the page that compares its runs, or of one run's own."""
        return environment(self.name, run)

    def check_run(self, run: str | None) -> None:
        """Raise NotebookError where it has no such run; None is none in particular."""
        if run is not None:
            with self._record() as record:
                self._run(record, run)

    def run_names(self) -> list[str]:
        """The names of the runs in view, in the order in which they were planned."""
        with self._record() as record:
            return [run.name for run in record.runs()]

    def runs(self) -> pd.DataFrame:
        """A row for each run, by its name.

        state; error; step; seconds, from its start to its end or last sign; param.NAME, a setting
        (lists and dicts as text); best and best_step, of the metric that runs are compared by;
        result.SERIES, the last value of each series, of the training loss the mean over the newest
        whole epoch. Raises NotebookError without pandas.
        """
        pandas = _pandas()
        experiment, damage = open_experiment(self.folder)
        with closing(experiment.record):
            if damage:
                report(damage)
            rows = [_row(view, view.best(experiment.metric)) for view in experiment.runs]
            names = [view.name for view in experiment.runs]
        return pandas.DataFrame(rows, index=pandas.Index(names, name="run", dtype="object"))

    def curves(self, series: str = "*", runs: Sequence[str] = ()) -> pd.DataFrame:
        """A row for every point, in the order they were written: run, series, step, time, value.

        series: a name, or with * several, as "grad_norm/*". runs: only of these. time: UTC. value:
        float64, in which NaN and infinities are themselves. Raises NotebookError without pandas.
        """
        pandas = _pandas()
        with self._record() as record:
            there = {run.id: run.name for run in record.runs()}
            for name in runs:
                _one_of(name, there.values(), f"{self.name} has no run")
            rows = record.query(POINTS, series)
            if not rows and "*" not in series:
                _one_of(series, record.series_names(), f"{self.name} has no series")
        run_names = {i: name for i, name in there.items() if not runs or name in runs}
        rows = [(run_names[row[0]], *row[1:]) for row in rows if row[0] in run_names]
        table = pandas.DataFrame(rows, columns=["run", "series", "step", "time", "value"])
        table["time"] = pandas.to_datetime(table["time"].astype(float), unit="s", utc=True)
        return table.astype({"step": "int64", "value": "float64"})

    def images(self, run: str, name: str = "x") -> list[Images]:
        """All images that the run recorded under the name, by their steps."""
        return [
            _images(step, body, json.loads(details))
            for step, body, details in self._media(run, name, "png")
        ]

    def texts(self, run: str, name: str) -> dict[int, str]:
        """The texts that the run recorded under the name, by their steps."""
        rows = self._media(run, name, "text")
        return {step: bytes(body).decode(errors="replace") for step, body, _ in rows}

    def data(self, run: str, name: str) -> dict[int, Any]:
        """The JSON values that the run recorded under the name, by their steps."""
        return {step: json.loads(body) for step, body, _ in self._media(run, name, "json")}

    def models(self, run: str) -> dict[str, Path]:
        """The files of the trained models that the run has kept, as "best" and "last"; or none.

        What is in them needs torch: `from trainers import load_run`, then
        `load_run(loaded.folder, run, which="best")`.
        """
        with self._record() as record:
            self._run(record, run)
        files = sorted((self.folder / MODELS / run).glob("*.pt"))
        return {file.stem: file for file in files}

    def _media(self, run: str, name: str, kind: str) -> list[tuple[Any, ...]]:
        """Rows (step, body, details) of the run's media; the last of each step."""
        with self._record() as record:
            number = self._run(record, run).id
            rows = record.query(MEDIA, number, name, kind)
            if not rows:
                there = record.query(
                    "SELECT DISTINCT name FROM media WHERE run = ? AND kind = ?", number, kind
                )
                _one_of(name, [str(row[0]) for row in there], f"{run} has no {KINDS[kind]}")
        return list({row[0]: row for row in rows}.values())

    def _run(self, record: Record, name: str) -> Run:
        runs = {run.name: run for run in record.runs()}
        _one_of(name, runs, f"{self.name} has no run")
        return runs[name]

    @contextmanager
    def _record(self) -> Iterator[Record]:
        with closing(open_to_read(self.folder)) as record:
            yield record


KINDS = {"png": "images", "text": "text", "json": "data"}


def recorded_in(name: str | Path, runs_dir: str | Path) -> Recorded:
    """The experiment of that name in `runs_dir`, or in the folder that the name is.

    Raises RecordError, which names those there are.
    """
    if is_recorded(Path(name)):
        return Recorded(Path(name).resolve())
    check_recorded(Path(runs_dir), str(name))
    return Recorded(Path(runs_dir, name).resolve())


def _one_of(name: str, there: Any, sentence: str) -> None:
    """Raise NotebookError unless the name is there."""
    names = list(there)
    if name in names:
        return
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    choices = f"there are {', '.join(names[:MOST_NAMED])}{more}" if names else "it has none"
    raise NotebookError(f"{sentence} {quoted(name)}: {choices}")


def _row(view: RunView, best: tuple[float, int] | None) -> dict[str, Any]:
    ended_s = view.ended_s or view.row.heartbeat_s
    row: dict[str, Any] = {
        "state": view.state,
        "error": view.error,
        "step": view.step,
        "seconds": ended_s - view.started_s if ended_s and view.started_s else None,
    }
    row |= {f"param.{key}": _plain(value) for key, value in view.config.items()}
    row |= dict(zip(("best", "best_step"), best or (None, None), strict=True))
    return row | {f"result.{series}": view.result(series) for series in view.lines}


def _plain(value: Any) -> Any:
    return setting_text(value) if isinstance(value, list | dict) else value


def _images(step: int, body: bytes, details: dict[str, Any]) -> Images:
    with Image.open(io.BytesIO(body)) as picture:
        is_grey = picture.mode == "P"  # `dashboard.record.images`: greys, and frames in colour
        sheet = np.asarray(picture.convert("RGB"))
    labels, predictions = (
        None if details.get(key) is None else np.array(details[key], np.int64)
        for key in ("labels", "predictions")
    )
    each = None
    indices = labels if labels is not None else predictions
    if indices is not None:
        pixels = sheet[..., 0] if is_grey else sheet
        each = np.stack([cut(pixels, i, len(indices)) for i in range(len(indices))])
    return Images(step, sheet, each, labels, predictions, details.get("classes"))


def _pandas() -> Any:
    """The module. Raises NotebookError where it is not installed."""
    try:
        import pandas
    except ImportError:
        raise NotebookError(
            "tables need pandas, which is not installed: pip install pandas (images, texts, data "
            "and models need nothing more)"
        ) from None
    return pandas
