"""Writes an experiment as TensorBoard's event files, a folder a run: `tensorboard --logdir DIR`.

Every point with its step and time, images, texts, and settings for the HPARAMS page. TensorBoard
keeps numbers of 32 bits. Reading such files is `tensorboard_reader`'s.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from PIL import Image

from dashboard.exchange.extras import needed
from dashboard.names import part_of_path
from dashboard.record.rows import Media
from dashboard.runs.experiment import Experiment
from dashboard.runs.run_view import RunView
from dashboard.windows.text import setting_text

WHAT = "--as tensorboard"
MEDIA_TIMES = "SELECT id, time_s FROM media WHERE run = ?"
COLOURS = {"L": 1, "P": 3, "RGB": 3, "RGBA": 4}
"""TensorBoard's number for how a picture is kept, by Pillow's word for it."""


def check() -> None:
    """Raise UserError where what it needs is not installed."""
    needed("tensorboard.summary.writer.event_file_writer", WHAT)


def write(experiment: Experiment, folder: Path) -> list[str]:
    """Write a folder for each run into `folder`, which is made; nothing is left out."""
    writer = needed("tensorboard.summary.writer.event_file_writer", WHAT)
    for view in experiment.runs:
        place = folder / part_of_path(view.name)
        with closing(writer.EventFileWriter(str(place))) as file:
            for event in _events(view):
                file.add_event(event)
    return []


def _events(view: RunView) -> Iterator[Any]:
    """The run's settings, then each series, image and text, in the order of their steps."""
    event = needed("tensorboard.compat.proto.event_pb2", WHAT).Event
    summary = needed("tensorboard.compat.proto.summary_pb2", WHAT).Summary
    hparams = needed("tensorboard.plugins.hparams.summary_v2", WHAT)
    began_s = view.started_s or view.row.created_s
    settings = {key: _setting(value) for key, value in view.config.items()}
    settings_summary = hparams.hparams_pb(settings, view.name, began_s)
    yield event(wall_time=began_s, step=0, summary=settings_summary)
    points, media = view.record.reread(view.id)
    for line in points:
        triples = zip(line.steps.tolist(), line.times_s.tolist(), line.values.tolist(), strict=True)
        for step, time_s, value in triples:
            one = summary.Value(tag=line.series, simple_value=value)
            yield event(wall_time=time_s, step=step, summary=summary(value=[one]))
    times_s: dict[int, float] = dict(view.record.query(MEDIA_TIMES, view.id))
    for item in media:
        value = _value(item, view.record.body(item.id), summary)
        if value is not None:
            content = summary(value=[value])
            yield event(wall_time=times_s.get(item.id, began_s), step=item.step, summary=content)


def _value(item: Media, body: bytes, summary: Any) -> Any:
    """An image or a text; None for a JSON value, which TensorBoard has no place for."""
    if item.kind == "png" and body:
        picture = Image.open(io.BytesIO(body))
        image = summary.Image(
            height=picture.height,
            width=picture.width,
            colorspace=COLOURS.get(picture.mode, 3),
            encoded_image_string=body,
        )
        return summary.Value(tag=item.name, image=image)
    if item.kind == "text":
        text = needed("tensorboard.plugins.text.metadata", WHAT)
        tensors = needed("tensorboard.util.tensor_util", WHAT)
        return summary.Value(
            tag=item.name,
            metadata=text.create_summary_metadata(item.name, ""),
            tensor=tensors.make_tensor_proto([body]),
        )
    return None


def _setting(value: Any) -> bool | float | str:
    """What the HPARAMS page can sort by; all else as a person writes it."""
    return value if isinstance(value, bool | int | float | str) else setting_text(value)
