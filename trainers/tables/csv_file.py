"""A table in a person's file, `csv:FILE,target=COLUMN`: CSV_FILE.

The first line names the columns. A column of numbers is a feature as it is, an empty cell in it the
training part's mean; a column of texts becomes a feature for each of its texts, 1 where it is that
one. The target's texts are classes, its numbers a regression's. The rows are split and what is
measured of them is measured in the training part, the same way at each start. A large file is read
once and kept in the user's cache (`mapped.py`); its target's cells lie in memory meanwhile.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dashboard.record.tasks import CLASSES, REGRESSION
from trainers.tables.chunks import chunks, mean_and_std
from trainers.tables.csv_table import Table, in_order, look_at, numbered, numbers_of, parts_of
from trainers.tables.idx import DatasetError, Images
from trainers.tables.mapped import MakeArray, Progress, digest, in_memory, kept

TEST_SHARE = 0.2
SPLIT_SEED = 0
FLOAT_BYTES = 4
SMALL_BYTES = 2**26
"""A file that is no larger is read by each process, into its memory."""

Told = Literal["auto", "classes", "regression"]


class _CsvFile:
    """The set as `trainers.tables.datasets` has it."""

    def make(
        self,
        _data_dir: Path | None,
        file: Path = Path(),
        target: str = "",
        task: Told = "auto",
        drop: str = "",
    ) -> Images:
        """Both halves. file, target: see the module. task: what the target is; drop: columns to
        leave out, joined by `+`.
        """
        images: Images = self.about(file, target, task, drop)["make"](None)
        return images

    def about(
        self, file: Path = Path(), target: str = "", task: Told = "auto", drop: str = ""
    ) -> dict[str, Any]:
        """The facts of its entry. Raises DatasetError for what cannot be trained on."""
        if file == Path():
            raise DatasetError("csv needs a file, as in csv:houses.csv,target=price")
        try:
            about = os.stat(file)
        except (OSError, ValueError):
            path = repr(str(file)[:200])
            raise DatasetError(f"csv: {path} is not a file that can be read") from None
        return dict(_facts(file, (about.st_mtime_ns, about.st_size), target, task, drop))


CSV_FILE = _CsvFile()


@functools.lru_cache(maxsize=4)
def _facts(
    file: Path, as_it_is: tuple[int, int], target: str, task: Told, drop: str
) -> dict[str, Any]:
    def fill(make: MakeArray) -> dict[str, Any]:
        table = look_at(file, target, [name for name in drop.split("+") if name])
        facts, y = _targets(table.target, file, target, task)
        order = np.random.default_rng(SPLIT_SEED).permutation(table.rows)
        test, train = np.split(order, [max(1, round(TEST_SHARE * table.rows))])
        if facts["task"] == REGRESSION:
            facts["target_mean"] = (float(y[train].mean()),)
            facts["target_std"] = (float(y[train].std()) or 1.0,)
        for half, places in (("train_y", train), ("test_y", test)):
            make(half, (len(places),), y.dtype)[:] = y[places]
        width = sum(column.features for column in table.columns)
        halves = [
            make(half, (len(places), width), np.float32)
            for half, places in (("train", train), ("test", test))
        ]
        _scatter(file, table, halves, (train, test))
        _fill_missing(halves)
        mean, std = mean_and_std(halves[0])
        return facts | {"input_shape": (width,), "mean": mean, "std": std}

    name, size = f"csv:{file}", as_it_is[1]
    choice = (str(file.resolve()), target, task, drop)
    if size <= SMALL_BYTES:
        arrays, facts = in_memory(name, fill)
    else:
        arrays, facts = kept(name, digest(choice), digest(map(str, as_it_is)), fill)
    images = Images(arrays["train"], arrays["train_y"], arrays["test"], arrays["test_y"])
    tuples = {key: tuple(v) if isinstance(v, list) else v for key, v in facts.items()}
    return {**tuples, "make": lambda _data_dir: images}


def _targets(
    cells: Sequence[str], file: Path, target: str, task: Told
) -> tuple[dict[str, Any], NDArray[Any]]:
    """What the target's cells ask for, and as numbers: of classes, or of a regression."""
    numbers = numbers_of(cells)
    if task == "regression" and numbers is None:
        raise DatasetError(f"csv: column {target!r} of {file} holds texts, so it is no regression")
    if task != "classes" and numbers is not None:
        return {"task": REGRESSION, "classes": (target,)}, numbers
    classes = in_order(cells)
    if len(classes) < 2:
        raise DatasetError(f"csv: column {target!r} of {file} is {classes[0]!r} in all rows")
    places = {text: i for i, text in enumerate(classes)}
    y = np.array([places[text] for text in cells])
    return {"task": CLASSES, "classes": tuple(classes)}, y


def _scatter(
    file: Path,
    table: Table,
    halves: Sequence[NDArray[np.float32]],
    rows_of: Sequence[NDArray[np.int64]],
) -> None:
    """Read the features into both halves (N, F), whose rows are these of the file."""
    half_of, places = np.empty(table.rows, np.int8), np.empty(table.rows, np.int64)
    for i, rows in enumerate(rows_of):
        half_of[rows], places[rows] = i, np.arange(len(rows))
    width = halves[0].shape[1]
    progress = Progress(f"csv:{file}", table.rows, "rows", FLOAT_BYTES * width)
    count, parts = 0, parts_of(file)
    next(parts)
    for cells in parts:
        x, now = numbered(cells, table.columns), slice(count, count + len(cells))
        for i, half in enumerate(halves):
            here = half_of[now] == i
            half[places[now][here]] = x[here]
        count += len(cells)
        progress.at(count)


def _fill_missing(halves: Sequence[NDArray[np.float32]]) -> None:
    """Where a number is missing, the mean of those of the training part; 0 where it has none."""
    sums: Any = 0.0
    counts: Any = 0
    for chunk in chunks(halves[0]):
        there = ~np.isnan(chunk)
        sums = sums + np.where(there, chunk, 0).sum(0, dtype=np.float64)
        counts = counts + there.sum(0)
    means = (sums / np.maximum(counts, 1)).astype(np.float32)
    for chunk in (each for half in halves for each in chunks(half)):
        np.copyto(chunk, means, where=np.isnan(chunk))
