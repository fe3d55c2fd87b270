"""What an experiment has come to: a table in the terminal, or one JSON document.

The table has the width of a terminal, where it leaves out what matters least; into a pipe or a file
it goes whole. Draws from what is known of the runs and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dashboard.cli.terminal import printable, state_line
from dashboard.output import print_document
from dashboard.runs.comparison import Group, in_order
from dashboard.runs.experiment import Experiment
from dashboard.runs.measures import Measure, measures
from dashboard.runs.metric import number
from dashboard.runs.pruning import PRUNED
from dashboard.runs.run_view import RunView
from dashboard.runs.standing import standing
from dashboard.windows.advice import conclusions_with_advice
from dashboard.windows.conclusion import conclusions
from dashboard.windows.page_model import finite, plain
from dashboard.windows.steering import steering
from dashboard.windows.style import short

WIDEST = 100_000  # of a table that goes into a pipe


class Column(NamedTuple):
    """One of the table. spare: where there is no room, the higher goes first; 0: it stays."""

    head: str
    cell: Callable[[RunView], str]
    spare: int = 0
    left: bool = False


def results(experiment: Experiment, console: Console) -> None:
    """The results, the best first; how that was steered; a sentence for each run with a reason."""
    _print_table(_columns(experiment), _best_first(experiment), console)
    answer = conclusions(experiment, standing(experiment))[:1] if experiment.decide_up_to else []
    reasons = [
        state_line(view, experiment.metric)
        for view in experiment.runs
        if view.error and view.state != PRUNED
    ]
    for sentence in [*answer, *steering(experiment), *reasons]:
        console.print(printable(sentence), markup=False, highlight=False, soft_wrap=True)


def print_json(experiment: Experiment) -> None:
    """The same as one JSON document, its numbers unrounded; null stands for those that are none."""
    print_document(json.dumps(results_model(experiment), ensure_ascii=False, allow_nan=False))


def results_model(experiment: Experiment) -> dict[str, Any]:
    """The runs, the best first, and what is concluded of them, as JSON values."""
    state = standing(experiment)
    return {
        "experiment": experiment.name,
        "folder": str(experiment.record.folder),
        "metric": experiment.metric.as_json(),
        "conclusions": conclusions_with_advice(experiment, state),
        "steering": steering(experiment),
        "runs": [_run_model(experiment, view) for view in _best_first(experiment)],
    }


def _run_model(experiment: Experiment, view: RunView) -> dict[str, Any]:
    best, step = view.best(experiment.metric) or (None, None)
    return {
        "run": view.name,
        "state": view.state,
        "error": view.error,
        "config": {key: plain(value) for key, value in view.config.items()},
        "results": {
            each.series: _number(view.result(each.series)) for each in measures(experiment)
        },
        "published": {
            each.series: each.published
            for each in measures(experiment)
            if each.published is not None
        },
        "best": _number(best),
        "best_step": step,
        "steps": view.step,
        "images_per_s": finite(view.images_per_s(), 1),
    }


def _number(value: float | None) -> float | None:
    return finite(value, 12)


def _best_first(experiment: Experiment) -> list[RunView]:
    groups = in_order(experiment.metric, [Group([view]) for view in experiment.runs])
    return [group.first for group in groups]


def _columns(experiment: Experiment) -> list[Column]:
    metric = experiment.metric
    first, *others = (_measured(each) for each in measures(experiment))

    def best(view: RunView) -> str:
        pair = view.best(metric)
        return number(pair[0] if pair else None)

    return [
        Column("run", lambda view: view.name, left=True),
        Column("state", lambda view: view.state, left=True),
        *first,
        Column("best", best, spare=3),
        *(column._replace(spare=column.spare or 1) for each in others for column in each),
        Column("images/s", lambda view: f"{view.images_per_s():,.0f}", spare=4),
    ]


def _measured(measure: Measure) -> list[Column]:
    """The column of a result, and beside it what was published of it."""
    title = short(measure.title, 24)
    columns = [Column(title, lambda view: number(view.result(measure.series)))]
    if measure.published is not None:
        text = number(measure.published)
        columns.append(Column(f"{title}, published", lambda _: text, spare=2))
    return columns


def _print_table(columns: Sequence[Column], views: Sequence[RunView], console: Console) -> None:
    columns = list(columns)
    if not console.is_terminal:
        table = _table(columns, views)
        table.width = _width(table, console)
        console.print(table, crop=False)
        return
    while _width(table := _table(columns, views), console) > console.width:
        spare = max(columns, key=lambda column: column.spare)
        if not spare.spare:
            table = _table(columns, views, fold=True)
            break
        columns.remove(spare)
    console.print(table)


def _table(columns: Sequence[Column], views: Sequence[RunView], fold: bool = False) -> Table:
    """fold: names of runs may need several lines."""
    table = Table(title="results", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in columns:
        wraps = fold and column.head == "run"
        table.add_column(column.head, justify="left" if column.left else "right",
                         no_wrap=not wraps, overflow="fold")  # fmt: skip
    for view in views:
        table.add_row(*(Text(printable(column.cell(view))) for column in columns))
    return table


def _width(table: Table, console: Console) -> int:
    return console.measure(table, options=console.options.update(width=WIDEST)).maximum
