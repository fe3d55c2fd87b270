"""Proves that a data set can be trained on: shapes, kinds, ranges; and says how much room there is.

Each mistake is one sentence, a DatasetError. Reads no file and changes no number.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dashboard.record.tasks import CLASSES, LABELS, REGRESSION
from trainers.tables.chunks import chunks, extremes
from trainers.tables.idx import DatasetError, Images

if TYPE_CHECKING:
    import torch
else:
    from trainers.tables.late import torch

MEMORY = Path("/proc/meminfo")
ROOM = 0.8
"""Of the memory that is free: the rest is for networks, their gradients and the libraries."""


class Entry(Protocol):
    """What is said of the data set: `trainers.tables.datasets.Dataset`."""

    @property
    def task(self) -> str: ...
    @property
    def tokens(self) -> int: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def input_shape(self) -> tuple[int, ...]: ...


def check_fit(name: str, images: Images, entry: Entry) -> None:
    """Raise DatasetError where the arrays are not what the entry says."""
    halves = (
        ("training", images.train_images, images.train_labels),
        ("test", images.test_images, images.test_labels),
    )
    for half, samples, targets in halves:
        what = "pictures" if samples.dtype == np.uint8 else "samples"
        if len(samples) != len(targets) or len(targets) == 0:
            raise DatasetError(
                f"{name}: the {half} half has {len(samples)} {what} and {len(targets)} labels"
            )
        wrong = _shape(samples, entry) or _samples(samples, entry) or _targets(targets, entry)
        if wrong:
            raise DatasetError(f"{name}: {wrong.format(half=half, what=what)}")


def _shape(samples: NDArray[Any], entry: Entry) -> str:
    shape = entry.input_shape
    if samples.shape[1:] in (shape, shape[1:] if shape[0] == 1 and len(shape) > 1 else shape):
        return ""
    if samples.dtype == np.uint8:
        return (
            f"the {{half}} pictures are {_by(samples.shape[1:])} pixels, not {_by(shape)} as its "
            "entry says (channels, height, width)"
        )
    return f"the {{half}} samples have the shape {_by(samples.shape[1:])}, not {_by(shape)}"


def _samples(samples: NDArray[Any], entry: Entry) -> str:
    """What is wrong with the numbers of the samples; empty where nothing is."""
    kind = samples.dtype.kind
    if entry.tokens:
        if kind not in "iu":
            return f"token ids must be whole numbers, not {samples.dtype}"
        low, high = extremes(samples)
        if low < 0 or high >= entry.tokens:
            return (
                f"a {{half}} token id is {high if high >= entry.tokens else low}, but ids lie in "
                f"0 .. {entry.tokens - 1}"
            )
        return ""
    if samples.dtype != np.uint8 and kind != "f":
        return f"{{what}} must be uint8 pixels or floats, not {samples.dtype}"
    for chunk in chunks(samples) if kind == "f" else ():
        with np.errstate(over="ignore"):
            numbers = chunk.astype(np.float32, copy=False)
        if not np.isfinite(numbers).all():
            what = _not_finite(numbers)
            return f"the {{half}} samples hold {what}: leave such rows out, or fill them"
    return ""


def _targets(targets: NDArray[Any], entry: Entry) -> str:
    """What is wrong with the targets; empty where nothing is."""
    n, kind = len(entry.classes), targets.dtype.kind
    if entry.task == CLASSES:
        if kind not in "iu" or targets.ndim != 1:
            return f"class labels must be whole numbers (N,), not {targets.shape} {targets.dtype}"
        if targets.max() >= n or targets.min() < 0:
            return f"a {{half}} label is {_extreme(targets, n)}, but there are only {n} classes"
        return ""
    if targets.reshape(len(targets), -1).shape[1] != n:
        return f"the {{half}} targets are {targets.shape}, not {n} for each sample"
    if kind in "fc" and not np.isfinite(targets).all():
        return f"the {{half}} targets hold {_not_finite(targets)}: leave such rows out"
    if entry.task == LABELS and not np.isin(targets, (0, 1)).all():
        return "of several labels each must be 0 or 1"
    if entry.task == REGRESSION and kind != "f":
        return f"a regression's targets must be floats, not {targets.dtype}"
    return ""


def room_bytes(device: torch.device | str = "cpu") -> int:
    """What samples may take on a device: not all of what is free, see ROOM."""
    is_cuda = str(device).startswith("cuda")
    return int(ROOM * (torch.cuda.mem_get_info(device)[0] if is_cuda else free_bytes()))


def free_bytes() -> int:
    """What processes can still have of this machine's memory; all of it where that is not said."""
    try:
        words = MEMORY.read_text().split()
        return 1024 * int(words[words.index("MemAvailable:") + 1])
    except (OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _extreme(values: NDArray[Any], limit: int) -> int:
    return int(values.max()) if values.max() >= limit else int(values.min())


def _not_finite(values: NDArray[Any]) -> str:
    return "NaN" if np.isnan(values).any() else "infinity"


def _by(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
