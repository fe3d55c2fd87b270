"""Pictures in a person's folder, `folder:PATH`, a folder for each class: IMAGE_FOLDER.

torchvision's ImageFolder finds the classes and reads the files; each picture is brought to one size
in colour. They are read once, when the plan is checked, and kept in the user's cache (`mapped.py`),
from where the workers have them at once. There may be more of them than fits into memory.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainers.tables.chunks import mean_and_std
from trainers.tables.idx import DatasetError, Images
from trainers.tables.mapped import Kept, MakeArray, Progress, digest, kept

SIZE = 64
LARGEST = 1024
TEST_EVERY = 5
"""Where the folder has no parts of its own every fifth picture of a class is for testing."""
PARTS = ("train", "test")

Sample = tuple[str, int]  # a file and its class number


class Listing(NamedTuple):
    """What is in a folder: the classes and both halves' files."""

    classes: list[str]
    train: list[Sample]
    test: list[Sample]


class _ImageFolder:
    """The set as `trainers.tables.datasets` has it."""

    def make(self, _data_dir: Path | None, path: Path = Path(), size: int = SIZE) -> Images:
        """Both halves, from the cache where they are."""
        images: Images = self.about(path, size)["make"](None)
        return images

    def about(self, path: Path = Path(), size: int = SIZE) -> dict[str, Any]:
        """The facts of its entry. Raises DatasetError for what cannot be trained on."""
        if not 1 <= size <= LARGEST:
            raise DatasetError(f"folder: size {size} is not allowed: it must be 1 .. {LARGEST}")
        listing = _listing(path)
        arrays, facts = _kept(path, listing, size)
        train, test = ([label for _, label in half] for half in (listing.train, listing.test))
        images = Images(arrays["train"], np.array(train), arrays["test"], np.array(test))
        return {
            "make": lambda _data_dir: images,
            "classes": tuple(listing.classes),
            "input_shape": (3, size, size),
            "mean": tuple(facts["mean"]),
            "std": tuple(facts["std"]),
        }


IMAGE_FOLDER = _ImageFolder()


def _listing(path: Path) -> Listing:
    """The files by class. Raises DatasetError where there are none."""
    if path == Path():
        raise DatasetError("folder needs a folder of pictures, as in folder:flowers")
    if not os.path.isdir(path):
        raise DatasetError(f"folder: {str(path)[:200]!r} is not a folder")
    if all((path / part).is_dir() for part in PARTS):
        (classes, train), (test_classes, test) = (_files(path / part) for part in PARTS)
        if classes != test_classes:
            raise DatasetError(
                f"folder: {path}/train has the classes {_short(classes)}, and {path}/test has "
                f"{_short(test_classes)}: they must be the same"
            )
        return Listing(classes, train, _mixed(test))
    classes, files = _files(path)
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
    return Listing(classes, train, _mixed(test))


def _mixed(files: list[Sample]) -> list[Sample]:
    """The files in an order in which the first ones, which are shown, are of all classes."""
    return [files[i] for i in np.random.default_rng(0).permutation(len(files))]


def _files(path: Path) -> tuple[list[str], list[Sample]]:
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


def _kept(path: Path, listing: Listing, size: int) -> Kept:
    """Both halves' pictures (N, 3, size, size) at this size, with their mean and std."""
    name = f"folder:{path},size={size}"
    each, total = 3 * size**2, len(listing.train) + len(listing.test)

    def fill(make: MakeArray) -> dict[str, Any]:
        progress = Progress(name, total, "pictures", each)
        halves = [make(part, (len(half), 3, size, size), np.uint8)
                  for part, half in zip(PARTS, listing[1:], strict=True)]  # fmt: skip
        _read(listing.train, halves[0], progress, 0)
        _read(listing.test, halves[1], progress, len(listing.train))
        mean, std = mean_and_std(halves[0])
        return {"mean": mean, "std": std}

    return kept(name, digest([f"{path.resolve()}", f"{size}"]), _state(listing), fill)


def _read(
    files: Sequence[Sample], pixels: NDArray[np.uint8], progress: Progress, before: int
) -> None:
    """Fill the pixels with the files' pictures. before: how many were read before these."""
    from PIL import Image

    _, _, height, width = pixels.shape
    for i, (file, _) in enumerate(files):
        try:
            with Image.open(file) as picture:
                small = picture.convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise DatasetError(f"folder: {file} cannot be read as a picture ({error})") from None
        pixels[i] = np.asarray(small).transpose(2, 0, 1)
        progress.at(before + i + 1)


def _state(listing: Listing) -> str:
    """A digest of the files as they are now."""
    return digest(
        f"{file}\0{label}\0{about.st_size}\0{about.st_mtime_ns}"
        for file, label in (*listing.train, *listing.test)
        for about in [os.stat(file)]
    )


def _short(classes: Sequence[str]) -> str:
    return ", ".join(classes[:8]) + (", …" if len(classes) > 8 else "")
