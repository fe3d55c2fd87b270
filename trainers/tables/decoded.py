"""Keeps whole data sets as training on a CPU wants them, decoded and scaled, in the user's cache.

To unpack MNIST and scale it takes a worker a third of the time that importing PyTorch takes. It is
done once; from then on every process maps the same file and they share its memory (`mapped.py`).
Nothing kept is trusted blindly: it is of the set's files as they are now, nobody else can have
written it, and a launcher sums it up before it trains. Where the cache is of no use the set is
decoded each time. Which sets are kept so is said by the `files` of their entries.
"""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from trainers.tables import fit, scaling
from trainers.tables.idx import Images
from trainers.tables.mapped import MakeArray, digest, from_cache, home_of, opened

if TYPE_CHECKING:
    import torch
else:
    from trainers.tables.late import torch

KIND = "decoded 2"
"""Of how it is kept: another number makes what was kept before of no use."""
PARTS = TRAIN_X, TRAIN_Y, TEST_X, TEST_Y, AS_READ = (
    "train_x",
    "train_y",
    "test_x",
    "test_y",
    "as_read",
)
SUMS = "sums"


class Entry(fit.Entry, scaling.Entry, Protocol):
    """What is said of the data set: `trainers.tables.datasets.Dataset`."""

    @property
    def make(self) -> Callable[..., Images]: ...
    @property
    def files(self) -> Callable[[], Sequence[Path]] | None: ...


class Decoded(NamedTuple):
    """A set whose samples are float32 (N, *input_shape), scaled. as_read: the test samples as they
    were read.
    """

    images: Images
    as_read: NDArray[Any]


def decoded(name: str, entry: Entry, normalize: bool) -> Decoded | None:
    """The set from where it usually is; None where none is kept.

    Its arrays can be written to, in this process alone. Raises DatasetError for files that are not
    right.
    """
    if entry.files is None:
        return None

    def fill(make: MakeArray) -> Mapping[str, Any]:
        images = entry.make(None)
        fit.check_fit(name, images, entry)
        arrays = {TRAIN_Y: images.train_labels, TEST_Y: images.test_labels}
        arrays[AS_READ] = images.test_images
        for part, samples in ((TRAIN_X, images.train_images), (TEST_X, images.test_images)):
            arrays[part] = scaling.scaled(samples, entry, torch.device("cpu"), normalize).numpy()
        for part, array in arrays.items():
            make(part, array.shape, array.dtype)[:] = array
        return {SUMS: _sums(arrays)}

    try:
        arrays, _facts = from_cache(name, *_place(name, entry, normalize), fill)
        train_x, train_y, test_x, test_y, as_read = (_own(arrays[part]) for part in PARTS)
        return Decoded(Images(train_x, train_y, test_x, test_y), as_read)
    except (OSError, KeyError):  # a launcher removes what does not hold all parts
        return None


def forget_damaged(name: str, entry: Entry) -> None:
    """Remove what is kept of the set where a byte of it is no longer what was written."""
    for normalize in (True, False) if entry.files else ():
        try:
            home = home_of(*_place(name, entry, normalize))
            copy = opened(home)
        except OSError:  # of others, which is left alone
            continue
        if copy and not (copy.arrays.keys() == {*PARTS} and _sums(copy.arrays) == copy.facts[SUMS]):
            shutil.rmtree(home, ignore_errors=True)


def _place(name: str, entry: Entry, normalize: bool) -> tuple[str, str]:
    """Digests of what is decoded, and of its files as they are now."""
    assert entry.files
    files = [(file, os.stat(file)) for file in entry.files()]
    how = (KIND, name, str(normalize), str(entry.mean), str(entry.std))
    states = (f"{about.st_size} {about.st_mtime_ns}" for _, about in files)
    return digest((*how, *(str(file) for file, _ in files))), digest(states)


def _sums(arrays: Mapping[str, NDArray[Any]]) -> dict[str, int]:
    """A sum over the bytes of each array, which finds what a disk or an accident has changed."""
    return {p: zlib.crc32(np.ascontiguousarray(a).data.cast("B")) for p, a in arrays.items()}


def _own(array: NDArray[Any]) -> NDArray[Any]:
    """The same map, written to in this process alone: PyTorch takes none that is only read."""
    assert isinstance(array, np.memmap)
    return np.memmap(str(array.filename), array.dtype, "c", array.offset, array.shape)
