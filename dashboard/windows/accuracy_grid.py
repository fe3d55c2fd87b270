"""Draws the grid: a heat map of the metric over the two settings that vary.

A cell holds every run with its two values and shows their newest result, the mean over the seeds:
where more settings vary than a grid has sides, that of the best choice of them. It says "queued"
before, how far it is while it trains; diverged and failed cells are hatched and say so, so that
they never look like merely bad ones. Decides nothing about
which settings are shown: that is `dashboard.runs.comparison`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean
from typing import Any

from dashboard.record.states import STATES, WRONG
from dashboard.runs.comparison import SEED, Group, grid_settings, mean_and_std
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import Metric, number, plus_minus
from dashboard.runs.run_view import RunView
from dashboard.windows import style
from dashboard.windows.content import Plot

WIDTH_PX = 300  # of the cells together, in a window of the designed size
SMALL_PX = 66  # a narrower cell says its accuracy in two digits and no second line
MOST_TICK_PX = 52  # below a narrower cell a column's name is set aslant
ROOM = 0.46  # half a cell, less a gap
# States that a cell names where it has no better news.
QUIET = tuple(name for name, state in STATES.items() if state.tone in ("", "warn"))
EMPTY, SICK, HATCH, TRACK = "#EEF1F4", "#FBE9E1", "#B85A28", "#C5CDD6"


@dataclass
class Cell:
    """The runs at one crossing of the grid, and what they have come to.

    others: the settings that vary within it, beside the seed.
    """

    metric: Metric
    others: Sequence[str]
    runs: list[RunView] = field(default_factory=list)

    @cached_property
    def choices(self) -> list[tuple[RunView, list[float]]]:
        """A run of each choice of the other settings, and what its seeds that are well came to."""
        members: dict[str, list[RunView]] = {}
        for view in self.runs:
            if view.state not in WRONG and view.result(self.metric.name) is not None:
                own = repr([view.config.get(key) for key in self.others])
                members.setdefault(own, []).append(view)
        results = [Group(views).latest(self.metric.name) for views in members.values()]
        pairs = zip(members.values(), results, strict=True)
        return [(views[0], values) for views, values in pairs if values]

    @cached_property
    def best(self) -> tuple[RunView, list[float]] | None:
        """The best of the choices."""
        return max(self.choices, key=lambda own: self.metric.signed(fmean(own[1])), default=None)

    @property
    def results(self) -> list[float]:
        """What the seeds of the best choice have come to."""
        return self.best[1] if self.best else []

    @property
    def bad(self) -> list[RunView]:
        return [view for view in self.runs if view.state in WRONG]

    def colour(self, place_of: Callable[[float], float]) -> str:
        mean, _ = mean_and_std(self.results)
        if mean is None:
            return SICK if self.bad else EMPTY
        return style.result_colour(place_of(mean))

    @property
    def progress(self) -> float | None:
        """The share done in [0, 1], or None when nothing in the cell is under way."""
        if not any(view.state == "running" for view in self.runs):
            return None
        return sum(1.0 if view.ended else view.progress for view in self.runs) / len(self.runs)

    def lines(self, small: bool) -> list[str]:
        """What the cell says."""
        mean, std = mean_and_std(self.results)
        lines = []
        if mean is not None:
            lines.append(brief(mean) if small else f"<b>{number(mean)}</b>")
            if self.others and self.best and not small:
                lines.append(f"at {style.plain(self._at(self.best[0]))}")
            elif std is not None and not small:
                lines.append(f"{plus_minus(mean, std)} ({len(self.results)})")
        return lines if small and mean is not None else [*lines, *self._state(small)]

    def _at(self, view: RunView) -> str:
        return style.short(
            " · ".join(style.setting(key, view.config.get(key)) for key in self.others), 24
        )

    def _state(self, small: bool) -> list[str]:
        if self.bad:
            kinds = {view.state for view in self.bad}
            sign = "!" if "failed" in kinds else "✕"
            word = kinds.pop() if len(kinds) == 1 else "bad"
            some = f"{len(self.bad)} of {len(self.runs)}" if len(self.runs) > 1 else ""
            return [sign] if small else [f"{sign} {some}".strip(), word]
        if self.progress is not None:
            return [f"{self.progress:.0%}"]
        states = {view.state for view in self.runs}
        return [state for state in QUIET if state in states and not small]


def brief(value: float) -> str:
    """A result in a narrow cell: two digits."""
    return f"{value:.2f}".removeprefix("0") if 0.01 <= abs(value) < 10 else f"{value:.2g}"


def accuracy_grid(experiment: Experiment) -> Plot:
    """The grid over the settings asked for, or the first two that vary; one row for one setting."""
    keys = grid_settings(experiment)
    if not keys:
        return Plot([], style.blank("a single run: nothing to cross"))
    rows_key, columns_key = keys if len(keys) == 2 else (None, keys[0])
    rows = style.distinct(experiment, rows_key) if rows_key else [None]
    columns = style.distinct(experiment, columns_key)
    cells = _cells(experiment, rows_key, columns_key, rows, columns)
    row_names = [style.setting(rows_key, value) for value in rows] if rows_key else [""]
    figure = _figure(keys, row_names, [style.setting(columns_key, value) for value in columns])
    place_of = style.result_places(
        experiment.metric, [v for cell in cells.values() for v in cell.results]
    )
    grounds = {place: cell.colour(place_of) for place, cell in cells.items()}
    figure["shapes"] = [_ground(*place, cell, grounds[place]) for place, cell in cells.items()]
    small = WIDTH_PX / len(columns) < SMALL_PX
    return Plot([_hatching(cells), *_progress(cells), _texts(cells, grounds, small)], figure)


def _cells(
    experiment: Experiment,
    rows_key: str | None,
    columns_key: str,
    rows: list[Any],
    columns: list[Any],
) -> dict[tuple[int, int], Cell]:
    """The cells that hold runs, by (column, row)."""
    row_places = {repr(value): i for i, value in enumerate(rows)}
    column_places = {repr(value): i for i, value in enumerate(columns)}
    others = [key for key in experiment.varied() if key not in (SEED, rows_key, columns_key)]
    cells: dict[tuple[int, int], Cell] = {}
    for view in experiment.runs:
        row = row_places[repr(view.config.get(rows_key))] if rows_key else 0
        column = column_places[repr(view.config.get(columns_key))]
        cells.setdefault((column, row), Cell(experiment.metric, others)).runs.append(view)
    return cells


def _ground(x: int, y: int, cell: Cell, colour: str) -> dict[str, Any]:
    """The cell's coloured ground; a dashed edge while it has no result to show."""
    is_empty = not cell.results and not cell.bad
    line = {"color": TRACK, "width": 1, "dash": "dot"} if is_empty else {"width": 0}
    return {
        "type": "rect", "layer": "below", "fillcolor": colour, "line": line,
        "x0": x - ROOM - 0.02, "x1": x + ROOM + 0.02, "y0": y - ROOM, "y1": y + ROOM,
    }  # fmt: skip


