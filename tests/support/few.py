"""A data set of few pictures that are soon learned, for launches in which something is trained.

Reading MNIST takes a worker half a second, and each evaluation looks at 10,000 pictures of it.
"""

from pathlib import Path

TRAIN, TEST = 1000, 200
FEW = f"""
import numpy


def few(data_dir):
    "a pattern for each class, most of which chance has painted over"
    rng = numpy.random.default_rng(0)
    labels = numpy.arange({TRAIN + TEST}) % 10
    patterns = rng.integers(0, 256, (10, 28, 28), dtype=numpy.uint8)
    noise = rng.integers(0, 256, (len(labels), 28, 28), dtype=numpy.uint8)
    pixels = numpy.where(rng.random(noise.shape) < 0.7, noise, patterns[labels])
    return pixels[:{TRAIN}], labels[:{TRAIN}], pixels[{TRAIN}:], labels[{TRAIN}:]


DATASETS = {{"few": few}}
"""
STEPS = 20
"""Of an epoch, with the flags of `few`."""


def few_file(folder: Path, choices: str = "") -> Path:
    """A file for --choices with the data set, and what else it says; written to `folder`."""
    file = folder / "few.py"
    file.write_text(FEW + choices)
    return file


def few(folder: Path, choices: str = "") -> list[str]:
    """Flags of a launch on few pictures with a small network."""
    return [
        "--choices", str(few_file(folder, choices)), "--dataset", "few",
        "--hidden", "16", "--batch-size", str(TRAIN // STEPS),
    ]  # fmt: skip
