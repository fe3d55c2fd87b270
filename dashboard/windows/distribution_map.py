"""Draws the heat map of one layer's histograms: a column for each evaluation, theory beside it.

What is in the record, and which maps stand where, is `dashboard.windows.distributions`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dashboard.windows import style
from dashboard.windows.annotation import annotation
from dashboard.windows.quantity import number

TITLES = {"preactivation": "pre-activations", "gradient": "gradients", "weight": "weights",
          "value": "values"}  # fmt: skip
# From the paper to a dark blue; half of all numbers in one bin is as dark as it gets.
SHADES = [[0.0, "#F7FBFF"], [0.25, "#C6DBEF"], [0.5, "#6BAED6"], [0.75, "#2171B5"],
          [1.0, "#08306B"]]  # fmt: skip
DARKEST = 0.25
MOST_MARKS = 2  # either side of 0
ENDS = 0.002  # of all numbers; bins beyond those that ever hold as many are not shown
THEORY = 0.045  # of the width of a heat map
THEORY_GAP = 0.006  # between the two, of the width of all


class Counts(NamedTuple):
    """Of one kind in one layer: how many numbers each bin has, and where the bins are."""

    scale: float
    reach: float
    counts: list[int]


class Evaluation(NamedTuple):
    """Of one step: layer -> kind -> counts."""

    step: int
    layers: Mapping[str, Mapping[str, Counts]]


class Place(NamedTuple):
    """Where a heat map stands: its row, its column, and of how many rows and columns."""

    row: int
    column: int
    rows: int
    columns: int

    @property
    def x(self) -> tuple[float, float]:
        width = 1 / self.columns
        return self.column * width + 0.035 * (self.column > 0), (self.column + 1) * width

    @property
    def y(self) -> tuple[float, float]:
        height = 1 / self.rows
        return 1 - (self.row + 0.95) * height, 1 - (self.row + 0.17) * height

    @property
    def axis(self) -> str:
        n = self.row * self.columns + self.column
        return str(2 * n + 1) if n else ""

    @property
    def beside(self) -> str:
        """The x axis of theory's column."""
        return str(2 * (self.row * self.columns + self.column) + 2)


class _Histograms(NamedTuple):
    """A layer's histograms of one kind, one for each evaluation.

    shares: of the values, by evaluation and bin. scale: what a bin's place is counted in. centres,
    width: of the bins, as asinh of so many scales. theory: the shares expected at step 0; empty
    where none is shown.
    """

    steps: list[int]
    shares: list[list[float]]
    scale: float
    centres: list[float]
    width: float
    theory: list[float]


def heat_map(
    evaluations: Sequence[Evaluation], layer: str, kind: str, place: Place, theory_std: float | None
) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]] | None:
    """Traces, axes and heading of one; None where nothing of the kind is known of the layer.

    theory_std: the standard deviation at step 0 by theory.
    """
    histograms = _histograms(evaluations, layer, kind, theory_std)
    if histograms is None:
        return None
    maps = [_measured(histograms, f"{style.plain(layer)} {TITLES[kind]}", place)]
    words = f"<b>{style.plain(style.short(layer, 30))}</b> {TITLES[kind]}"
    if histograms.theory:
        maps.append(_theory(histograms, theory_std, place))
        words += "  (left: theory at step 0)"
    note = annotation(words, place.x[0], place.y[1], font={"size": 12})
    return maps, _axes(histograms, place), note


def _histograms(
    evaluations: Sequence[Evaluation], layer: str, kind: str, theory_std: float | None
) -> _Histograms | None:
    """What is known of a layer; None where that is nothing."""
    counts = [
        (e.step, e.layers[layer][kind]) for e in evaluations if kind in e.layers.get(layer, {})
    ]
    if not counts:
        return None
    scale, reach, _ = counts[0][1]
    shares = [_shares(each.counts) for _, each in counts]
    end, bins = math.asinh(reach), len(shares[0])
    width = 2 * end / bins
    centres = [round(-end + (i + 0.5) * width, 4) for i in range(bins)]
    has_theory = kind == "preactivation" and theory_std is not None and theory_std > 0
    theory = _normal(centres, width, float(theory_std or 0) / scale) if has_theory else []
    return _Histograms([step for step, _ in counts], shares, scale, centres, width, theory)


