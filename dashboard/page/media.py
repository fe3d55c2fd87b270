"""Pictures, texts and values of earlier steps, as a run recorded them; for the page's slider.

Whatever an address names is only compared with what is there: no path is ever made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard import names
from dashboard.record.read_only import open_to_read
from dashboard.record.reader import Record
from dashboard.record.rows import Run
from dashboard.record.schema import FILE_NAME, RecordError

KINDS = ("png", "json", "text")
MOST_STEPS = 2000
MOST_BYTES = 16 * 2**20
OF_RUN = "FROM media WHERE run = ? AND name = ?"


class NotThereError(RecordError):
    """There is nothing of the kind; the message is one sentence."""


@dataclass(frozen=True)
class Item:
    """One of them: `kind` is one of KINDS."""

    kind: str
    step: int
    body: bytes


def item(runs_dir: Path | None, environment: str, window: str, step: int) -> Item:
    """The newest that was recorded at `step` or before it. Raises RecordError."""
    with _run(runs_dir, environment) as (record, run):
        return item_of(record, run, window, step)


def item_of(record: Record, run: Run, window: str, step: int) -> Item:
    """The same from a record that is open already."""
    rows = record.query(
        f"SELECT id, step, kind, length(body) {OF_RUN} AND step <= ?"
        " ORDER BY step DESC, id DESC LIMIT 1",
        run.id, _name(record, run, window), step,
    )  # fmt: skip
    if not rows:
        raise NotThereError(f"{window} has nothing as early as step {step}")
    media_id, at, kind, size = rows[0]
    if kind not in KINDS or size > MOST_BYTES:
        raise NotThereError(f"what {window} has at step {at} cannot be shown")
    body = record.query("SELECT body FROM media WHERE id = ?", media_id)
    return Item(kind, at, body[0][0] if body else b"")


def steps(runs_dir: Path | None, environment: str, window: str) -> dict[str, Any]:
    """The steps for which `item` has something, in order; of very many only some, and the last.

    Raises RecordError.
    """
    with _run(runs_dir, environment) as (record, run):
        return steps_of(record, run, window)


def steps_of(record: Record, run: Run, window: str) -> dict[str, Any]:
    """The same from a record that is open already."""
    name = _name(record, run, window)
    rows = record.query(f"SELECT step, kind {OF_RUN} GROUP BY step ORDER BY step", run.id, name)
    every = -(-len(rows) // MOST_STEPS)
    return {"name": name, "kind": rows[-1][1], "steps": [row[0] for row in rows[::-every]][::-1]}


def _name(record: Record, run: Run, window: str) -> str:
    """The name under which the run recorded what the window shows."""
    for (name,) in record.query("SELECT DISTINCT name FROM media WHERE run = ?", run.id):
        safe = names.window(str(name))
        if window in (safe, names.window(str(name), [safe])):  # also where a series is called so
            return str(name)
    raise NotThereError(f"{run.name} has recorded no picture and no text for {window}")


@contextmanager
def _run(runs_dir: Path | None, environment: str) -> Iterator[tuple[Record, Run]]:
    """The record that has this environment's run, and the run."""
    with ExitStack() as stack:
        trouble = "there is no such run in the runs folder"
        for folder in folders(runs_dir, environment):
            try:
                record = stack.enter_context(closing(open_to_read(folder)))
                runs = record.runs()
            except RecordError:
                trouble = f"the record of {folder.name} cannot be read"
                continue
            for run in runs:
                if names.environment(folder.name, run.name) == environment:
                    yield record, run
                    return
        raise NotThereError(trouble)


def folders(runs_dir: Path | None, environment: str) -> Iterator[Path]:
    """The experiments that may have this environment, by their names."""
    for file in sorted(runs_dir.glob(f"*/{FILE_NAME}")) if runs_dir else ():
        folder = file.parent
        if environment.startswith(names.environment(folder.name).removesuffix(names.COMPARE)):
            yield folder
