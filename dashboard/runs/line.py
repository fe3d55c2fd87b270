"""Keeps a line at a bounded size: however many points are added, a page can draw it.

Points fall into bins of equal width (a number of points, doubled whenever the bins run out); a bin
keeps its first, last, lowest and highest point and its mean, so no spike and no end is ever lost.
Points that are not finite are kept apart: they cannot be drawn, and they must not be hidden.

Knows nothing of runs, records or Visdom.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

CAPACITY = 256
FIRST_ROOM = 16  # bins; a line of a few evaluations needs no more
MOST_JOINED = 4  # limits: each of the plots that shows a line has one

# Columns of a bin: the steps and values of four points, what the mean needs, and a time.
FIRST_X, FIRST_Y, LAST_X, LAST_Y, LOW_X, LOW_Y, HIGH_X, HIGH_Y, SUM, COUNT, LAST_T = range(11)


@dataclass
class Line:
    """A growing line of at most `capacity` bins (an even number).

    Steps are meant to grow; points are binned in the order they come.
    """

    capacity: int = CAPACITY
    width: int = 1
    count: int = 0
    first_step: int = -1
    last_step: int = -1
    last_value: float = float("nan")
    first_value: float = float("nan")
    last_time_s: float = 0.0
    first_time_s: float = 0.0
    bad: list[tuple[int, float]] = field(default_factory=list)
    bad_count: int = 0
    _bins: np.ndarray = field(init=False)
    _bin_count: int = 0
    _open_count: int = 0
    _coarse_bins: dict[int, np.ndarray] = field(init=False, default_factory=dict)  # by limit

    def __post_init__(self) -> None:
        self._bins = np.zeros((min(FIRST_ROOM, self.capacity), 11))

    def add(self, steps: np.ndarray, values: np.ndarray, times_s: np.ndarray) -> None:
        """Add points: three arrays of shape (N,); steps and values are read as float64."""
        if len(steps) == 0:
            return
        if self.count == 0:
            self.first_step, self.first_value = int(steps[0]), float(values[0])
            self.first_time_s = float(times_s[0])
        self.count += len(steps)
        self._coarse_bins.clear()
        self.last_step, self.last_value = int(steps[-1]), float(values[-1])
        self.last_time_s = float(times_s[-1])
        finite = np.isfinite(values)
        if not finite.all():
            self._keep_bad(steps[~finite], values[~finite])
            steps, values, times_s = steps[finite], values[finite], times_s[finite]
        start = 0
        while start < len(steps):
            start += self._fill(steps[start:], values[start:], times_s[start:])

    def drawn(self, limit: int = CAPACITY) -> tuple[np.ndarray, np.ndarray]:
        """The points worth drawing as (steps, values), in order: up to four for each bin."""
        bins = self._coarse(limit)
        if len(bins) == 0:
            return np.empty(0), np.empty(0)
        xs = bins[:, [FIRST_X, LOW_X, HIGH_X, LAST_X]]
        ys = bins[:, [FIRST_Y, LOW_Y, HIGH_Y, LAST_Y]]
        order = np.argsort(xs, axis=1, kind="stable")
        xs, ys = np.take_along_axis(xs, order, 1).ravel(), np.take_along_axis(ys, order, 1).ravel()
        new = np.concatenate([[True], (xs[1:] != xs[:-1]) | (ys[1:] != ys[:-1])])
        return xs[new], ys[new]

    def means(self, limit: int = CAPACITY) -> tuple[np.ndarray, np.ndarray]:
        """The mean of every bin at its last step: the line without its noise."""
        bins = self._coarse(limit)
        return bins[:, LAST_X], bins[:, SUM] / np.maximum(bins[:, COUNT], 1)

    def band(self, limit: int = CAPACITY) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(steps, lowest, highest) of every bin, at its last step."""
        bins = self._coarse(limit)
        return bins[:, LAST_X], bins[:, LOW_Y], bins[:, HIGH_Y]

    def times(self, limit: int = CAPACITY) -> tuple[np.ndarray, np.ndarray]:
        """(steps, seconds since 1970) of every bin's last point."""
        bins = self._coarse(limit)
        return bins[:, LAST_X], bins[:, LAST_T]

    def bin_points(self, limit: int = CAPACITY) -> int:
        """How many points a full bin of `means(limit)` stands for."""
        width, bin_count = self.width, self._bin_count
        while bin_count > limit:
            width, bin_count = width * 2, (bin_count + 1) // 2
        return width

    def _coarse(self, limit: int) -> np.ndarray:
        """The bins, neighbours joined until there are at most `limit`; nobody may change them.

        Of a thousand runs most have ended, and all are drawn again whenever one has gone on.
        """
        bins = self._bins[: self._bin_count]
        if len(bins) <= limit:
            return bins
        if limit not in self._coarse_bins:
            if len(self._coarse_bins) >= MOST_JOINED:
                self._coarse_bins.clear()
            self._coarse_bins[limit] = _joined(bins, limit)
        return self._coarse_bins[limit]

    def best(self, goal: str, *, smooth: bool = False) -> tuple[float, int] | None:
        """(value, step) of the highest point, or with "min" of the lowest: the first that is so.

        smooth: of the means of the bins, where a single point is mostly noise.
        """
        bins = self._bins[: self._bin_count]
        if len(bins) == 0:
            return None
        low = goal == "min"
        xs, ys = bins[:, LOW_X if low else HIGH_X], bins[:, LOW_Y if low else HIGH_Y]
        if smooth:
            xs, ys = self.means()
        at = ys.argmin() if low else ys.argmax()
        return float(ys[at]), int(xs[at])

    def first(self, mark: float, goal: str) -> tuple[int, float] | None:
        """(step, seconds since 1970) of the first point that is as good as the mark.

        Exact until the line has more points than bins; then up to a bin late.
        """
        bins = self._bins[: self._bin_count]
        good = bins[:, LOW_Y] <= mark if goal == "min" else bins[:, HIGH_Y] >= mark
        if not good.any():
            return None
        bin_ = bins[good.argmax()]
        at_once = bin_[FIRST_Y] <= mark if goal == "min" else bin_[FIRST_Y] >= mark
        best_x = LOW_X if goal == "min" else HIGH_X
        return int(bin_[FIRST_X if at_once else best_x]), float(bin_[LAST_T])

    def ends(self) -> tuple[float, ...]:
        """The lowest and the highest value; none of an empty line."""
        bins = self._bins[: self._bin_count]
        return (float(bins[:, LOW_Y].min()), float(bins[:, HIGH_Y].max())) if len(bins) else ()

    def last_finite(self) -> tuple[int, float] | None:
        """The last point that can be drawn, or None if there is none."""
        if self._bin_count == 0:
            return None
        last = self._bins[self._bin_count - 1]
        return int(last[LAST_X]), float(last[LAST_Y])

    def _keep_bad(self, steps: np.ndarray, values: np.ndarray) -> None:
        self.bad_count += len(steps)
        room = self.capacity - len(self.bad)
        self.bad += [(int(s), float(v)) for s, v in zip(steps[:room], values[:room], strict=True)]

    def _fill(self, steps: np.ndarray, values: np.ndarray, times_s: np.ndarray) -> int:
        """Put points into the open bin, or into as many whole bins as fit; how many it took."""
        if 0 < self._open_count < self.width:
            count = min(self.width - self._open_count, len(steps))
            self._bins[self._bin_count - 1] = _merged(
                self._bins[self._bin_count - 1 : self._bin_count],
                _bins_of(steps[:count], values[:count], times_s[:count], count),
            )
            self._open_count += count
            return count
        if self._bin_count == self.capacity:
            self._halve()
            return 0
        self._make_room()
        whole = min(len(steps) // self.width, len(self._bins) - self._bin_count)
        count = whole * self.width if whole else min(len(steps), self.width)
        width = self.width if whole else count
        bins = _bins_of(steps[:count], values[:count], times_s[:count], width)
        self._bins[self._bin_count : self._bin_count + len(bins)] = bins
        self._bin_count += len(bins)
        self._open_count = self.width if whole else count
        return count

    def _make_room(self) -> None:
        """Twice the bins where all are used, up to the capacity."""
        if self._bin_count == len(self._bins):
            more = min(self.capacity, 2 * self._bin_count) - self._bin_count
            self._bins = np.concatenate([self._bins, np.zeros((more, 11))])

    def _halve(self) -> None:
        half = self.capacity // 2
        self._bins[:half] = _merged(self._bins[0::2], self._bins[1::2])
        self._bin_count, self.width, self._open_count = half, self.width * 2, self.width * 2


def _joined(bins: np.ndarray, limit: int) -> np.ndarray:
    """Neighbours joined until there are at most `limit` bins, and at least one."""
    while len(bins) > max(1, limit):
        odd = bins[len(bins) - 1 :] if len(bins) % 2 else bins[:0]
        even = len(bins) - len(odd)
        bins = np.concatenate([_merged(bins[0:even:2], bins[1:even:2]), odd])
    return bins


def _bins_of(steps: np.ndarray, values: np.ndarray, times_s: np.ndarray, width: int) -> np.ndarray:
    """Bins of `width` points each; the points must fill them exactly."""
    xs = steps.reshape(-1, width).astype(np.float64)
    ys = values.reshape(-1, width).astype(np.float64)
    row = np.arange(len(xs))
    low, high = ys.argmin(1), ys.argmax(1)
    columns = [xs[:, 0], ys[:, 0], xs[:, -1], ys[:, -1], xs[row, low], ys[row, low]]
    columns += [xs[row, high], ys[row, high], ys.sum(1), np.full(len(xs), float(width))]
    columns += [times_s.reshape(-1, width)[:, -1]]
    return np.stack(columns, 1)


def _merged(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Each bin of `left` joined with the bin of `right` that follows it."""
    out = left.copy()
    out[:, [LAST_X, LAST_Y, LAST_T]] = right[:, [LAST_X, LAST_Y, LAST_T]]
    lower, higher = right[:, LOW_Y] < left[:, LOW_Y], right[:, HIGH_Y] > left[:, HIGH_Y]
    out[lower, LOW_X : LOW_Y + 1] = right[lower, LOW_X : LOW_Y + 1]
    out[higher, HIGH_X : HIGH_Y + 1] = right[higher, HIGH_X : HIGH_Y + 1]
    out[:, SUM] += right[:, SUM]
    out[:, COUNT] += right[:, COUNT]
    return out
