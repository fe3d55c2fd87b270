"""Small data sets of every task, as functions that a --choices file may have, and as Data."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from trainers.tables.datasets import DATASETS, Data, load
from trainers.tables.own_data import dataset_of


def numbers(_data_dir: Path | None) -> Any:
    """A price far from 0 that follows from three features."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=(1_000, 3)).astype(np.float32)
    y = (200 + 50 * x[:, 0] + 20 * x[:, 1] * x[:, 2]).astype(np.float32)
    return x[:800], y[:800], x[800:], y[800:]


def marks(_data_dir: Path | None) -> Any:
    """Which of three marks an image in colour has: any number of them."""
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 90, (500, 3, 12, 12), dtype=np.uint8)
    labels = draw.integers(0, 2, (500, 3))
    for i in range(3):
        pixels[labels[:, i] == 1, i, 4 * i : 4 * i + 4] += 120
    return pixels[:400], labels[:400], pixels[400:], labels[400:]


def moods(_data_dir: Path | None) -> Any:
    """Sentences that are glad or sad by one of their words."""
    draw = np.random.default_rng(0)
    own = {"glad": ["fine", "bright", "happy"], "sad": ["grey", "cold", "broken"]}
    names = [("glad", "sad")[i] for i in draw.integers(0, 2, 400)]
    other = ["the", "day", "was", "so", "house", "we", "saw"]
    texts = [" ".join([*draw.choice(other, 4), draw.choice(own[name])]) for name in names]
    return texts[:300], names[:300], texts[300:], names[300:]


SMALL: dict[str, Callable[[Path | None], Any]] = {
    "numbers": numbers,
    "marks": marks,
    "moods": moods,
}


def small(name: str) -> Data:
    """The set as it is trained on; its entry stays in the table until `restored` puts it back."""
    DATASETS[name] = dataset_of(SMALL[name], "a test")
    return load(name)


def part(data: Data, of: int) -> Data:
    """The first samples of a data set, one of so many."""
    names = ("train_x", "train_y", "test_x", "test_y", "test_images")
    parts = {name: getattr(data, name)[: len(getattr(data, name)) // of] for name in names}
    return dataclasses.replace(data, **parts)


def write_houses(file: Path) -> None:
    """A table as the README shows one: a price that follows from size and town."""
    rows = [f"{40 + i},{('York', 'Bath')[i % 2]},{i % 5 or ''},{3 * i + 40 * (i % 2)}"
            for i in range(120)]  # fmt: skip
    file.write_text("\n".join(["size,town,rooms,price", *rows]) + "\n")