def _hatching(cells: dict[tuple[int, int], Cell]) -> dict[str, Any]:
    """Diagonal lines over the cells with diverged or failed runs, all in one trace."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for (x, y), cell in cells.items():
        for i in range(-4, 5) if cell.bad else ():
            shift = i * ROOM / 2.5
            low, high = max(-ROOM, shift - ROOM), min(ROOM, shift + ROOM)
            xs += [x + low, x + high, None]
            ys += [y - low + shift, y - high + shift, None]
    return _lines(xs, ys, style.faded(HATCH, 0.45), 1.0)


def _progress(cells: dict[tuple[int, int], Cell]) -> list[dict[str, Any]]:
    """A thin bar at the foot of every cell that trains: the whole way, and what is done."""
    ways: list[tuple[list[float | None], list[float | None]]] = [([], []), ([], [])]
    for (x, y), cell in cells.items():
        if cell.progress is not None:
            left, foot = x - ROOM + 0.06, y + ROOM - 0.07
            width = 2 * ROOM - 0.12
            for (xs, ys), share in zip(ways, (1.0, cell.progress), strict=True):
                xs += [left, left + width * share, None]
                ys += [foot, foot, None]
    (whole_bar, whole_feet), (share_bar, share_feet) = ways
    colour = style.STATE_COLOURS["running"]
    return [
        _lines(whole_bar, whole_feet, "#FFFFFF", 5.0),
        _lines(share_bar, share_feet, colour, 3.0),
    ]


def _lines(
    xs: list[float | None], ys: list[float | None], colour: str, width: float
) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": xs, "y": ys, "hoverinfo": "skip",
        "line": {"color": colour, "width": width}, "showlegend": False,
    }  # fmt: skip


def _texts(
    cells: dict[tuple[int, int], Cell], grounds: dict[tuple[int, int], str], small: bool
) -> dict[str, Any]:
    """What every cell says, in black or white as its ground demands, and more on hovering."""
    places, all_cells = list(cells), list(cells.values())
    return {
        "type": "scatter", "mode": "text", "showlegend": False,
        "x": [x for x, _ in places], "y": [y for _, y in places],
        "text": ["<br>".join(cell.lines(small)) for cell in all_cells],
        "textfont": {"size": 11 if small else 12,
                     "color": [style.ink_on(grounds[place]) for place in places]},
        "hovertext": [_hover(cell) for cell in all_cells], "hoverinfo": "text",
    }  # fmt: skip


def _hover(cell: Cell) -> str:
    lines = []
    for view in cell.runs[:12]:
        result = view.result(cell.metric.name)
        value = "no result yet" if result is None else number(result)
        reason = f" ({view.error})" if view.error else ""
        lines.append(style.plain(style.short(f"{view.name}: {value}, {view.state}{reason}", 300)))
    return "<br>".join(lines)


def _figure(keys: list[str], rows: list[str], columns: list[str]) -> dict[str, Any]:
    titles = [style.plain(style.key_name(key)) for key in keys]
    figure = style.layout(titles[-1], titles[0] if len(titles) > 1 else "")
    figure["showlegend"] = False
    figure["margin"] = {"l": 40, "r": 8, "t": 6, "b": 36}
    for axis, names in (("xaxis", columns), ("yaxis", rows)):
        figure[axis] |= {
            "showgrid": False, "zeroline": False, "autorange": False, "fixedrange": True,
            "automargin": True,
            "tickvals": list(range(len(names))), "tickfont": {"size": 11},
            "ticktext": ["<br>".join(map(style.plain, style.wrapped(name))) for name in names],
            "tickangle": -45 if len(names) * MOST_TICK_PX > WIDTH_PX and axis == "xaxis" else 0,
            "range": [-0.5, len(names) - 0.5] if axis == "xaxis" else [len(names) - 0.5, -0.5],
        }  # fmt: skip
    return figure
