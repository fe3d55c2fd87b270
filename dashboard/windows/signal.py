"""Draws what happens inside the networks: the `signal` windows, of all runs and of one.

Shows the statistics that `trainers/measure/signal.py` records, one quantity at a time, chosen by
buttons: for all runs heat maps of runs × layers at step 0 and now, for one run curves over the
steps with what theory expects at step 0. What the numbers mean is judged by
`dashboard.runs.verdict`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import Signals, signals
from dashboard.runs.run_view import RunView
from dashboard.windows import style
from dashboard.windows.annotation import annotation
from dashboard.windows.content import Plot
from dashboard.windows.figure import axes_of, marked, of_run
from dashboard.windows.style import Looks

# Pale enough for dark writing: blue to orange around a middle that is meant, and one hue alone.
DIVERGING = [[0.0, "#6BAED6"], [0.25, "#B5D6EA"], [0.5, "#F7F7F7"], [0.75, "#FBCFB2"],
             [1.0, "#F4A06B"]]  # fmt: skip
SEQUENTIAL = [[0.0, "#F7FBFF"], [0.5, "#C0DAEE"], [1.0, "#6BAED6"]]
MOST_WRITTEN_ROWS = 24  # with more runs a cell has no room for its number; hovering shows it
MOST_TWO_LINE_ROWS = 14  # with more, and more than MOST_WIDE_LAYERS, none for theory's beside it
MOST_WIDE_LAYERS = 6
MOST_LABEL = 44
GAP = 0.03  # between the two heat maps, as a share of the plot


class Quantity(NamedTuple):
    """One statistic. low, high: the ends of the colours, powers of ten where `log` is set."""

    name: str
    button: str
    title: str
    log: bool
    low: float
    high: float
    colours: list[list[Any]]


QUANTITIES = (
    Quantity("preactivation_std", "spread", "std of pre-activations", True, -2, 2, DIVERGING),
    Quantity("gradient_norm", "gradient", "gradient norm of the weights", True, -6, 2, SEQUENTIAL),
    Quantity("update_ratio", "update", "|update| / |weights|", True, -6, 0, DIVERGING),
    Quantity("dead_share", "dead", "share of dead units", False, 0, 1, SEQUENTIAL),
    Quantity("saturated_share", "saturated", "share of saturated units", False, 0, 1, SEQUENTIAL),
)
EXPECTED = "expected_std"


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
            trace = _heat_map(quantity, signal_sets, layers, rows, with_theory=place == 0)
            if not with_numbers:
                del trace["texttemplate"]
            traces.append(trace | {"xaxis": at, "showscale": place == 1})
    figure = style.layout("", "", showlegend=False)
    half = (1 - GAP) / 2
    figure["meta"] = {"rows": [view.name for view, _, _ in statistics]}
    figure["xaxis"] = _columns([0, half])
    figure["xaxis2"] = _columns([1 - half, 1])
    figure["yaxis"] |= style.axis("", autorange="reversed", type="category", showgrid=False)
    figure["yaxis"]["tickfont"] = {"size": 11 if with_numbers else 8}
    figure["margin"] |= {"t": 84, "b": 12}
    captions = {quantity.name: _captions(quantity, 1 - half) for quantity in QUANTITIES}
    figure["annotations"] = captions[QUANTITIES[0].name]
    menu = _selector(2, lambda quantity: {"annotations": captions[quantity.name]})
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
            "series": [[_series(quantity, layer), layer] for layer in layers],
        }
        for quantity in QUANTITIES
    ]
    if theory:
        spread = QUANTITIES[0]
        panels[0]["title"] += " (○ theory)"
        panels[0]["rings"] = {_series(spread, layer): theory[layer] for layer in theory}
    return panels


def _heat_map(
    quantity: Quantity,
    signal_sets: Sequence[Signals],
    layers: list[str],
    rows: list[str],
    *,
    with_theory: bool,
) -> dict[str, Any]:
    """The cells of one quantity; with `with_theory` the spread that theory expects beside it."""
    values = [[at.get(quantity.name, {}).get(layer) for layer in layers] for at in signal_sets]
    texts = [[number(value) for value in row] for row in values]
    theory = [[""] * len(layers) for _ in signal_sets]
    if with_theory and quantity.name == "preactivation_std":
        theories = [at.get(EXPECTED, {}) for at in signal_sets]
        theory = [[f"({number(at[x])})" if x in at else "" for x in layers] for at in theories]
    wide = len(layers) <= MOST_WIDE_LAYERS
    full = _joined(texts, theory, " ")
    if wide or len(rows) <= MOST_TWO_LINE_ROWS:
        texts = full if wide else _joined(texts, theory, "<br>")
    return {
        "type": "heatmap",
        "x": [style.plain(style.short(layer)) for layer in layers],
        "y": rows,
        "z": [[_height(quantity, value) for value in row] for row in values],
        "text": texts,
        "texttemplate": "%{text}",
        "textfont": {"color": style.INK, "size": 12 if wide else 10},
        "hovertext": full,
        "hovertemplate": f"%{{y}}<br>%{{x}}: {quantity.title} %{{hovertext}}<extra></extra>",
        "zmin": quantity.low,
        "zmax": quantity.high,
        "colorscale": quantity.colours,
        "xgap": 1,
        "ygap": 1,
        "colorbar": _colour_bar(quantity),
    }


def _joined(left: list[list[str]], right: list[list[str]], by: str) -> list[list[str]]:
    return [
        [f"{a}{by}{b}" if b else a for a, b in zip(*rows, strict=True)]
        for rows in zip(left, right, strict=True)
    ]


def _curve(view: RunView, quantity: Quantity, layer: str, colour: str) -> dict[str, Any]:
    line = view.lines.get(_series(quantity, layer))
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
    return marked(trace, size=5) | of_run(view, "line", _series(quantity, layer))


def _series(quantity: Quantity, layer: str) -> str:
    return f"signal/{quantity.name}/{layer}"


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


def _columns(domain: list[float]) -> dict[str, Any]:
    return style.axis("", domain=domain, type="category", showgrid=False, side="top")


def _captions(quantity: Quantity, right: float) -> list[dict[str, Any]]:
    """What stands above the two heat maps; `right`: where the second begins, as a share."""
    brackets = "; in brackets: theory" if quantity.name == "preactivation_std" else ""
    texts = (f"at step 0{brackets}", "at the last evaluation")
    return [
        annotation(f"<b>{quantity.title}</b> {text}", x, 1, yshift=22, font={"size": 12})
        for x, text in zip((0, right), texts, strict=True)
    ]


def _colour_bar(quantity: Quantity) -> dict[str, Any]:
    bar: dict[str, Any] = {"thickness": 10, "outlinewidth": 0, "tickfont": {"size": 10}}
    if quantity.log:
        powers = range(int(quantity.low), int(quantity.high) + 1)
        bar |= {"tickvals": list(powers), "ticktext": [f"10<sup>{p}</sup>" for p in powers]}
    return bar


def _height(quantity: Quantity, value: float | None) -> float | None:
    """Where a value stands on the scale of colours; what lies beyond an end has its colour."""
    if value is None or math.isnan(value):
        return None
    if quantity.log:
        value = math.log10(value) if value > 0 else -math.inf
    return round(min(max(value, quantity.low), quantity.high), 3)


def _layers(signal_sets: Iterable[Signals]) -> list[str]:
    """Every layer's name in forward order; the outputs come last."""
    names: dict[str, None] = {}
    for at in signal_sets:
        for quantity in ("gradient_norm", "preactivation_std"):  # one of them is known of all
            names.update(dict.fromkeys(at.get(quantity, {})))
    return sorted(names, key=lambda name: name == "out")


def _short(label: str) -> str:
    return label if len(label) <= MOST_LABEL else label[: MOST_LABEL - 1] + "…"


def number(value: float | None) -> str:
    """A statistic in as few characters as will do: 0.56, 12, 3e-6, 0, ∞, NaN."""
    if value is None:
        return ""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞"
    if value == 0:
        return "0"
    if 0.01 <= abs(value) < 1000:
        return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    digits, _, power = f"{value:.0e}".partition("e")
    return f"{digits}e{int(power)}"
