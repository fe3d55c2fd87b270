"""Reads a CSV file's cells some thousand rows at a time, and what its columns hold.

What becomes of the columns is `csv_file.py`'s to say. Keeps nothing but the target's cells.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainers.tables.idx import DatasetError

MOST_TEXTS = 64
"""Different texts that a column may have: each becomes a feature."""
FEWEST_ROWS = 10
ROWS = 5_000
"""Read at a time."""


class Column(NamedTuple):
    """A column that is seen: its place in a row and, where it holds texts, each of them once."""

    name: str
    place: int
    kinds: tuple[str, ...] = ()

    @property
    def features(self) -> int:
        return len(self.kinds) or 1


class Table(NamedTuple):
    """What a first look at a file says: its columns and rows, and the target's cells."""

    columns: list[Column]
    rows: int
    target: list[str]


def look_at(file: Path, target: str, drop: Sequence[str]) -> Table:
    """A first look at all cells. Raises DatasetError where they are no table."""
    parts = parts_of(file)
    head = next(parts)[0]
    for name in ([target] if target else []) + list(drop):
        if name not in head:
            raise DatasetError(
                f"csv: {file} has no column {name!r}: its columns are {', '.join(head[:16])}"
            )
    if not target:
        raise DatasetError(
            f"csv: name the column to predict with target=COLUMN, one of {', '.join(head[:16])}"
        )
    looks = [_Look(name, i, file) for i, name in enumerate(head) if name not in (target, *drop)]
    cells: list[str] = []
    for rows in parts:
        columns = list(zip(*rows, strict=True))
        cells += [sys.intern(cell.strip()) for cell in columns[head.index(target)]]
        for look in looks:
            look.at(columns[look.place])
    if len(cells) < FEWEST_ROWS:
        raise DatasetError(f"csv: {file} has {len(cells)} rows, fewer than {FEWEST_ROWS}")
    if not looks:
        raise DatasetError(f"csv: {file} has no column beside the target {target!r}")
    if "" in cells:
        line = cells.index("") + 2
        raise DatasetError(f"csv: {file}, line {line}: the target {target!r} is empty")
    return Table([look.column() for look in looks], len(cells), cells)


class _Look:
    """What is known of a column after the rows so far."""

    def __init__(self, name: str, place: int, file: Path) -> None:
        self.place = place
        self._name, self._file = name, file
        self._is_numbers, self._is_infinite = True, False
        self._kinds: set[str] = set()

    def at(self, cells: Sequence[str]) -> None:
        """Some more of its cells."""
        texts = [cell.strip() for cell in cells]
        if len(self._kinds) <= MOST_TEXTS:
            self._kinds.update(texts)
        numbers = numbers_of([text or "nan" for text in texts], False) if self._is_numbers else None
        self._is_numbers = numbers is not None
        self._is_infinite |= numbers is not None and bool(np.isinf(numbers).any())

    def column(self) -> Column:
        """All has been seen. Raises DatasetError where it cannot be trained on."""
        if self._is_numbers and self._is_infinite:
            raise DatasetError(f"csv: column {self._name!r} of {self._file} holds infinity")
        if self._is_numbers:
            return Column(self._name, self.place)
        if len(self._kinds) > MOST_TEXTS:
            raise DatasetError(
                f"csv: column {self._name!r} of {self._file} holds more than the {MOST_TEXTS} "
                f"different texts that are allowed: leave it out with drop={self._name}"
            )
        return Column(self._name, self.place, tuple(in_order(self._kinds)))


def numbered(rows: Sequence[Sequence[str]], columns: Sequence[Column]) -> NDArray[np.float32]:
    """Rows as features (n, F); a number that is not there is NaN."""
    cells = list(zip(*rows, strict=True))
    features: list[Any] = []
    for column in columns:
        texts = [cell.strip() for cell in cells[column.place]]
        if column.kinds:
            array = np.array(texts)
            features += [array == kind for kind in column.kinds]
        else:
            features.append(np.array([float(text or "nan") for text in texts], np.float32))
    return np.stack(features, 1).astype(np.float32)


def parts_of(file: Path) -> Iterator[list[list[str]]]:
    """The head, as one row; then the rows that are not empty, some thousand at a time."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            lines = (row for row in csv.reader(stream) if row)
            head = [name.strip() for name in next(lines, ())]
            if not head:
                raise DatasetError(f"csv: {file} is empty")
            if len(set(head)) < len(head):
                twice = next(name for name in head if head.count(name) > 1)
                raise DatasetError(f"csv: {file} has two columns called {twice!r}")
            yield [head]
            line = 2
            while rows := list(islice(lines, ROWS)):
                for i, row in enumerate(rows, line):
                    if len(row) != len(head):
                        raise DatasetError(
                            f"csv: {file}, line {i} has {len(row)} cells, and the first line names "
                            f"{len(head)}"
                        )
                yield rows
                line += len(rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(f"csv: {file} cannot be read ({reason})") from None


def numbers_of(cells: Sequence[str], finite: bool = True) -> NDArray[np.float32] | None:
    """The cells as numbers; None where any of them is none."""
    try:
        numbers = np.array([float(cell) for cell in cells], np.float32)
    except ValueError:
        return None
    return None if finite and not np.isfinite(numbers).all() else numbers


def in_order(texts: Iterable[str]) -> list[str]:
    """Each text once: in the order of numbers where all are, else of the alphabet."""
    kinds = sorted(set(texts))
    try:
        return sorted(kinds, key=float)
    except ValueError:
        return kinds
