"""Reads TensorBoard's event files, of whichever library wrote them: a folder of them is a run.

Scalars, images, texts and the settings of the hparams plugin; what else there is (histograms,
graphs, sounds, …) is counted and left out. Writing such files is `tensorboard_writer`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dashboard.errors import UserError
from dashboard.exchange.collected import Collected, run_name
from dashboard.exchange.extras import needed

PATTERN = "*tfevents*"
OF_TRIAL = re.compile(r"\d{9,}(\.\d+)?")
"""The name of the folder that SummaryWriter.add_hparams makes below that of its run: the time."""


def is_one(path: Path) -> bool:
    """Whether it is a folder that holds event files, or one of them."""
    if path.is_dir():
        return next(path.rglob(PATTERN), None) is not None
    return "tfevents" in path.name


def read(path: Path, rename: Mapping[str, str]) -> Iterator[Collected]:
    """The runs, one after the other. Raises UserError without the package tensorboard."""
    loader = needed("tensorboard.backend.event_processing.event_file_loader", "TensorBoard's files")
    files = sorted(path.rglob(PATTERN)) if path.is_dir() else [path]
    folders: dict[Path, list[Path]] = {}
    for file in files:
        folders.setdefault(_folder_of_run(file.parent, files), []).append(file)
    run_names: list[str] = []
    for folder, own in folders.items():
        inside = path.is_dir() and folder != path
        text = folder.relative_to(path).as_posix() if inside else folder.resolve().name
        run = Collected(run_name(text, run_names), rename)
        run_names.append(run.name)
        for file in own:
            _read_file(loader.EventFileLoader(str(file)), file, run)
        yield run


def _folder_of_run(folder: Path, files: list[Path]) -> Path:
    """The folder that stands for the run: settings of add_hparams belong to the run above them."""
    if OF_TRIAL.fullmatch(folder.name) and any(file.parent == folder.parent for file in files):
        return folder.parent
    return folder


def _read_file(events: Any, file: Path, run: Collected) -> None:
    """Take in all of a file's values; what lies behind a damaged place in it is lost."""
    plugins: dict[str, str] = {}
    stream = events.Load()
    while True:
        try:
            event = next(stream, None)
        except (OSError, ValueError) as why:
            raise UserError(f"{file} cannot be read: {why}") from why
        except Exception as why:  # protobuf's DecodeError, without an import of protobuf
            if type(why).__name__ != "DecodeError":
                raise
            run.left_out["damaged files, read up to the damage"] += 1
            return
        if event is None:
            return
        for value in event.summary.value:
            if value.HasField("metadata"):
                plugins[value.tag] = value.metadata.plugin_data.plugin_name
            _take(value, plugins.get(value.tag, ""), event.step, event.wall_time, run)


def _take(value: Any, plugin: str, step: int, time_s: float, run: Collected) -> None:
    if plugin == "hparams":
        run.config |= _settings(value.metadata.plugin_data.content)
        return
    if plugin not in ("scalars", "images", "text"):
        run.left_out[f"values of TensorBoard's plugin {plugin or 'unknown'}"] += 1
        return
    array = needed("tensorboard.util.tensor_util", "TensorBoard's files").make_ndarray(value.tensor)
    if plugin == "scalars" and array.size == 1:
        number = float(str(array.reshape(-1)[0]))  # 0.1, not the nearest 32 bits to it in 64
        run.scalar(value.tag, step, time_s, number)
    elif plugin == "images":  # width and height as texts, then the files
        run.images(value.tag, step, time_s, [bytes(file) for file in array.reshape(-1)[2:]])
    elif plugin == "text":
        texts = [bytes(text).decode(errors="replace") for text in array.reshape(-1)]
        run.text(value.tag.removesuffix("/text_summary"), step, time_s, "\n".join(texts))


def _settings(content: bytes) -> dict[str, Any]:
    """A trial's settings; the same message says other things of trials, which are no settings."""
    messages = needed("tensorboard.plugins.hparams.plugin_data_pb2", "TensorBoard's files")
    plugin_data = messages.HParamsPluginData.FromString(content)
    if plugin_data.WhichOneof("data") != "session_start_info":
        return {}
    settings = plugin_data.session_start_info.hparams  # a map, which has no order of its own
    return {name: _setting(settings[name]) for name in sorted(settings)}


def _setting(value: Any) -> Any:
    """A setting; TensorBoard keeps no whole numbers apart from others."""
    kind = value.WhichOneof("kind")
    plain = getattr(value, kind) if kind in ("number_value", "string_value", "bool_value") else None
    return int(plain) if isinstance(plain, float) and plain.is_integer() else plain
