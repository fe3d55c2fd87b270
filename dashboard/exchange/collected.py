"""Collects what another program's files hold of one run, by the rules of a record.

Reads no file; what is collected is written by `dashboard.record.whole`.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from dashboard import names
from dashboard.record.images import grid_png
from dashboard.record.sink import MediaRow, Point
from dashboard.record.validation import LARGEST_STEP
from dashboard.record.whole import WholeRun

PNG = b"\x89PNG\r\n\x1a\n"
PLAIN = json.dumps({"labels": None, "predictions": None, "classes": None})


class Collected:
    """One run. rename: series, images and texts that are called otherwise here, by their old name.

    left_out: what has no place in a record, with how many there were of it.
    """

    def __init__(self, name: str, rename: Mapping[str, str]) -> None:
        self.name = name
        self.config: dict[str, Any] = {}
        self.left_out: Counter[str] = Counter()
        self._rename = rename
        self._points: dict[str, list[Point]] = {}
        self._media: list[MediaRow] = []

    def __bool__(self) -> bool:
        return bool(self.config or self._points or self._media)

    def scalar(self, series: str, step: int, time_s: float, value: float) -> None:
        """Take in a number. NaN and infinities are kept as themselves.

        A step that goes back is that of a run begun again there: later points of before give way.
        """
        name = self._named(series, step)
        if not name:
            return
        points = self._points.setdefault(name, [])
        while points and points[-1][1] > step:
            points.pop()
        points.append((name, step, time_s, None if value != value else value))

    def text(self, name: str, step: int, time_s: float, text: str) -> None:
        if name := self._named(name, step):
            self._media.append((name, "text", step, time_s, text.encode(errors="replace"), "{}"))

    def images(self, name: str, step: int, time_s: float, files: Sequence[bytes]) -> None:
        """Take in images of one step, each as a file of a format that Pillow knows; several become
        a grid.
        """
        name = self._named(name, step)
        if not name or not files:
            return
        try:
            body = _as_png(files)
        except (OSError, ValueError, Image.DecompressionBombError):
            self.left_out["images that cannot be read"] += len(files)
            return
        self._media.append((name, "png", step, time_s, body, PLAIN))

    def run(self) -> WholeRun:
        points = [point for line in self._points.values() for point in line]
        return WholeRun(self.name, self.config, points, self._media)

    def _named(self, name: str, step: int) -> str:
        """Its name here; empty, and counted, where it cannot have one or its step is none."""
        name = self._rename.get(name, name).lstrip("/")
        if not names.is_series(name):
            self.left_out["values under a name that is too long or cannot be printed"] += 1
            return ""
        if not 0 <= step <= LARGEST_STEP:
            self.left_out["values of a step below 0"] += 1
            return ""
        return name


def run_name(text: str, run_names: Iterable[str]) -> str:
    """A name that a run may have, as near to `text` as the rule allows, and none of `run_names`."""
    name = "".join(c if c.isprintable() else "_" for c in names.BARRED_IN_RUN.sub("_", text))
    name = name if re.match(names.LETTER, name) else f"_{name}"
    name = name.encode()[: names.LONGEST_RUN].decode(errors="ignore")
    name = f"{name}_" if name == names.COMPARE else name
    others = set(run_names)
    return names.next_free(name, others.__contains__) if name in others else name


def experiment_name(text: str) -> str:
    """The same for an experiment, whose name is that of a folder."""
    return run_name(text, ()).replace("/", "_")


def _as_png(files: Sequence[bytes]) -> bytes:
    """One PNG of all of them; raises OSError or ValueError for what is no image."""
    if len(files) == 1 and files[0].startswith(PNG):
        Image.open(io.BytesIO(files[0])).verify()
        return bytes(files[0])
    pictures = [Image.open(io.BytesIO(file)).convert("RGB") for file in files]
    if len(pictures) == 1:
        out = io.BytesIO()
        pictures[0].save(out, "PNG")
        return out.getvalue()
    size = pictures[0].size
    return grid_png(np.stack([np.asarray(one.resize(size)) for one in pictures]), None, None)
