"""A table in a person's file, `csv:FILE,target=COLUMN`: CSV_FILE.

The first line names the columns. A column of numbers is a feature as it is, an empty cell in it the
training part's mean; a column of texts becomes a feature for each of its texts, 1 where it is that
one. The target's texts are classes, its numbers a regression's. The rows are split and what is
measured of them is measured in the training part, the same way at each start.
"""

from __future__ import annotations

import csv
import functools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.record.tasks import CLASSES, REGRESSION
from trainers.tables.fit import FLOAT_BYTES, check_bytes
from trainers.tables.idx import DatasetError, Images

TEST_SHARE = 0.2
SPLIT_SEED = 0
MOST_TEXTS = 64
"""Different texts that a column may have: each becomes a feature."""
FEWEST_ROWS = 10

Told = Literal["auto", "classes", "regression"]


class Table(NamedTuple):
    """What a file holds: the features (N, F), their names, and the target's cells."""

    features: NDArray[np.float32]
    names: list[str]
    target: list[str]


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
            quoted = repr(str(file)[:200])
            raise DatasetError(f"csv: {quoted} is not a file that can be read") from None
        return dict(_facts(file, (about.st_mtime_ns, about.st_size), target, task, drop))


CSV_FILE = _CsvFile()


@functools.lru_cache(maxsize=4)
def _facts(file: Path, _as_it_is: object, target: str, task: Told, drop: str) -> dict[str, Any]:
    table = _table(file, target, [name for name in drop.split("+") if name])
    n = len(table.target)
    order = np.random.default_rng(SPLIT_SEED).permutation(n)
    test, train = np.split(order, [max(1, round(TEST_SHARE * n))])
    x = _filled(table.features, train)
    numbers = _numbers(table.target)
    mean, std = x[train].mean(0, dtype=np.float64), x[train].std(0, dtype=np.float64)
    facts: dict[str, Any] = {
        "input_shape": (x.shape[1],),
        "mean": tuple(mean.tolist()),
        "std": tuple(float(each) or 1.0 for each in std),
    }
    if task == "regression" and numbers is None:
        raise DatasetError(f"csv: column {target!r} of {file} holds texts, so it is no regression")
    if task == "classes" or numbers is None:
        classes = _sorted(table.target)
        if len(classes) < 2:
            raise DatasetError(f"csv: column {target!r} of {file} is {classes[0]!r} in all rows")
        places = {text: i for i, text in enumerate(classes)}
        y = np.array([places[text] for text in table.target])
        facts |= {"task": CLASSES, "classes": tuple(classes)}
    else:
        y = numbers
        facts |= {
            "task": REGRESSION,
            "classes": (target,),
            "target_mean": (float(y[train].mean()),),
            "target_std": (float(y[train].std()) or 1.0,),
        }
    images = Images(x[train], y[train], x[test], y[test])
    return {**facts, "make": lambda _data_dir: images}


def _table(file: Path, target: str, drop: Sequence[str]) -> Table:
    """The file's cells by column. Raises DatasetError where they are no table."""
    head, rows = _cells(file)
    for name in ([target] if target else []) + list(drop):
        if name not in head:
            raise DatasetError(
                f"csv: {file} has no column {name!r}: its columns are {', '.join(head[:16])}"
            )
    if not target:
        raise DatasetError(
            f"csv: name the column to predict with target=COLUMN, one of {', '.join(head[:16])}"
        )
    if len(rows) < FEWEST_ROWS:
        raise DatasetError(f"csv: {file} has {len(rows)} rows, fewer than {FEWEST_ROWS}")
    check_bytes(f"csv:{file}", FLOAT_BYTES * len(rows) * len(head))
    columns = dict(zip(head, zip(*rows, strict=True), strict=True))
    features: list[NDArray[np.float32]] = []
    names: list[str] = []
    for name in [each for each in head if each != target and each not in drop]:
        for part, values in _features(name, columns[name], file):
            names.append(part)
            features.append(values)
    if not features:
        raise DatasetError(f"csv: {file} has no column beside the target {target!r}")
    cells = [cell.strip() for cell in columns[target]]
    if "" in cells:
        line = cells.index("") + 2
        raise DatasetError(f"csv: {file}, line {line}: the target {target!r} is empty")
    return Table(np.stack(features, 1), names, cells)


def _cells(file: Path) -> tuple[list[str], list[list[str]]]:
    """The head and the rows that are not empty."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            lines = [row for row in csv.reader(stream) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(f"csv: {file} cannot be read ({reason})") from None
    if not lines:
        raise DatasetError(f"csv: {file} is empty")
    head = [name.strip() for name in lines[0]]
    if len(set(head)) < len(head):
        twice = next(name for name in head if head.count(name) > 1)
        raise DatasetError(f"csv: {file} has two columns called {twice!r}")
    for i, row in enumerate(lines[1:], 2):
        if len(row) != len(head):
            raise DatasetError(
                f"csv: {file}, line {i} has {len(row)} cells, and the first line names {len(head)}"
            )
    return head, lines[1:]


def _features(name: str, cells: Sequence[str], file: Path) -> list[tuple[str, NDArray[np.float32]]]:
    """A column as features, each with its name; a number that is not there is NaN."""
    texts = [cell.strip() for cell in cells]
    numbers = _numbers([text or "nan" for text in texts], finite=False)
    if numbers is not None:
        if np.isinf(numbers).any():
            raise DatasetError(f"csv: column {name!r} of {file} holds infinity")
        return [(name, numbers)]
    kinds = _sorted(texts)
    if len(kinds) > MOST_TEXTS:
        raise DatasetError(
            f"csv: column {name!r} of {file} holds {len(kinds)} different texts, and at most "
            f"{MOST_TEXTS} are allowed: leave it out with drop={name}"
        )
    column = np.array(texts)
    return [(f"{name}={kind}", (column == kind).astype(np.float32)) for kind in kinds]


def _numbers(cells: Sequence[str], finite: bool = True) -> NDArray[np.float32] | None:
    """The cells as numbers; None where any of them is none."""
    try:
        numbers = np.array([float(cell) for cell in cells], np.float32)
    except ValueError:
        return None
    return None if finite and not np.isfinite(numbers).all() else numbers


def _filled(features: NDArray[np.float32], train: NDArray[np.int64]) -> NDArray[np.float32]:
    """Where a number is missing, the mean of those of the training part; 0 where it has none."""
    missing = np.isnan(features)
    there = ~missing[train]
    sums = np.where(there, features[train], 0).sum(0, dtype=np.float64)
    means = sums / np.maximum(there.sum(0), 1)
    return np.where(missing, means.astype(np.float32), features)


def _sorted(texts: Sequence[str]) -> list[str]:
    """Each text once: in the order of numbers where all are, else of the alphabet."""
    kinds = sorted(set(texts))
    try:
        return sorted(kinds, key=float)
    except ValueError:
        return kinds
