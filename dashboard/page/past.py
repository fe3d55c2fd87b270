"""Windows as they were at an earlier step, drawn from the record when somebody looks back.

The windows are those of `dashboard.windows.table`, drawn by the same code from what had been
recorded by then; only what a window reads is read. Nothing is kept in memory from one question to
the next. Whatever an address names is only compared with what is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from dashboard import names
from dashboard.page.media import NotThereError, folders
from dashboard.record.read_only import open_to_read
from dashboard.record.reader import Record
from dashboard.record.row_reader import MEDIA, POINT
from dashboard.record.rows import Changes, media_of
from dashboard.record.schema import RecordError
from dashboard.record.tasks import NAMES, TEXTS
from dashboard.runs.experiment import Experiment
from dashboard.runs.run_view import STATE, RunView
from dashboard.windows.compare_windows import COMPARE_WINDOWS
from dashboard.windows.content import NOTHING, About, Content, Html, Picture, Plot
from dashboard.windows.predictions import SAMPLES
from dashboard.windows.run_windows import RUN_WINDOWS
from dashboard.windows.window import CompareWindow, RunWindow


def window_at(runs_dir: Path | None, environment: str, name: str, step: int) -> dict[str, Any]:
    """The window {type, content} as our page has it, from what was recorded up to `step`.

    Raises RecordError where there is no such window, or nothing to go back to in it.
    """
    with ExitStack() as stack:
        for folder in folders(runs_dir, environment):
            try:
                record = stack.enter_context(closing(open_to_read(folder)))
                experiment, view = _page(record, environment)
            except RecordError:
                continue
            return _drawn(experiment, view, name, step)
        raise NotThereError("there is no such experiment in the runs folder")


def window_of(record: Record, environment: str, name: str, step: int) -> dict[str, Any]:
    """The same from a record that is open already."""
    return _drawn(*_page(record, environment), name, step)


def as_on_page(content: Content, about: About = NOTHING) -> dict[str, Any]:
    """The packet that Visdom would hand to a page, as far as a view needs it."""
    packet = content.packet(about)
    if isinstance(content, Plot):
        return {"type": "plot", "content": {"data": packet["data"], "layout": packet["layout"]}}
    kind = {Html: "text", Picture: "image"}[type(content)]
    return {"type": kind, "content": packet["data"][0]["content"]}


def _page(record: Record, environment: str) -> tuple[Experiment, RunView | None]:
    """The record's experiment without its points, and the run whose own the environment is.

    Raises NotThereError where it is of another experiment.
    """
    experiment = Experiment(record)
    experiment.show(Changes(record.runs()))
    if environment == experiment.environment:
        return experiment, None
    for view in experiment.runs:
        if view.environment == environment:
            return experiment, view
    raise NotThereError(f"{experiment.name} has no such page")


def _drawn(experiment: Experiment, view: RunView | None, name: str, step: int) -> dict[str, Any]:
    """A window of one run or of all from what there was by that step; `experiment` has none yet."""
    windows: Mapping[str, CompareWindow | RunWindow] = RUN_WINDOWS if view else COMPARE_WINDOWS
    window = windows.get(name)
    if window is None or not window.past:
        raise NotThereError(f"{names.quoted(name)} is no window that can be looked back in")
    _read(experiment, window.reads, step, view)
    if isinstance(window, RunWindow):
        assert view is not None
        return as_on_page(window.draw(experiment, view))
    return as_on_page(window.draw(experiment))


def _read(experiment: Experiment, topics: Sequence[str], step: int, view: RunView | None) -> None:
    """Take in what the topics had by that step, of one run or of all."""
    record = experiment.record
    topics = [topic for topic in topics if topic != STATE]
    series = " OR ".join(["name = ? OR name GLOB ?"] * len(topics)) or "0"
    patterns = [text for topic in topics for text in (topic, f"{topic}/*")]
    of_run = "" if view is None else f" AND run = {view.id}"
    points = record.points(
        record.query(
            f"{POINT} WHERE step <= ? AND series IN"
            f" (SELECT id FROM series WHERE ({series}){of_run}) ORDER BY id",
            step, *patterns,
        )
    )  # fmt: skip
    media_names = [*topics, SAMPLES, NAMES, TEXTS]
    marks = ", ".join("?" * len(media_names))
    rows = record.query(
        f"SELECT {MEDIA} FROM media WHERE id IN (SELECT max(id) FROM media WHERE step <= ?"
        f" AND name IN ({marks}){of_run} GROUP BY run, name) ORDER BY id",
        step, *media_names,
    )  # fmt: skip
    experiment.show(Changes(record.runs(), points, [media_of(row) for row in rows]))
