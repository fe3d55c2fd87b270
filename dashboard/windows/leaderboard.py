"""Draws the leaderboard: one row a run, or one for all seeds of the same settings, the best first.

Every row links to its runs' own environments. Makes HTML from what is known of the runs; the
verdicts' rules, the baseline and the grouping are decided elsewhere.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Mapping, Sequence

from dashboard.record.states import LOUDEST_FIRST, STATES
from dashboard.runs.comparison import SEED, Baseline, Group, groups, in_order, mean_and_std
from dashboard.runs.experiment import Experiment
from dashboard.runs.measures import Measure, measures
from dashboard.runs.metric import Metric, difference, number, plus_minus
from dashboard.runs.run_view import SILENT_AFTER_S, RunView
from dashboard.runs.standing import Standing, standing
from dashboard.runs.verdict import Verdict, verdicts
from dashboard.windows import html
from dashboard.windows.content import Html
from dashboard.windows.html import Safe, tag
from dashboard.windows.style import STATE_COLOURS, Looks, key_name, short
from dashboard.windows.text import best_title, cell, duration

NOTHING = "–"
Row = list[object]
log = logging.getLogger(__name__)


def leaderboard(experiment: Experiment) -> Html:
    """The table with a line above it that says how far the whole plan is."""
    metric, seed_groups = experiment.metric, in_order(experiment.metric, groups(experiment))
    keys = [key for key in experiment.varied() if key != SEED]
    settings = keys or ([SEED] if SEED in experiment.varied() else ["run"])
    base = Baseline(experiment, seed_groups)
    looks = Looks(experiment)
    several = any(len(group.runs) > 1 for group in seed_groups)
    columns, marks = measures(experiment), experiment.milestones
    pairs = zip(experiment.runs, verdicts(experiment), strict=True)
    verdict_of = {view.name: verdict for view, verdict in pairs}
    state = standing(experiment) if several else None
    places = _places(state) if state else {}
    intervals = _intervals(state, base) if state else {}
    rows = []
    for place, group in enumerate(seed_groups, 1):
        rank = places.get(group.first.name, NOTHING) if state else str(place)
        try:
            row: Row = [_right(rank), *_settings(looks, group, settings)]
            row += [_seeds(group)] if several else []
            interval = intervals.get(group.first.name, "")
            row += _measured(group, base, metric, columns, marks, interval)
            rows.append([*row, _progress(group), _state(group), _verdict(group, verdict_of)])
        except Exception as why:
            # One run that holds something odd must not take the others' rows with it.
            log.info("the row of %s", group.first.name, exc_info=why)
            rows.append(
                [_right(rank), f"{short(group.first.name)}: this row cannot be shown ({why})"]
            )
    times = [f"{metric.mark(mark)} at step" for mark in marks]
    head = _head(settings, several, columns, best_title(experiment), times)
    table = html.table(head, rows, css="tb tb-board")
    return Html(html.join([tag("p", summary(experiment), css="tb-summary"), table]))


def _places(state: Standing) -> dict[str, str]:
    """Each compared group's place by its first run; shared ones as "1–3"."""
    return {
        state.groups[i].first.name: str(first) if first == last else f"{first}–{last}"
        for i, (first, last) in state.places().items()
    }


def summary(experiment: Experiment) -> str:
    """How many runs have ended and how, and when the rest will."""
    states = Counter(view.state for view in experiment.runs)
    parts = [f"{sum(v.ended for v in experiment.runs)} of {len(experiment.runs)} runs ended"]
    parts += [f"{states[state]} {state}" for state in STATE_COLOURS if states[state]]
    if not experiment.ended():
        eta = duration(experiment.eta_s())
        parts += [f"whole plan {experiment.progress():.0%}", f"ETA {eta}"]
    if experiment.reading is not None:
        parts += [f"a first look: {experiment.reading:.0%} of the record has been read"]
    return " · ".join(parts)


