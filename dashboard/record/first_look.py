"""Takes a first look at a long record: enough of it for a whole page within a second or two.

Reading ten million points takes many seconds. A first look reads every point of the series that
have few (evaluations), every number that is not finite, and of the long ones short stretches from
all over the record. Its lines are coarser than they will be and its last values may be a little
old, so whoever shows it must say so and read the record to its end.
"""

from __future__ import annotations

import time
from collections import Counter

from dashboard.record.reader import Record
from dashboard.record.row_reader import POINT, Row
from dashboard.record.rows import Changes

STRETCHES, STRETCH = 1024, 64
GOLDEN = (5**0.5 - 1) / 2  # its multiples, modulo 1, lie evenly and have no period
# Points of all short series together that are sure to be read.
SHORT = 100_000
SLICE = 500_000  # ids that one query looks through
BAD = "value IS NULL OR value IN (9e999, -9e999)"  # a NaN is kept as NULL; 9e999 is infinity


def span(record: Record) -> tuple[int, int]:
    """The ids of the first and the last point; (1, 0) when there is none."""
    statement = "SELECT (SELECT min(id) FROM point), (SELECT max(id) FROM point)"
    first, last = record.query(statement)[0]
    return (int(first), int(last)) if last else (1, 0)


def first_look(record: Record, within_s: float) -> Changes:
    """Read what fits into the time; what `changes` gives later stays the same.

    within_s: after so many seconds what has been read is enough. Raises RecordError.
    """
    give_up_s = time.monotonic() + within_s
    first, last = span(record)
    rows = {row[-1]: row for row in _stretches(record, first, last)}
    long = _long(list(rows.values()), last - first + 1)
    condition = f"series NOT IN ({', '.join('?' * len(long))}) OR {BAD}"
    room = 2 * SHORT
    for high in range(last, first - 1, -SLICE):  # the newest first: they are the results
        if time.monotonic() > give_up_s or room <= 0:
            break
        portion = record.query(
            f"{POINT} WHERE id BETWEEN ? AND ? AND ({condition}) ORDER BY id DESC LIMIT ?",
            high - SLICE + 1, high, *long, room,
        )  # fmt: skip
        rows |= {row[-1]: row for row in portion}
        room -= len(portion)
    points = record.points([rows[at] for at in sorted(rows)])
    return Changes(record.runs(), points, record.latest_media())


def _stretches(record: Record, first: int, last: int) -> list[Row]:
    """Short stretches from all over the record, the first one at its end."""
    rows = []
    for i in range(STRETCHES):
        # Not at equal distances: runs that write in turn would never meet them, or always.
        high = last - int((last - first) * (i * GOLDEN % 1))
        rows += record.query(f"{POINT} WHERE id BETWEEN ? AND ?", high - STRETCH + 1, high)
    return rows


def _long(sample: list[Row], points: int) -> list[int]:
    """The series that have too many of all points to read them all, as the sample has it."""
    counts = Counter(row[0] for row in sample)
    room = SHORT * len(sample) / max(points, 1)
    for series, count in sorted(counts.items(), key=lambda item: item[1]):
        room -= count
        if room >= 0:
            del counts[series]
    return list(counts)
