"""Draws what happens inside the networks: the `signal` windows, of all runs and of one.

Shows the statistics that `trainers/measure/signal.py` records, one quantity at a time, chosen by
buttons: for all runs heat maps of runs × layers at step 0 and now, for one run curves over the
steps with what theory expects at step 0. What the numbers mean is judged by
`dashboard.runs.verdict`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import Signals, signals
from dashboard.runs.run_view import RunView
from dashboard.windows import style
from dashboard.windows.content import Plot
from dashboard.windows.figure import axes_of, marked, of_run
from dashboard.windows.heat_map import captions, columns, heat_map
from dashboard.windows.quantity import EXPECTED, QUANTITIES, Quantity
from dashboard.windows.style import Looks

MOST_WRITTEN_ROWS = 24  # with more runs a cell has no room for its number; hovering shows it
MOST_LABEL = 44
GAP = 0.03  # between the two heat maps, as a share of the plot


def all_runs(experiment: Experiment) -> Plot:
    """Heat maps of runs × layers, at step 0 with what theory expects and at the last evaluation.

    Their x axes are layers, not the progress of training: our page's x axis, smoothing and zoom do
    not reach them. Its selection of runs does, by `rows`.
    """
    looks = Looks(experiment)
    statistics = [
        (view, signals(view, first=True), signals(view))
        for view in experiment.runs
        if any(name.startswith("signal/") for name in view.lines)
    ]
    if not statistics:
        return Plot([], style.blank("no statistics yet"))
    layers = _layers(now for _, _, now in statistics)
    labels = [style.plain(_short(looks.full_label(view))) for view, _, _ in statistics]
    # A label must be unique to be a row of its own.
    rows = [f"{label}{chr(0x200B) * i}" for i, label in enumerate(labels)]
    with_numbers = len(rows) <= MOST_WRITTEN_ROWS
    traces = []
    for quantity in QUANTITIES:
        for place, at in enumerate(("x", "x2")):
            signal_sets = [sets[place] for sets in ((first, now) for _, first, now in statistics)]
            trace = heat_map(quantity, signal_sets, layers, rows, with_theory=place == 0)
            if not with_numbers:
                del trace["texttemplate"]
            traces.append(trace | {"xaxis": at, "showscale": place == 1})
    figure = style.layout("", "", showlegend=False)
    half = (1 - GAP) / 2
    figure["meta"] = {"rows": [view.name for view, _, _ in statistics]}
    figure["xaxis"] = columns([0, half])
    figure["xaxis2"] = columns([1 - half, 1])
    figure["yaxis"] |= style.axis("", autorange="reversed", type="category", showgrid=False)
    figure["yaxis"]["tickfont"] = {"size": 11 if with_numbers else 8}
    figure["margin"] |= {"t": 84, "b": 12}
    titles = {quantity.name: captions(quantity, 1 - half) for quantity in QUANTITIES}
    figure["annotations"] = titles[QUANTITIES[0].name]
    menu = _selector(2, lambda quantity: {"annotations": titles[quantity.name]})
    figure["updatemenus"] = [menu | {"pad": {"b": 46}}]
    return Plot(_only_first(traces, 2), figure)


def one_run(view: RunView) -> Plot:
    """A run's statistics over the steps, a line a layer; rings: what theory expects at step 0.

    Visdom's page shows one quantity at a time, our page a small plot of each.
    """
    layers = _layers([signals(view)])
    if not layers:
        return Plot([], style.blank("no statistics yet"))
    theory = signals(view, first=True).get(EXPECTED, {})
    traces = []
    for quantity in QUANTITIES:
        for i, layer in enumerate(layers):
            traces.append(_curve(view, quantity, layer, style.colour(i)))
    rings = _rings(theory, layers)
    figure = style.layout("step (optimizer updates)", "")
    figure["meta"] = axes_of("number", title="inside the layers", panels=_panels(layers, theory))
    figure["legend"] |= {"groupclick": "toggleitem"}
    figure["margin"] |= {"t": 34}
    figure["yaxis"] |= _axis(QUANTITIES[0])
    figure["updatemenus"] = [
        _selector(len(layers), lambda q: {f"yaxis.{k}": v for k, v in _axis(q).items()}, extra=1)
    ]
    return Plot([*_only_first(traces, len(layers)), rings], figure)


def _panels(layers: list[str], theory: dict[str, float]) -> list[dict[str, Any]]:
    """The small plots that our page makes of a run's statistics, with the names of their lines."""
    panels: list[dict[str, Any]] = [
        {
            "title": quantity.title,
            "kind": "decades" if quantity.log else "share",
            "series": [[quantity.series(layer), layer] for layer in layers],
        }
        for quantity in QUANTITIES
    ]
    if theory:
        spread = QUANTITIES[0]
        panels[0]["title"] += " (○ theory)"
        panels[0]["rings"] = {spread.series(layer): theory[layer] for layer in theory}
    return panels