def _head(
    settings: Sequence[str],
    several: bool,
    columns: Sequence[Measure],
    best: str,
    marks: Sequence[str],
) -> list[Safe]:
    left = [key_name(key) for key in settings] + (["seeds"] if several else [])
    first, *others = [_titles(column) for column in columns]
    rest = [title for titles in others for title in titles]
    right = [*first, "Δ baseline", best, *rest, *marks, "images/s"]
    ends = ["progress", "state", "verdict"]
    return [
        _th("#", "tb-num"),
        *map(_th, left),
        *(_th(t, "tb-num") for t in right),
        *map(_th, ends),
    ]


def _titles(column: Measure) -> list[str]:
    return [short(column.title), *(["published"] if column.published is not None else [])]


def _th(text: str, css: str = "") -> Safe:
    return tag("th", text, css=css)


def _right(value: object, css: str = "") -> Safe:
    return tag("td", value, css=f"tb-num {css}".strip())


def _settings(looks: Looks, group: Group, keys: Sequence[str]) -> list[object]:
    """The group's settings, the first one with its colour and the link to its (first) run."""
    view = group.first
    texts = [short(view.name) if key == "run" else cell(view.config.get(key)) for key in keys]
    swatch = tag("i", css="tb-swatch", style=f"background:{looks.colour(view)}")
    return [html.join([swatch, _link(view, texts[0])]), *texts[1:]]


def _seeds(group: Group) -> Safe:
    """A link for every seed."""
    links = (_link(view, cell(view.config.get(SEED))) for view in group.runs)
    return html.join(piece for link in links for piece in (link, " "))


def _link(view: RunView, text: str) -> Safe:
    return html.link_to_environment(view.environment, text)


def _measured(
    group: Group,
    base: Baseline,
    metric: Metric,
    columns: Sequence[Measure],
    marks: Sequence[float],
    interval: str,
) -> Row:
    speeds = [view.images_per_s() for view in group.runs if view.images_per_s() > 0]
    first, *others = columns
    return [
        _right(_spread(group.latest(first.series)), "tb-main"),
        *_published(first),
        tag("td", _delta(group, base), css="tb-num", title=interval),
        _right(_best(group, metric)),
        *(each for column in others for each in _result(group, column)),
        *(_right(_reached(group, metric, mark)) for mark in marks),
        _right(f"{sum(speeds) / len(speeds):,.0f}" if speeds else NOTHING),
    ]


def _result(group: Group, column: Measure) -> list[object]:
    return [_right(number(mean_and_std(group.latest(column.series))[0])), *_published(column)]


def _published(column: Measure) -> list[object]:
    return [] if column.published is None else [_right(number(column.published))]


def _spread(values: Sequence[float]) -> Safe:
    mean, std = mean_and_std(values)
    if mean is None or std is None:
        return html.escape(number(mean))
    return html.join([number(mean), tag("small", f" {plus_minus(mean, std)} ({len(values)})")])


def _delta(group: Group, base: Baseline) -> object:
    if base.holds(group):
        return tag("small", "baseline")
    value = base.last_difference(group)
    return NOTHING if value is None else difference(value)


def _intervals(state: Standing, base: Baseline) -> dict[str, str]:
    """The interval of each group's difference from the baseline's, by the name of its first run."""
    seed_groups = [state.groups[i] for i in state.order]
    other = next((row for row, group in enumerate(seed_groups) if base.holds(group)), None)
    if other is None:
        return {}
    return {
        group.first.name: _interval(state, row, other)
        for row, group in enumerate(seed_groups)
        if row != other
    }