def _measured(histograms: _Histograms, title: str, place: Place) -> dict[str, Any]:
    """The trace of what was measured, a column for each evaluation."""
    steps, scale = histograms.steps, histograms.scale
    values = [number(scale * math.sinh(centre)) for centre in histograms.centres]
    return _trace(histograms, place) | {
        "x": steps,
        "z": _transposed(histograms.shares),
        "xaxis": f"x{place.axis}",
        "customdata": [[value] * len(steps) for value in values],
        "hovertemplate": f"{title}<br>step %{{x}}, around %{{customdata}}: %{{z:.1%}}"
        "<extra></extra>",
    }


def _theory(histograms: _Histograms, theory_std: float | None, place: Place) -> dict[str, Any]:
    """The trace of what theory expects, one column."""
    return _trace(histograms, place) | {
        "x": [0],
        "z": [[share] for share in histograms.theory],
        "xaxis": f"x{place.beside}",
        "hovertemplate": f"theory at step 0: normal, std {number(theory_std)}<extra></extra>",
    }


def _trace(histograms: _Histograms, place: Place) -> dict[str, Any]:
    """What both traces of a heat map share."""
    return {
        "type": "heatmap", "y": histograms.centres, "zmin": 0, "zmax": DARKEST,
        "colorscale": SHADES, "showscale": False, "yaxis": f"y{place.axis}",
        "meta": {"shades": "density"},
    }  # fmt: skip


def _axes(histograms: _Histograms, place: Place) -> dict[str, Any]:
    """The axes of both traces, which share the vertical one."""
    scale, theory, name = histograms.scale, histograms.theory, place.axis
    rows = histograms.shares + ([theory] if theory else [])
    low, high = _range(rows, histograms.centres, histograms.width)
    marks = _marks(scale, low, high)
    left, right = place.x
    split = left + (THEORY * (right - left) + THEORY_GAP if theory else 0)
    is_last = place.row == place.rows - 1
    axes = {
        f"xaxis{name}": style.axis(
            "step" if is_last else "", domain=[split, right], showticklabels=is_last,
            anchor=f"y{name}", showgrid=False, zeroline=False, nticks=5,
        ),
        f"yaxis{name}": style.axis(
            "", domain=list(place.y), anchor=f"x{place.beside if theory else name}",
            autorange=False, range=[low, high],
            tickvals=[math.asinh(mark / scale) for mark in marks],
            ticktext=[number(mark).replace("-", "−", 1) for mark in marks],
            showgrid=False, zeroline=False, tickfont={"size": 10},
        ),
    }  # fmt: skip
    if theory:
        axes[f"xaxis{place.beside}"] = style.axis(
            "", domain=[left, split - THEORY_GAP], anchor=f"y{name}", showgrid=False,
            zeroline=False, tickvals=[], autorange=True,
        )  # fmt: skip
    return axes


def _shares(counts: Sequence[int]) -> list[float]:
    total = max(1, sum(counts))
    return [round(count / total, 4) for count in counts]


def _normal(centres: Sequence[float], width: float, std: float) -> list[float]:
    """The shares that a normal distribution of this std, in scales, has in the bins."""

    def below(place: float) -> float:
        return 0.5 * (1 + math.erf(math.sinh(place) / (std * math.sqrt(2))))

    return [round(below(c + width / 2) - below(c - width / 2), 4) for c in centres]


def _range(
    shares: Sequence[Sequence[float]], centres: Sequence[float], width: float
) -> tuple[float, float]:
    """From the lowest bin that ever holds something worth a look to the highest."""
    bins = [i for i in range(len(centres)) if any(row[i] > ENDS for row in shares)] or [0, -1]
    return centres[bins[0]] - width / 2, centres[bins[-1]] + width / 2


def _marks(scale: float, low: float, high: float) -> list[float]:
    """0, and a few powers of ten either side that lie apart, within the ends of the axis."""
    ends = [scale * math.sinh(abs(end)) for end in (low, high)]
    most = max(ends)
    first = math.ceil(math.log10(scale) - 0.5)  # what is far below it is as good as 0
    last = math.floor(math.log10(most))
    every = max(1, math.ceil((last - first + 1) / MOST_MARKS))
    powers = [10.0**power for power in range(last, first - 1, -every)] or [most]
    below, above = ([p for p in powers if p <= end * 1.001] for end in ends)
    return [*(-p for p in below), 0.0, *reversed(above)]


def _transposed(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    return [list(column) for column in zip(*rows, strict=True)]
