"""Draws how the numbers inside a run's layers are distributed, evaluation after evaluation.

A row of heat maps for each layer: pre-activations, gradients, weights; across the steps, upwards
the values, on the bins that the run fixed at its start (`trainers.measure.distribution`). Beside
the pre-activations stands what theory expects of them at step 0: a normal distribution of the
recorded `expected_std`. What the numbers mean is judged by `dashboard.runs.verdict`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dashboard.runs.facts import signals
from dashboard.runs.run_view import RunView
from dashboard.windows import style
from dashboard.windows.annotation import annotation
from dashboard.windows.content import Plot
from dashboard.windows.quantity import EXPECTED, number

DISTRIBUTION = "distribution"
TITLES = {"preactivation": "pre-activations", "gradient": "gradients", "weight": "weights",
          "value": "values"}  # fmt: skip
MOST_LAYERS = 12
ROW_PX, TOP_PX, BOTTOM_PX = 124, 16, 44
LINES = "SELECT step, body FROM media WHERE run = ? AND name = ? ORDER BY step, id"
# From the paper to a dark blue; half of all numbers in one bin is as dark as it gets.
SHADES = [[0.0, "#F7FBFF"], [0.25, "#C6DBEF"], [0.5, "#6BAED6"], [0.75, "#2171B5"],
          [1.0, "#08306B"]]  # fmt: skip
DARKEST = 0.25
MOST_MARKS = 2  # either side of 0
ENDS = 0.002  # of all numbers; bins beyond those that ever hold as many are not shown
THEORY = 0.045  # of the width of a heat map


class Counts(NamedTuple):
    """Of one kind in one layer: how many numbers each bin has, and where the bins are."""

    scale: float
    reach: float
    counts: list[int]


class Evaluation(NamedTuple):
    """Of one step: layer -> kind -> counts."""

    step: int
    layers: Mapping[str, Mapping[str, Counts]]


def distributions(view: RunView) -> Plot:
    """The heat maps of the first MOST_LAYERS layers."""
    rows = view.record.query(LINES, view.id, DISTRIBUTION)
    by_step = {step: e for step, body in rows if (e := _evaluation(step, bytes(body)))}
    evaluations = list(by_step.values())
    if not evaluations:
        return Plot([], style.blank("no distributions yet"))
    layers = list(evaluations[-1].layers)[:MOST_LAYERS]
    theory = signals(view, first=True).get(EXPECTED, {})
    figure = style.layout(
        "", "", showlegend=False, margin={"l": 54, "r": 14, "t": TOP_PX, "b": BOTTOM_PX}
    )
    figure["meta"] = {"height": TOP_PX + BOTTOM_PX + ROW_PX * len(layers)}
    traces: list[dict[str, Any]] = []
    figure["annotations"] = []
    has = {kind for e in evaluations for kinds in e.layers.values() for kind in kinds}
    columns = [kind for kind in TITLES if kind in has]
    for i, layer in enumerate(layers):
        for j, kind in enumerate(columns):
            place = _Place(i, j, len(layers), len(columns))
            drawn = _heat_map(evaluations, layer, kind, place, theory.get(layer))
            if drawn is None:
                continue
            maps, axes, note = drawn
            traces += maps
            figure |= axes
            figure["annotations"].append(note)
    return Plot(traces, figure)


class _Place(NamedTuple):
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


def _heat_map(
    evaluations: Sequence[Evaluation], layer: str, kind: str, place: _Place, expected: float | None
) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]] | None:
    """Traces, axes and heading of one; None where nothing of the kind is known of the layer."""
    known = [
        (e.step, e.layers[layer][kind]) for e in evaluations if kind in e.layers.get(layer, {})
    ]
    if not known:
        return None
    scale, reach, _ = known[0][1]
    shares = [_shares(each.counts) for _, each in known]
    end, bins = math.asinh(reach), len(shares[0])
    width = 2 * end / bins
    centres = [round(-end + (i + 0.5) * width, 4) for i in range(bins)]
    show_theory = kind == "preactivation" and expected is not None and expected > 0
    normal = _normal(centres, width, float(expected or 0) / scale) if show_theory else []
    low, high = _range(shares + ([normal] if normal else []), centres, width)
    x, y = place.x, place.y
    split = x[0] + (THEORY * (x[1] - x[0]) + 0.006 if show_theory else 0)
    name = place.axis
    values = [number(scale * math.sinh(c)) for c in centres]
    common = {
        "type": "heatmap", "y": centres, "zmin": 0, "zmax": DARKEST, "colorscale": SHADES,
        "showscale": False, "yaxis": f"y{name}", "meta": {"shades": "density"},
    }  # fmt: skip
    said = f"{style.plain(layer)} {TITLES[kind]}"
    is_last = place.row == place.rows - 1
    marks = _marks(scale, low, high)
    maps = [
        common | {
            "x": [step for step, _ in known],
            "z": _transposed(shares),
            "xaxis": f"x{name}",
            "customdata": [[value] * len(known) for value in values],
            "hovertemplate": f"{said}<br>step %{{x}}, around %{{customdata}}: %{{z:.1%}}"
            "<extra></extra>",
        }
    ]  # fmt: skip
    axes = {
        f"xaxis{name}": style.axis(
            "step" if is_last else "", domain=[split, x[1]], showticklabels=is_last,
            anchor=f"y{name}", showgrid=False, zeroline=False, nticks=5,
        ),
        f"yaxis{name}": style.axis(
            "", domain=list(y), anchor=f"x{place.beside if show_theory else name}", autorange=False,
            range=[low, high], tickvals=[math.asinh(mark / scale) for mark in marks],
            ticktext=[number(mark).replace("-", "−", 1) for mark in marks],
            showgrid=False, zeroline=False, tickfont={"size": 10},
        ),
    }  # fmt: skip
    if show_theory:
        maps.append(
            common | {
                "x": [0], "z": [[share] for share in normal], "xaxis": f"x{place.beside}",
                "hovertemplate": f"theory at step 0: normal, std {number(expected)}<extra></extra>",
            }
        )  # fmt: skip
        axes[f"xaxis{place.beside}"] = style.axis(
            "", domain=[x[0], split - 0.006], anchor=f"y{name}", showgrid=False, zeroline=False,
            tickvals=[], autorange=True,
        )  # fmt: skip
    words = f"<b>{style.plain(style.short(layer, 30))}</b> {TITLES[kind]}"
    words += "  (left: theory at step 0)" if show_theory else ""
    return maps, axes, annotation(words, x[0], y[1], font={"size": 12})


def _evaluation(step: int, body: bytes) -> Evaluation | None:
    """From a recorded value; a record may come from anywhere, so None for what is none."""
    try:
        value = json.loads(body)
        layers = {
            str(layer): {
                kind: Counts(float(scale), float(reach), [int(count) for count in counts])
                for kind, (scale, reach, counts) in kinds.items()
                if kind in TITLES and len(counts) == value["bins"] and scale > 0 and reach > 0
            }
            for layer, kinds in value["layers"].items()
        }
        return Evaluation(step, layers)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None


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
    held = [i for i in range(len(centres)) if any(row[i] > ENDS for row in shares)] or [0, -1]
    return centres[held[0]] - width / 2, centres[held[-1]] + width / 2


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