def _interval(state: Standing, row: int, other: int) -> str:
    """What seeds tell of the difference between two rows; nothing where they cannot."""
    if not math.isfinite(state.gaps.low[row, other]):
        return ""
    gaps, n = state.gaps, int(state.gaps.n[row, other])
    low, high = difference(float(gaps.low[row, other])), difference(float(gaps.high[row, other]))
    if not gaps.is_paired[row, other]:
        return f"95 % interval {low} to {high} (Welch's t-test: the seeds are not the same)"
    better = (gaps.higher if state.goal == "max" else gaps.lower)[row, other]
    return f"95 % interval {low} to {high} (paired t-test), better on {better} of {n} seeds"


def _best(group: Group, metric: Metric) -> object:
    """The best result of all evaluations and its epoch: the means over the seeds."""
    ends = [(best, view.epoch_at(best[1])) for view in group.runs if (best := view.best(metric))]
    if not ends:
        return NOTHING
    result = sum(best[0] for best, _ in ends) / len(ends)
    epochs = [epoch for _, epoch in ends if epoch is not None]
    epoch = f" ({sum(epochs) / len(epochs):.3g})" if epochs else ""
    return html.join([number(result), tag("small", epoch)])


def _reached(group: Group, metric: Metric, mark: float) -> object:
    """The step and the seconds at which the mark was reached, as a mean of the seeds that did."""
    hits = [hit for view in group.runs if (hit := view.reached(metric, mark))]
    if not hits:
        return NOTHING
    step = sum(step for step, _ in hits) / len(hits)
    seconds = sum(seconds for _, seconds in hits) / len(hits)
    some = f" {len(hits)}/{len(group.runs)}" if len(hits) < len(group.runs) else ""
    return html.join([f"{step:,.0f}", tag("small", f" · {duration(seconds)}{some}")])


def _progress(group: Group) -> Safe:
    """A bar, and beside it the share done and the time that is left or that it took."""
    shares = [1.0 if view.state == "done" else view.progress for view in group.runs]
    share = sum(shares) / len(shares)
    etas = [eta for view in group.runs if (eta := view.eta_s()) is not None]
    took = [view.ended_s - view.started_s for view in group.runs
            if view.ended_s and view.started_s]  # fmt: skip
    text = f"{share:.0%}"
    if etas:
        text += f" · {duration(max(etas))} left"
    elif took and len(took) == len(group.runs):
        text = f"{text} in {duration(sum(took))}" if share < 1 else f"in {duration(sum(took))}"
    fill = tag("i", style=f"width:{share:.0%}")
    return html.join([tag("span", fill, css="tb-bar"), tag("small", text)])


def _state(group: Group) -> Safe:
    """The state in words, with a sign for the bad ones and how long a run has been silent."""
    states = Counter(view.state for view in group.runs)
    silent_s = max(view.silent_s() for view in group.runs)
    if silent_s > SILENT_AFTER_S:
        return _word("failed", f"no sign for {silent_s:.0f} s", "running, but it records nothing")
    state = next(state for state in LOUDEST_FIRST if states[state])
    part = f" {states[state]}/{len(group.runs)}" if states[state] < len(group.runs) else ""
    errors = [view.error for view in group.runs if view.error]
    return _word(state, f"{STATES[state].sign} {state}{part}".strip(), "; ".join(errors))


def _verdict(group: Group, verdict_of: Mapping[str, Verdict]) -> Safe:
    """The commonest verdict of the group's seeds, its evidence on hovering."""
    all_verdicts = [verdict_of[view.name] for view in group.runs]
    kinds = Counter(v.kind for v in all_verdicts)
    kind, count = kinds.most_common(1)[0]
    first = next(v for v in all_verdicts if v.kind == kind)
    part = f" {count}/{len(all_verdicts)}" if count < len(all_verdicts) else ""
    text = first.text if len(all_verdicts) == 1 else first.kind + part
    css = "tb-bad" if first.doomed else "tb-good" if first.kind == "healthy" else "tb-warn"
    return tag("td", text, css=css, title=first.evidence)


def _word(state: str, text: str, why: str) -> Safe:
    return tag("b", text, style=f"color:{STATE_COLOURS[state]}", title=why)
