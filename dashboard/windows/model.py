"""Shows what a model is made of: in a window of the page, and the same in the terminal.

Draws the summary that a run recorded at its start (`trainers.measure.summary`); computes nothing.
"""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dashboard.runs.experiment import Experiment
from dashboard.runs.run_view import RunView
from dashboard.windows import html
from dashboard.windows.content import Html
from dashboard.windows.html import tag

LAYER_HEAD = ("layer", "kind", "output shape", "parameters", "init")
PARAMETER_HEAD = ("parameter", "shape", "mean", "std")


def model(_: Experiment, view: RunView) -> Html:
    """The model as the run recorded it before its first step."""
    item = view.media.get("model")
    body = view.record.body(item.id) if item else b""
    if not body:
        return Html(tag("p", "no model yet", css="tb-note"))
    return summary_html(json.loads(body))


def summary_html(summary: dict[str, Any]) -> Html:
    """The table of layers and the named parameters at step 0."""
    pieces = [
        tag("p", _total(summary), css="tb-summary"),
        html.table(LAYER_HEAD, [_layer(row) for row in summary["layers"]]),
        tag("p", "parameters at step 0", css="tb-summary"),
        html.table(PARAMETER_HEAD, [_parameter(p) for p in summary["parameters"]]),
        *(_values(p) for p in summary["parameters"] if p.get("values")),
    ]
    return Html(html.join(pieces))


def layers_html(summary: dict[str, Any]) -> Html:
    """The layers of a model whose init is still open."""
    rows = [_layer(row)[:-1] for row in summary["layers"]]
    total = tag("p", _total(summary), css="tb-summary")
    return Html(html.join([total, html.table(LAYER_HEAD[:-1], rows)]))


def print_summary(summary: dict[str, Any], title: str, console: Console) -> None:
    """The same in the terminal: two tables, and the first weights as PyTorch prints them."""
    for head, rows, heading in (
        (LAYER_HEAD, [_layer(row) for row in summary["layers"]], f"{title}: {_total(summary)}"),
        (PARAMETER_HEAD, [_parameter(p) for p in summary["parameters"]], "parameters at step 0"),
    ):
        table = Table(title=heading, title_justify="left")
        for column in head:
            right = column in ("parameters", "mean", "std")
            table.add_column(column, justify="right" if right else "left")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)
    for p in summary["parameters"]:
        # Of a bias, mean and std say all that is to be said.
        if p.get("values") and len(p["shape"]) > 1:
            text = f"values of {p['name']} at step 0\n{p['values']}\n"
            console.print(text, markup=False, highlight=False, soft_wrap=True)


def _total(summary: dict[str, Any]) -> str:
    return f"{summary['model']}, {summary['total_parameters']:,} parameters"


def _layer(row: dict[str, Any]) -> list[str]:
    parameters = f"{row['parameters']:,}" if row["parameters"] else "–"
    return [row["name"], row["kind"], _shape(row["output_shape"]), parameters, row["init"]]


def _parameter(p: dict[str, Any]) -> list[str]:
    return [p["name"], _shape(p["shape"]), f"{p['mean']:.5f}", f"{p['std']:.5f}"]


def _values(p: dict[str, Any]) -> html.Safe:
    """The values themselves, folded away until somebody asks."""
    head = tag("summary", f"values of {p['name']} at step 0")
    return tag("details", head, tag("pre", p["values"], css="tb-mono"))


def _shape(sizes: list[int]) -> str:
    return " × ".join(str(size) for size in sizes)
