"""What a page asks to be done with runs, and what became of what was asked.

Whatever a page names is compared with what is there. It is written into the record as a request, if
a launcher owns the experiment; if none does, the page is told what a person can type instead.
Nothing else is written, and nothing is done here.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from dashboard.errors import UserError
from dashboard.names import quoted
from dashboard.program import PROGRAM
from dashboard.record.acts import ACTS
from dashboard.record.places import kept
from dashboard.record.read_only import open_to_read
from dashboard.record.reader import Record
from dashboard.record.requests import PAGE
from dashboard.record.schema import FILE_NAME, UnwritableError, is_held

MOST_WAITING = 50  # requests of one experiment on which nobody has acted
MOST_RUNS = 5000
LONGEST_KEY, LONGEST_DETAILS = 40, 5000  # characters


class NobodyTrainsError(UserError):
    """No launcher owns the experiment; the message says what to type."""


def write(runs_dir: Path | None, body: Mapping[str, Any]) -> dict[str, int]:
    """Write what a page asks: {experiment, act, runs, details, key}; the request's id.

    key: the same for a request that is sent twice. Raises NobodyTrainsError; UserError for what
    makes no sense; UnwritableError.
    """
    act, key, details = body.get("act"), body.get("key"), body.get("details", {})
    if not isinstance(act, str) or act not in ACTS:
        raise UserError(f"{quoted(act)} cannot be asked: there are {', '.join(ACTS)}")
    if not isinstance(key, str) or not 8 <= len(key) <= LONGEST_KEY:
        raise UserError(f"the key of a request is a text of 8 to {LONGEST_KEY} characters")
    if not isinstance(details, dict) or len(json.dumps(details)) > LONGEST_DETAILS:
        raise UserError("the details of a request are a small object")
    with _record(runs_dir, body.get("experiment")) as record:
        runs = _runs(record, body.get("runs", []))
        if not is_held(record.folder):
            raise NobodyTrainsError(
                f"no launcher trains {record.folder.name} now; in a terminal: "
                + command_line(record.folder.name, act, runs, details)
            )
        if len(record.requests(only_open=True)) >= MOST_WAITING:
            raise UnwritableError("the launcher has not acted on what was asked before")
        return {"id": record.ask(act, runs, details=details, origin=PAGE, key=key)}


def listing(runs_dir: Path | None, experiment: str, run: str = "") -> dict[str, Any]:
    """What was asked lately of an experiment, and what a page needs to ask more. Raises UserError.

    launcher: whether there is one. removed: the runs that are out of view. places: where `run` can
    be forked, as [epochs, steps] done by then; none where no run is named.
    """
    with _record(runs_dir, experiment) as record:
        names = _runs(record, [run]) if run else []
        return {
            "launcher": is_held(record.folder),
            "requests": [request.as_json() for request in record.requests()],
            "removed": [run.name for run in record.runs(out_of_view=True)],
            "places": [
                [place.epoch, place.step] for name in names for place in kept(record.folder, name)
            ],
        }


def command_line(experiment: str, act: str, runs: list[str], details: Mapping[str, Any]) -> str:
    """What a person types for the same."""
    verb, more = {
        "restore": ("remove", ["--undo"]),
        "delete": ("remove", ["--for-good"]),
        "lr": ("lr", ["--to", str(details.get("lr"))]),
        "fork": ("fork", _flags({"at": details.get("at"), **_of_one(details.get("changes"))})),
        "add": ("add", _flags(_object(details.get("choices")))),
    }.get(act, (act, []))
    first = f"{experiment}/{runs[0]}" if runs else experiment
    return shlex.join([PROGRAM, verb, first, *runs[1:], *more])


def _flags(values: Mapping[str, Any]) -> list[str]:
    words = []
    for field, value in values.items():
        if value is not None:
            items = value if isinstance(value, list) else [value]
            words += [f"--{field.replace('_', '-')}", *map(str, items)]
    return words


def _of_one(changes: object) -> dict[str, Any]:
    """What one run changes: a setting that is a number for each layer is one value."""
    return {
        field: "x".join(map(str, value)) or "none" if isinstance(value, list) else value
        for field, value in _object(changes).items()
    }


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _runs(record: Record, names: object) -> list[str]:
    """The runs that are asked of; only such as are there."""
    if not isinstance(names, list) or len(names) > MOST_RUNS:
        raise UserError("the runs of a request are a list of names")
    there = {run.name for run in (*record.runs(), *record.runs(out_of_view=True))}
    for name in names:
        if not isinstance(name, str) or name not in there:
            raise UserError(f"{record.folder.name} has no run {quoted(name)}")
    return list(dict.fromkeys(names))


@contextmanager
def _record(runs_dir: Path | None, experiment: object) -> Iterator[Record]:
    """The record of the experiment of that name. Raises UserError where there is none."""
    folders = (file.parent for file in runs_dir.glob(f"*/{FILE_NAME}")) if runs_dir else ()
    folder = next((folder for folder in folders if folder.name == experiment), None)
    if folder is None:
        raise UserError(f"there is no experiment {quoted(experiment)}")
    with closing(open_to_read(folder)) as record:
        yield record
