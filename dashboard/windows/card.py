"""Draws a run's card: its verdict and why, its result and rank, and what differs from the best.

Carries the model that our page works from, as `dashboard.windows.answer` does for all runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.runs.comparison import Group, groups, ranking
from dashboard.runs.experiment import Experiment
from dashboard.runs.forecast_record import Tally, forecast_record
from dashboard.runs.measures import measures
from dashboard.runs.metric import number
from dashboard.runs.once import once_known
from dashboard.runs.run_view import RunView
from dashboard.runs.standing import standing
from dashboard.runs.verdict import Verdict, verdicts
from dashboard.windows import html, page_model, style
from dashboard.windows.content import Html
from dashboard.windows.forecasts import forecast_sentence
from dashboard.windows.html import tag
from dashboard.windows.page_model import plain, significant
from dashboard.windows.text import cell
from dashboard.windows.why import why_words


def card(experiment: Experiment, view: RunView) -> Html:
    """The card as text, and the page's model of this run."""
    verdict = verdicts(experiment)[experiment.runs.index(view)]
    model = card_model(experiment, view, verdict)
    run = model["run"]
    result = tag("p", f"{experiment.metric.text} {number(run['result'])}, {_rank(model)}")
    forecast = tag("p", model["forecast"]) if model["forecast"] else ""
    rows = [[d["key"], cell(d["mine"]), cell(d["best"])] for d in model["differs"]]
    table = html.table(["differs", "here", "in the best run"], rows) if rows else ""
    return Html(
        page_model.embedded(model, html.join([why_words(verdict), forecast, result, table]))
    )


def card_model(experiment: Experiment, view: RunView, verdict: Verdict) -> dict[str, Any]:
    """What the page knows of the run, its neighbours, its rank and the best run."""
    place = experiment.runs.index(view)
    seed_groups = groups(experiment)
    number, group = _places(experiment)[view.name]
    looks = _looks(experiment)
    run = page_model.run_model(
        experiment,
        looks,
        measures(experiment),
        view,
        verdict,
        number,
        group,
    )
    run["settings"] = {key: plain(value) for key, value in view.config.items()}
    several = any(len(each.runs) > 1 for each in seed_groups)
    order = _ranking(experiment)
    rank = next((i for i, (_, each) in enumerate(order, 1) if view in each.runs), None)
    places = _ranks(experiment).get(group) if several else None
    best = order[0][1].first if order else None
    return {
        "kind": "run",
        "experiment": view.experiment,
        "environment": run["environment"],
        "compare": experiment.environment,
        "run": run,
        "previous": _neighbour(experiment, place - 1),
        "next": _neighbour(experiment, place + 1),
        "forecast": forecast_sentence(view, _forecast_record(experiment)),
        "rank": rank,
        "places": places,
        "of": len(seed_groups),
        "differs": _differences(looks, view, best) if best and rank != 1 else [],
        "best": best and {
            "name": best.name, "environment": best.environment,
            "result": significant(best.result(experiment.metric.name)),
        },
        "metric": experiment.metric.as_json(),
        "looks": {"light": page_model.palette.LIGHT, "dark": page_model.palette.DARK,
                  "dashes": page_model.palette.DASHES, "markers": page_model.palette.MARKERS},
    }  # fmt: skip


def _differences(looks: style.Looks, view: RunView, best: RunView) -> list[dict[str, Any]]:
    """The settings in which the run differs from the best; a seed only where nothing else does."""
    return [
        {"key": key, "mine": plain(view.config.get(key)), "best": plain(best.config.get(key))}
        for key in looks.keys
        if repr(view.config.get(key)) != repr(best.config.get(key))
    ]


def _neighbour(experiment: Experiment, place: int) -> dict[str, str] | None:
    if not 0 <= place < len(experiment.runs):
        return None
    view = experiment.runs[place]
    return {"name": view.name, "environment": view.environment}


def _rank(model: dict[str, Any]) -> str:
    if not model["rank"]:
        return "not ranked yet"
    first, last = model["places"] or (model["rank"], model["rank"])
    return f"place {first if first == last else f'{first}–{last}'} of {model['of']}"


@once_known
def _places(experiment: Experiment) -> dict[str, tuple[int, int]]:
    """Every run's number and the place of its group, by its name."""
    numbers = experiment.numbers()
    pairs = enumerate(groups(experiment))
    return {view.name: (numbers[view.name], i) for i, group in pairs for view in group.runs}


@once_known
def _ranks(experiment: Experiment) -> dict[int, tuple[int, int]]:
    return standing(experiment).places()


@once_known
def _ranking(experiment: Experiment) -> list[tuple[float, Group]]:
    return ranking(experiment.metric, groups(experiment))


@once_known
def _forecast_record(experiment: Experiment) -> Mapping[int, Tally]:
    return forecast_record(experiment.runs)


@once_known
def _looks(experiment: Experiment) -> style.Looks:
    return style.Looks(experiment)
