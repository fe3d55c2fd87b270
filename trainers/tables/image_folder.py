"""Pictures in a person's folder, `folder:PATH`, a folder for each class: IMAGE_FOLDER.

torchvision's ImageFolder finds the classes and reads the files; each picture is brought to one size
in colour. They are read once, when the plan is checked, and kept in the user's cache, from where
the workers have them at once. The set must fit into memory (`fit.py`).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainers.tables.fit import FLOAT_BYTES, check_bytes
from trainers.tables.idx import DatasetError, Images

SIZE = 64
LARGEST = 1024
TEST_EVERY = 5
"""Where the folder has no parts of its own every fifth picture of a class is for testing."""
SAY_EVERY_S = 2.0
PARTS = ("train", "test")

Sample = tuple[str, int]  # a file and its class number


class Found(NamedTuple):
    """What is in a folder: the classes and both halves' files."""

    classes: list[str]
    train: list[Sample]
    test: list[Sample]


class _ImageFolder:
    """The set as `trainers.tables.datasets` has it."""

    def make(self, _data_dir: Path | None, path: Path = Path(), size: int = SIZE) -> Images:
        """Both halves, from the cache where they are."""
        return _images(_name(path, size), _found(path), size)

    def about(self, path: Path = Path(), size: int = SIZE) -> dict[str, Any]:
        """The facts of its entry. Raises DatasetError for what cannot be trained on."""
        if not 1 <= size <= LARGEST:
            raise DatasetError(f"folder: size {size} is not allowed: it must be 1 .. {LARGEST}")
        name, found = _name(path, size), _found(path)
        pictures = len(found.train) + len(found.test)
        check_bytes(name, FLOAT_BYTES * 3 * size**2 * pictures)
        images = _images(name, found, size)
        pixels = images.train_images
        # In chunks: a whole set as float64 would need eight times its memory.
        sums = np.zeros((2, 3))
        for chunk in np.array_split(pixels, max(1, len(pixels) // 256)):
            scaled = chunk / 255
            sums += scaled.sum((0, 2, 3)), np.square(scaled).sum((0, 2, 3))
        mean, square = sums / (len(pixels) * size**2)
        std = np.sqrt(np.maximum(square - mean**2, 0))
        return {
            "make": lambda _data_dir: images,
            "classes": tuple(found.classes),
            "input_shape": (3, size, size),
            "mean": tuple(mean.tolist()),
            "std": tuple(float(each) or 1.0 for each in std),
        }


IMAGE_FOLDER = _ImageFolder()


def _name(path: Path, size: int) -> str:
    return f"folder:{path},size={size}"


def _found(path: Path) -> Found:
    """The files by class. Raises DatasetError where there are none."""
    if path == Path():
        raise DatasetError("folder needs a folder of pictures, as in folder:flowers")
    if not os.path.isdir(path):
        raise DatasetError(f"folder: {str(path)[:200]!r} is not a folder")
    if all((path / part).is_dir() for part in PARTS):
        (classes, train), (tested, test) = (_listed(path / part) for part in PARTS)
        if classes != tested:
            raise DatasetError(
                f"folder: {path}/train has the classes {_short(classes)}, and {path}/test has "
                f"{_short(tested)}: they must be the same"
            )
        return Found(classes, train, _mixed(test))
    classes, files = _listed(path)
    places: dict[int, int] = {}
    train, test = [], []
    for file, label in files:
        places[label] = place = places.get(label, 0) + 1
        (train if place % TEST_EVERY else test).append((file, label))
    if not test:
        raise DatasetError(
            f"folder: no class of {path} has {TEST_EVERY} pictures, of which one would be for "
            "testing: put some into a folder test beside one called train"
        )
    return Found(classes, train, _mixed(test))


def _mixed(files: list[Sample]) -> list[Sample]:
    """The files in an order in which the first ones, which are shown, are of all classes."""
    return [files[i] for i in np.random.default_rng(0).permutation(len(files))]


def _listed(path: Path) -> tuple[list[str], list[Sample]]:
    from torchvision.datasets import ImageFolder  # only here: it takes a second to import

    try:
        folder = ImageFolder(str(path))
    except (OSError, FileNotFoundError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise DatasetError(
            f"folder: {path} must hold a folder of pictures for each class ({reason})"
        ) from None
    if len(folder.classes) < 2:
        raise DatasetError(f"folder: {path} has one class only, {folder.classes[0]}")
    return folder.classes, folder.samples


def _images(name: str, found: Found, size: int) -> Images:
    kept = _cache(found, size)
    with contextlib.suppress(OSError, ValueError, KeyError):
        with np.load(kept) as arrays:
            halves = [arrays[part] for part in PARTS]
        return _with_labels(found, halves)
    total = len(found.train) + len(found.test)
    halves = [_read(name, found.train, 0, total, size)]
    halves.append(_read(name, found.test, len(found.train), total, size))
    with contextlib.suppress(OSError):  # a full disk: then it is read again in each worker
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(f".{os.getpid()}.npz")
        np.savez(fresh, allow_pickle=False, **dict(zip(PARTS, halves, strict=True)))
        fresh.replace(kept)
    return _with_labels(found, halves)


def _with_labels(found: Found, halves: Sequence[NDArray[np.uint8]]) -> Images:
    train, test = ([label for _, label in half] for half in (found.train, found.test))
    return Images(halves[0], np.array(train), halves[1], np.array(test))


def _read(
    name: str, files: Sequence[Sample], before: int, total: int, size: int
) -> NDArray[np.uint8]:
    """The pictures (N, 3, size, size), with a line of progress now and then."""
    from PIL import Image

    pixels = np.empty((len(files), 3, size, size), np.uint8)
    due_s = time.monotonic() + SAY_EVERY_S
    for i, (file, _) in enumerate(files):
        try:
            with Image.open(file) as picture:
                sized = picture.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise DatasetError(f"folder: {file} cannot be read as a picture ({error})") from None
        pixels[i] = np.asarray(sized).transpose(2, 0, 1)
        if time.monotonic() >= due_s:
            due_s = time.monotonic() + SAY_EVERY_S
            print(f"{name}: {before + i + 1:,} of {total:,} pictures read", flush=True)
    return pixels


def _cache(found: Found, size: int) -> Path:
    """Where these pictures, as they are now, are kept at this size."""
    digest = hashlib.sha256(f"{size}".encode())
    for file, label in (*found.train, *found.test):
        about = os.stat(file)
        digest.update(f"{file}\0{label}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "trainboard" / "folders" / f"{digest.hexdigest()[:32]}.npz"


def _short(classes: Sequence[str]) -> str:
    return ", ".join(classes[:8]) + (", …" if len(classes) > 8 else "")
