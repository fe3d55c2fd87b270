"""Writes an experiment as a report: every window of every page, as it is and as it was before.

What is gathered is what a server would send to our page; a file is made of it by
`dashboard.page.bundle`. Changes nothing in the record.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dashboard.board.scene import ExperimentScene, Place, undrawn
from dashboard.errors import UserError
from dashboard.page import media, past
from dashboard.page.bundle import bundle
from dashboard.program import PROGRAM
from dashboard.record.reader import Record
from dashboard.record.rows import Run
from dashboard.runs.experiment import Experiment

MOST_BYTES = 10 * 2**20
"""Of all windows together, packed; with the page and plotly a report is then smaller than 15 MB."""
REPORT = "report.html"
AS_TEXT = 4 / 3  # what is packed is written in characters of six bits


@dataclass
class Gathered:
    """What there is room for. left_out: what there is none for, in words."""

    room: float = MOST_BYTES / AS_TEXT
    environments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    past: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def has_room_for(self, what: object) -> bool:
        """Take note of its packed size, if there is room."""
        size = len(zlib.compress(json.dumps(what, allow_nan=False).encode()))
        if size > self.room:
            return False
        self.room -= size
        return True


def write(experiment: Experiment, folder: Path) -> list[str]:
    """Write report.html into `folder`; a sentence for each thing that it has no room for."""
    view = f"{PROGRAM} view {experiment.name}"
    left_out = write_report(experiment, folder / REPORT)
    return [f"{REPORT} has no room for {what}; `{view}` shows it" for what in left_out]


def write_report(experiment: Experiment, file: Path) -> list[str]:
    """Write the file; what there was no room for in it, in words.

    Raises UserError where it cannot be written, AssetError without plotly's file.
    """
    contents = gather(experiment)
    data = {
        "start": experiment.environment,
        "environments": contents.environments,
        "past": contents.past,
        "media": contents.media,
    }
    text = bundle(f"{experiment.name}: a report", data)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as why:
        raise UserError(f"{file} cannot be written: {why.strerror or why}") from why
    return contents.left_out


def gather(experiment: Experiment) -> Gathered:
    """All pages as they are now, then what they were before, as long as there is room."""
    contents = Gathered()
    pages = list(ExperimentScene(experiment).environments())
    missing_count = 0
    for where, places in pages:
        packets = [packet_of(place) for place in places]
        if contents.has_room_for(packets):
            contents.environments[where] = packets
        else:
            missing_count += 1
    if missing_count:
        contents.left_out.append(f"{missing_count} of {len(pages)} pages")
    there = [(where, places) for where, places in pages if where in contents.environments]
    steps = evaluations(experiment)
    for where, places in there:
        if not (_remember(contents, experiment, where, places, steps)):
            contents.left_out.append(f"what the pages from {where} on were at earlier steps")
            break
    return contents


def packet_of(place: Place) -> dict[str, Any]:
    """The window as Visdom hands it to a page; where it cannot be drawn, a note that says why."""
    about = place.window.about(place.order)
    try:
        window = past.as_on_page(place.draw(), about)
        json.dumps(window, allow_nan=False)
    except Exception as why:
        window = past.as_on_page(undrawn(why), about)
    return {
        "command": "window",
        "id": place.name,
        "title": place.window.title,
        "width": place.window.width_px,
        "height": place.window.height_px,
        "contentID": place.name,
        **window,
    }


def evaluations(experiment: Experiment) -> list[int]:
    """The steps at which any run was evaluated, in order."""
    names = (experiment.metric.name, "test_accuracy", "test_loss")
    lines = [view.lines[name] for view in experiment.runs for name in names if name in view.lines]
    return sorted({int(step) for line in lines for step in line.drawn()[0]})


def _remember(
    contents: Gathered, experiment: Experiment, where: str, places: list[Place], steps: list[int]
) -> bool:
    """Take in what the windows of a page were before; False once there is no room for it."""
    for place in places:
        if place.window.past:
            pairs = list(_looks(experiment.record, where, place.name, steps))
            if not contents.has_room_for(pairs):
                return False
            contents.past.setdefault(where, {})[place.name] = pairs
    for run in (view.row for view in experiment.runs if view.environment == where):
        for name in ("samples", *(place.name for place in places)):
            pictures = _pictures(experiment.record, run, name)
            if pictures:
                if not contents.has_room_for(pictures):
                    return False
                contents.media.setdefault(where, {})[name] = pictures
    return True


def _looks(record: Record, where: str, name: str, steps: list[int]) -> Iterator[list[Any]]:
    """[step, window], each where it looks another way than before."""
    last = None
    for step in steps:
        try:
            window = past.window_of(record, where, name, step)
            json.dumps(window, allow_nan=False)
        except UserError:
            continue
        except Exception as why:
            window = past.as_on_page(undrawn(why))
        if window != last:
            yield [step, window]
            last = window


def _pictures(record: Record, run: Run, name: str) -> dict[str, Any] | None:
    """What `media.steps` answers, with the pictures themselves; None where there are none."""
    try:
        about = media.steps_of(record, run, name)
        if about["kind"] != "png":
            return None
        items = [[at, _source(media.item_of(record, run, name, at))] for at in about["steps"]]
    except UserError:
        return None
    return {**about, "items": items}


def _source(item: media.Item) -> str:
    return "data:image/png;base64," + base64.b64encode(item.body).decode()
