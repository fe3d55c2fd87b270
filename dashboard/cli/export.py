"""Writes an experiment into files that other programs read: CSV, JSON and standalone plots.

The numbers are the record's own, every point of them; the plots are those of the compare page,
with plotly.js beside them, so that they open without a network. Changes nothing in the record.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dashboard.errors import UserError
from dashboard.runs.comparison import Baseline, groups
from dashboard.runs.experiment import Experiment
from dashboard.runs.forecast import STAGES, forecasts
from dashboard.runs.run_view import MILESTONES, RunView
from dashboard.runs.verdict import Verdict, verdicts
from dashboard.server.plotly_file import plotly_file
from dashboard.windows.content import Plot
from dashboard.windows.html import escape
from dashboard.windows.table import compare_windows
from dashboard.windows.text import setting_text

PLOTLY = "plotly.min.js"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<script src="{plotly}"></script>
<style>html, body, #plot {{ height: 100%; margin: 0; }}</style>
<div id="plot"></div>
<script id="figure" type="application/json">{figure}</script>
<script>
  const figure = JSON.parse(document.getElementById("figure").textContent);
  Plotly.newPlot("plot", figure.data, figure.layout, {{ responsive: true, displaylogo: false }});
</script>
</html>
"""


class ExportError(UserError):
    """The files cannot be written there; the message is one sentence."""


def export(experiment: Experiment, folder: Path) -> list[str]:
    """Write everything into `folder`, which is made, and must be empty; the names of the files.

    leaderboard.csv: one row a run. series.csv: one row for each run and step, a column for each
    series; an empty cell where a series has no point. settings.json: the experiment and its runs.
    One .html for each plot of the compare page. Raises ExportError, or AssetError without plotly.
    """
    _check(folder)
    plotly = plotly_file()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_csv(folder / "leaderboard.csv", _leaderboard(experiment))
        _write_csv(folder / "series.csv", _series(experiment))
        settings = json.dumps(_settings(experiment), indent=2)
        (folder / "settings.json").write_text(settings + "\n", encoding="utf-8")
        shutil.copyfile(plotly, folder / PLOTLY)
        for name, page in _plots(experiment):
            (folder / f"{name}.html").write_text(page, encoding="utf-8")
    except OSError as why:
        raise ExportError(f"--to {folder} cannot be written: {why.strerror or why}") from why
    return sorted(path.name for path in folder.iterdir())


def _check(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"--to {folder} is a file: name a folder that is empty or not there yet")
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if there:
        more = f" and {len(there) - 3} more" if len(there) > 3 else ""
        raise ExportError(
            f"--to {folder} is not empty (it holds {', '.join(there[:3])}{more}): "
            "name a folder that is empty or not there yet"
        )


def _write_csv(path: Path, rows: Iterator[list[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def _parameters(experiment: Experiment) -> list[str]:
    return list(dict.fromkeys(key for view in experiment.runs for key in view.config))


def _leaderboard(experiment: Experiment) -> Iterator[list[Any]]:
    """The head, then every run, the best test accuracy first."""
    keys = _parameters(experiment)
    base = Baseline(experiment, groups(experiment))
    pairs = zip(experiment.runs, verdicts(experiment), strict=True)
    rows = [(view, _figures(view, base, verdict)) for view, verdict in pairs]
    rows.sort(key=lambda row: -(row[1]["test_accuracy"] or 0.0))
    yield ["rank", "run", *(f"param.{key}" for key in keys), *(rows[0][1] if rows else ())]
    for rank, (view, figures) in enumerate(rows, 1):
        values = [setting_text(view.config.get(key)) for key in keys]
        yield [rank, view.name, *values, *figures.values()]


def _figures(view: RunView, base: Baseline, verdict: Verdict) -> dict[str, Any]:
    """What the leaderboard shows of a run, unrounded; None where there is nothing."""
    differences = base.difference(view).values
    accuracy, step = view.best or (None, None)
    row: dict[str, Any] = {
        "test_accuracy": view.latest("test_accuracy"),
        "delta": float(differences[-1]) if len(differences) else None,
        "best_accuracy": accuracy,
        "best_step": step,
        "test_loss": view.latest("test_loss"),
    }
    for mark in MILESTONES:
        row[f"steps_to_{mark:g}"], row[f"seconds_to_{mark:g}"] = view.reached.get(mark, (None,) * 2)
    row |= {"images_per_s": view.images_per_s(), "steps": view.step, "state": view.state}
    row |= {"error": view.error, "verdict": verdict.text, "evidence": verdict.evidence}
    of_stage = {made.stage: made for made in forecasts(view)}
    for stage in STAGES:
        made = of_stage.get(stage)
        row[f"forecast_at_{stage}_percent"] = made.kind if made else None
        row[f"probability_at_{stage}_percent"] = round(made.probability, 4) if made else None
    return row


def _series(experiment: Experiment) -> Iterator[list[Any]]:
    """The head, then a row for every step of every run that has a point of any series."""
    keys = _parameters(experiment)
    names = list(dict.fromkeys(name for view in experiment.runs for name in view.lines))
    yield ["run", *(f"param.{k}" for k in keys), "step", *(f"metric.{name}" for name in names)]
    for view in experiment.runs:
        steps: dict[int, dict[str, float]] = {}
        for points in experiment.record.reread(view.id)[0]:
            for step, value in zip(points.steps.tolist(), points.values.tolist(), strict=True):
                steps.setdefault(step, {})[points.series] = value
        settings = [view.name, *(setting_text(view.config.get(key)) for key in keys)]
        for step in sorted(steps):
            yield [*settings, step, *(steps[step].get(name) for name in names)]


def _settings(experiment: Experiment) -> dict[str, Any]:
    return {
        "experiment": experiment.name,
        "settings": experiment.record.settings,
        "shared": experiment.shared(),
        "varied": experiment.varied(),
        "runs": [asdict(view.row) for view in experiment.runs],
    }


def _plots(experiment: Experiment) -> Iterator[tuple[str, str]]:
    for name, window in compare_windows(experiment).items():
        content = window.draw(experiment)
        if isinstance(content, Plot):
            figure = json.dumps(content.packet(), allow_nan=False).replace("<", "\\u003c")
            title = escape(f"{experiment.name}: {window.title}")
            yield name, PAGE.format(title=title, plotly=PLOTLY, figure=figure)
