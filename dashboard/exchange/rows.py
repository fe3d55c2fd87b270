"""The leaderboard as rows of plain text, for the files that are tables of text: Markdown, LaTeX.

A row a choice of settings, over its seeds. Escapes nothing: each file has its own signs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from dashboard.runs.comparison import SEED, Group, in_order, mean_and_std
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import difference, number, plus_minus
from dashboard.runs.standing import Standing, Versus, standing, versus_best
from dashboard.runs.verdict import Verdict, verdicts
from dashboard.windows.style import key_name, short
from dashboard.windows.text import setting_text

LONGEST_SETTING = 60  # characters
NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """A choice of settings. place: "2–4" where chance may have ordered them; result: mean, and
    "± standard deviation" from two seeds on. seeds: "3", or "2 of 3" where some went wrong.
    """

    place: str
    settings: list[str]
    result: str
    seeds: str
    delta: str
    verdict: str


@dataclass(frozen=True)
class Leaderboard:
    """keys: the settings that differ, as a person reads them. metric: what is compared."""

    keys: list[str]
    metric: str
    goal: str
    rows: list[Row]


def leaderboard(experiment: Experiment) -> Leaderboard:
    """The choices that are compared, the best first, then those that are not."""
    state = standing(experiment)
    beside = versus_best(state)
    keys = [key for key in experiment.varied() if key != SEED]
    pairs = zip(experiment.runs, verdicts(experiment), strict=True)
    verdict_of = {view.name: verdict for view, verdict in pairs}
    rest = [i for i in range(len(state.groups)) if i not in state.order]
    order = {id(group): i for i, group in enumerate(in_order(experiment.metric, state.groups))}
    rest.sort(key=lambda i: order[id(state.groups[i])])
    rows = [
        Row(
            place=_place(beside.get(i)),
            settings=_settings(state.groups[i], keys),
            result=_result(state, i),
            seeds=_seeds(state, i),
            delta=_delta(beside.get(i), best=i == state.order[0] if state.order else False),
            verdict=_verdict([verdict_of[view.name] for view in state.groups[i].runs]),
        )
        for i in [*state.order, *rest]
    ]
    names = [key_name(key) for key in keys] or ["run"]
    return Leaderboard(names, experiment.metric.text, experiment.metric.goal, rows)


def _place(beside: Versus | None) -> str:
    if beside is None:
        return NOTHING
    one = beside.first == beside.last
    return str(beside.first) if one else f"{beside.first}–{beside.last}"


def _settings(group: Group, keys: list[str]) -> list[str]:
    if not keys:
        return [group.first.name]
    return [short(setting_text(group.first.config.get(key)), LONGEST_SETTING) for key in keys]


def _result(state: Standing, group: int) -> str:
    mean, std = mean_and_std([*state.values[group].values()])
    if mean is None or std is None:
        return number(mean)
    return f"{number(mean)} {plus_minus(mean, std)}"


def _seeds(state: Standing, group: int) -> str:
    seeds, runs = len(state.values[group]), len(state.groups[group].runs)
    return str(seeds) if seeds == runs else f"{seeds} of {runs}"


def _delta(beside: Versus | None, best: bool) -> str:
    """The difference from the best with its 95 % interval, where there are seeds to tell one."""
    if beside is None or best:
        return NOTHING
    text = difference(beside.delta)
    has_interval = beside.low == beside.low
    return f"{text} [{difference(beside.low)}, {difference(beside.high)}]" if has_interval else text


def _verdict(of_seeds: list[Verdict]) -> str:
    """The commonest verdict of the seeds, and of how many where not of all."""
    kind, count = Counter(verdict.kind for verdict in of_seeds).most_common(1)[0]
    if len(of_seeds) == 1:
        return of_seeds[0].text
    return kind if count == len(of_seeds) else f"{kind} ({count} of {len(of_seeds)})"
