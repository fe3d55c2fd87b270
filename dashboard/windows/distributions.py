"""Draws how the numbers inside a run's layers are distributed, evaluation after evaluation.

A row of heat maps for each layer: pre-activations, gradients, weights; across the steps, upwards
the values, on the bins that the run fixed at its start (`trainers.measure.distribution`). Beside
the pre-activations stands what theory expects of them at step 0: a normal distribution of the
recorded `expected_std`. What the numbers mean is judged by `dashboard.runs.verdict`.
"""

from __future__ import annotations

import json
from typing import Any

from dashboard.runs.facts import signals
from dashboard.runs.run_view import RunView
from dashboard.windows import style
from dashboard.windows.content import Plot
from dashboard.windows.distribution_map import TITLES, Counts, Evaluation, Place, heat_map
from dashboard.windows.quantity import EXPECTED

DISTRIBUTION = "distribution"
MOST_LAYERS = 12
ROW_PX, TOP_PX, BOTTOM_PX = 124, 16, 44
LINES = "SELECT step, body FROM media WHERE run = ? AND name = ? ORDER BY step, id"


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
            place = Place(i, j, len(layers), len(columns))
            parts = heat_map(evaluations, layer, kind, place, theory.get(layer))
            if parts is None:
                continue
            maps, axes, note = parts
            traces += maps
            figure |= axes
            figure["annotations"].append(note)
    return Plot(traces, figure)


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