def _curve(view: RunView, quantity: Quantity, layer: str, colour: str) -> dict[str, Any]:
    line = view.lines.get(quantity.series(layer))
    xs, ys = line.drawn() if line else (np.empty(0), np.empty(0))
    if quantity.log:
        xs, ys = xs[ys > 0], ys[ys > 0]  # a logarithmic axis has no place for 0
    trace = {
        "type": "scatter",
        "mode": "lines",
        "x": xs.tolist(),
        "y": style.numbers(ys),
        "name": style.plain(layer),
        "legendgroup": quantity.name,
        "line": {"color": colour, "width": 2},
        "hovertemplate": f"{style.plain(layer)}, step %{{x}}: %{{y:.3g}}<extra></extra>",
    }
    return marked(trace, size=5) | of_run(view, "line", quantity.series(layer))


def _rings(theory: dict[str, float], layers: list[str]) -> dict[str, Any]:
    """Theory's spread at step 0, a ring of each layer's colour."""
    spreads = [(i, theory[layer]) for i, layer in enumerate(layers) if theory.get(layer, 0) > 0]
    colours = [style.colour(i) for i, _ in spreads]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [0] * len(spreads),
        "y": style.numbers(np.array([value for _, value in spreads])),
        "name": "theory",
        "legendgroup": EXPECTED,
        "marker": {"symbol": "circle-open", "size": 12, "color": colours, "line": {"width": 1.5}},
        "hovertemplate": "expected at step 0: %{y:.3g}<extra></extra>",
    }


def _selector(each: int, layout_of: Any, extra: int = 0) -> dict[str, Any]:
    """Buttons that show the `each` traces of one quantity (and the `extra` ones with the first)."""
    entries = []
    for place, quantity in enumerate(QUANTITIES):
        visible = [i // each == place for i in range(each * len(QUANTITIES))] if each else []
        visible += [place == 0] * extra
        entries.append(
            {
                "label": quantity.button,
                "method": "update",
                "args": [{"visible": visible}, layout_of(quantity)],
            }
        )
    return style.buttons(entries)


def _only_first(traces: list[dict[str, Any]], each: int) -> list[dict[str, Any]]:
    return [trace | {"visible": i < each} for i, trace in enumerate(traces)]


def _axis(quantity: Quantity) -> dict[str, Any]:
    """The y axis of a run's curves."""
    ends: dict[str, Any] = {"autorange": True, "range": None}
    if not quantity.log:
        ends = {"autorange": False, "range": [-0.02, 1.02]}
    title = {"text": quantity.title, "standoff": 8, "font": {"size": 12, "color": style.FAINT}}
    return {"type": "log" if quantity.log else "linear", "title": title, **ends}


def _layers(signal_sets: Iterable[Signals]) -> list[str]:
    """Every layer's name in forward order; the outputs come last."""
    names: dict[str, None] = {}
    for at in signal_sets:
        for quantity in ("gradient_norm", "preactivation_std"):  # one of them is known of all
            names.update(dict.fromkeys(at.get(quantity, {})))
    return sorted(names, key=lambda name: name == "out")


def _short(label: str) -> str:
    return label if len(label) <= MOST_LABEL else label[: MOST_LABEL - 1] + "…"
