"""Writes an experiment into files that other programs read: CSV, JSON and plots as HTML pages.

The numbers are the record's own, every point of them; the plots are those of the compare page,
with plotly.js beside them, so that they open without a network. Changes nothing in the record.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dashboard.board.scene import reason
from dashboard.runs.comparison import SEED, Baseline, Group, groups, in_order, mean_and_std
from dashboard.runs.experiment import Experiment
from dashboard.runs.forecast import STAGES, forecasts
from dashboard.runs.lineage import threads
from dashboard.runs.measures import Measure, measures
from dashboard.runs.run_view import RunView
from dashboard.runs.standing import Standing, standing, versus_best
from dashboard.runs.verdict import Verdict, verdicts
from dashboard.server.plotly_file import plotly_file
from dashboard.windows.advice import conclusions_with_advice
from dashboard.windows.compare_windows import compare_windows
from dashboard.windows.content import Plot
from dashboard.windows.html import escape
from dashboard.windows.steering import steering
from dashboard.windows.style import plain
from dashboard.windows.text import setting_text
from dashboard.windows.why import why_model

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


def write_csv(experiment: Experiment, folder: Path) -> list[str]:
    """Write leaderboard.csv, one row a run; groups.csv, one row for all seeds of the same settings,
    with its difference from the best and the interval of it; and series.csv, one row for each run
    and step, a column for each series: an empty cell where a series has no point.
    """
    _write_csv(folder / "leaderboard.csv", _leaderboard(experiment))
    _write_csv(folder / "groups.csv", _groups(experiment, standing(experiment)))
    _write_csv(folder / "series.csv", _series(experiment))
    return []


def write_json(experiment: Experiment, folder: Path) -> list[str]:
    """Write settings.json: the experiment, its runs, how their groups stand and what was decided of
    them; and verdicts.json: of each run its verdict, the numbers behind it and what to try.
    """
    settings = json.dumps(_settings(experiment), indent=2)
    (folder / "settings.json").write_text(settings + "\n", encoding="utf-8")
    reasons = json.dumps(_verdicts(experiment), indent=2, ensure_ascii=False)
    (folder / "verdicts.json").write_text(reasons + "\n", encoding="utf-8")
    return []


def write_html(experiment: Experiment, folder: Path) -> list[str]:
    """Write a page for each plot of the compare page, and plotly.js beside them.

    Raises AssetError without it.
    """
    shutil.copyfile(plotly_file(), folder / PLOTLY)
    for name, page in _plots(experiment):
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return []


def _write_csv(path: Path, rows: Iterator[list[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def _parameters(experiment: Experiment) -> list[str]:
    return list(dict.fromkeys(key for view in experiment.runs for key in view.config))


def _leaderboard(experiment: Experiment) -> Iterator[list[Any]]:
    """The head, then every run, the best first, those that went wrong last."""
    keys, metric, fields = _parameters(experiment), experiment.metric, measures(experiment)
    base = Baseline(experiment, groups(experiment))
    verdict_of = dict(
        zip((view.name for view in experiment.runs), verdicts(experiment), strict=True)
    )
    rows = [
        (group.first, _figures(experiment, group.first, base, fields, verdict_of[group.first.name]))
        for group in in_order(metric, [Group([view]) for view in experiment.runs])
    ]
    yield ["rank", "run", *(f"param.{key}" for key in keys), *(rows[0][1] if rows else ())]
    for rank, (view, figures) in enumerate(rows, 1):
        values = [setting_text(view.config.get(key)) for key in keys]
        yield [rank, view.name, *values, *figures.values()]


def _figures(
    experiment: Experiment,
    view: RunView,
    base: Baseline,
    fields: Sequence[Measure],
    verdict: Verdict,
) -> dict[str, Any]:
    """What the leaderboard shows of a run, unrounded; None where there is nothing."""
    metric, differences = experiment.metric, base.difference(view).values
    best, step = view.best(metric) or (None, None)
    first, *others = fields
    row: dict[str, Any] = {
        first.series: view.result(first.series),
        "delta": float(differences[-1]) if len(differences) else None,
        "best": best,
        "best_step": step,
    }
    row |= {each.series: view.result(each.series) for each in others}
    row |= {f"published.{each.series}": each.published for each in fields if each.published}
    for mark in experiment.milestones:
        hit = view.reached(metric, mark) or (None, None)
        row[f"steps_to_{mark:g}"], row[f"seconds_to_{mark:g}"] = hit
    row |= {"images_per_s": view.images_per_s(), "steps": view.step, "state": view.state}
    row["threads"] = threads(view)
    remedy = verdict.remedy
    return row | {
        "error": view.error,
        "verdict": verdict.text,
        "evidence": verdict.evidence,
        "remedy": remedy.says if remedy else "",
        "remedy_settings": json.dumps(dict(remedy.settings)) if remedy else "",
        **_foreseen(view),
    }


def _foreseen(view: RunView) -> dict[str, Any]:
    """What was forecast at each stage, and how probable it was that the run learns."""
    of_stage = {forecast.stage: forecast for forecast in forecasts(view)}
    cells: dict[str, Any] = {}
    for stage in STAGES:
        forecast = of_stage.get(stage)
        cells[f"forecast_at_{stage}_percent"] = forecast.kind if forecast else None
        cells[f"probability_at_{stage}_percent"] = (
            round(forecast.probability, 4) if forecast else None
        )
    return cells


def _groups(experiment: Experiment, state: Standing) -> Iterator[list[Any]]:
    """The head, then every group of seeds, the best first; the numbers are unrounded."""
    keys = [key for key in experiment.varied() if key != SEED]
    yield [*(f"param.{key}" for key in keys), *_standing_of(state, 0)]
    rest = [i for i in range(len(state.groups)) if i not in state.order]
    for group in [*state.order, *rest]:
        config = state.groups[group].first.config
        figures = _standing_of(state, group)
        yield [*(setting_text(config.get(key)) for key in keys), *figures.values()]


def _standing_of(state: Standing, group: int) -> dict[str, Any]:
    """How a group stands beside the best one; None where it cannot be told."""
    row, values = versus_best(state).get(group), [*state.values[group].values()]
    mean, std = mean_and_std(values)
    figures = row and {key: None if value != value else value for key, value in asdict(row).items()}
    names = ("delta", "low", "high", "p", "better", "pairs")
    return {
        "runs": len(state.groups[group].runs), "went_wrong": state.wrong_counts[group],
        "seeds": len(values), "mean": mean, "std": std,
        "place_first": row and row.first, "place_last": row and row.last,
        **{{"delta": "delta_to_best", "better": "better_on_seeds"}.get(name, name):
           figures and figures[name] for name in names},
    }  # fmt: skip


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


def _verdicts(experiment: Experiment) -> dict[str, Any]:
    """Each run's verdict by the run's name; see `dashboard.windows.why.why_model`."""
    pairs = zip(experiment.runs, verdicts(experiment), strict=True)
    return {view.name: why_model(verdict) | {"step": verdict.step} for view, verdict in pairs}


def _settings(experiment: Experiment) -> dict[str, Any]:
    state = standing(experiment)
    return {
        "experiment": experiment.name,
        "settings": experiment.record.settings,
        "shared": experiment.shared(),
        "varied": experiment.varied(),
        "metric": experiment.metric.as_json(),
        "milestones": list(experiment.milestones),
        "runs": [asdict(view.row) for view in experiment.runs],
        "conclusions": conclusions_with_advice(experiment, state),
        "steering": steering(experiment),
        "decisions": [asdict(decision) for decision in experiment.decisions],
        "groups": [
            {"run_names": [view.name for view in group.runs], **_standing_of(state, i)}
            for i, group in enumerate(state.groups)
        ],
    }


def _plots(experiment: Experiment) -> Iterator[tuple[str, str]]:
    for name, window in compare_windows(experiment).items():
        try:
            content = window.draw(experiment)
            packet = json.dumps(content.packet(), allow_nan=False)
        except Exception as why:  # what is wrong with one keeps no other from being written
            content = Plot([], {"title": {"text": plain(f"could not be drawn: {reason(why)}")}})
            packet = json.dumps(content.packet())
        if isinstance(content, Plot):
            figure = packet.replace("<", "\\u003c")
            title = escape(f"{experiment.name}: {window.title}")
            yield name, PAGE.format(title=title, plotly=PLOTLY, figure=figure)
