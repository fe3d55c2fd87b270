"""What our page is told of an experiment beside its plots: runs, settings, looks, as JSON.

The page sorts, selects and colours from this without asking again. Makes JSON values only: the
sentences are `dashboard.windows.answer`'s, what a run's card says is `dashboard.windows.card`'s.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.record.states import state_help
from dashboard.runs.comparison import SEED, Group, baseline, grid_settings, groups
from dashboard.runs.experiment import Experiment
from dashboard.runs.lineage import origin_of, rates
from dashboard.runs.measures import Measure, measures
from dashboard.runs.run_view import RunView
from dashboard.runs.standing import Standing
from dashboard.runs.verdict import Verdict
from dashboard.windows import html, palette, style
from dashboard.windows.html import Safe
from dashboard.windows.standing_model import significant, standing_model
from dashboard.windows.text import best_title
from dashboard.windows.why import why_model

# The points of all runs' clocks together: what lies between is taken as even.
TIMES, FEWEST_TIMES = 640, 8

LONGEST_VALUE = 200  # characters of a setting's value; it is sent with every run that has it

# The columns of the leaderboard: title, and what the number is and how to read it.
# What speaks of the metric has its words put in by `columns`.
COLUMNS: dict[str, tuple[str, str]] = {
    "number": ("run", "The run's number, in the order of the plan. Its tick shows it everywhere."),
    "result": ("{title}", "{says} {aim} With several seeds: their mean ± sample standard "
               "deviation, and how many there are."),
    "rank": ("place", "Groups whose 95 % intervals of the difference include 0 share their places. "
             "Each pair goes by its own interval; what is called real above allows for all."),
    "seeds": ("seeds", "The result of each seed as a dot, all rows on one scale; the line is their "
              "mean."),
    "state": ("state", f"{state_help()}. A bar shows how much of it is done."),
    "verdict": ("verdict", "What the statistics inside the layers say of the run, by fixed "
                "rules. Click it for the numbers behind it."),
    "delta": ("Δ", "{text} minus the baseline's at the same step, seed paired with seed: "
              "both saw the same batches. Below 0 is {below}. With several seeds its tooltip has "
              "the 95 % interval (paired t-test). Click the mark of a row to make it the "
              "baseline."),
    "best": ("{best}", "The best {text} of all evaluations, and the epoch of it where it is "
             "known."),
    "reached": ("steps to {mark}", "The first evaluation at which the {text} was as good: the "
                "step, and the seconds of training until then."),
    "speed": ("images/s", "Training images a second over the last seconds; for an ended run over "
              "all of it."),
    "eta": ("time", "Time left at the present speed while a run trains; how long it took after."),
}  # fmt: skip


def columns(experiment: Experiment) -> dict[str, dict[str, str]]:
    """The title of every column and how to read it."""
    metric, (first, *_) = experiment.metric, measures(experiment)
    up = metric.goal == "max"
    words = {
        "{title}": style.short(first.title, 24), "{says}": first.says, "{text}": metric.text,
        "{aim}": "More is better." if up else "Less is better.",
        "{below}": "worse" if up else "better", "{best}": best_title(experiment),
    }  # fmt: skip

    def filled(text: str) -> str:
        for place, word in words.items():
            text = text.replace(place, word)
        return text

    return {
        key: {"title": filled(title), "help": _sentence(filled(says))}
        for key, (title, says) in COLUMNS.items()
    }


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def embedded(model: Mapping[str, Any], content: object) -> Safe:
    """A text window's HTML with the model in an attribute, where our page finds it."""
    text = json.dumps(model, allow_nan=False, separators=(",", ":"))
    # In single quotes, for JSON is full of double ones.
    text = text.replace("&", "&amp;").replace("'", "&#39;").replace("<", "&lt;")
    return Safe(f"<div class='tb-model' data-model='{text}'>{html.escape(content)}</div>")


def experiment_model(
    experiment: Experiment, run_verdicts: Sequence[Verdict], state: Standing
) -> dict[str, Any]:
    """All that the page knows of the runs and of what differs between them.

    run_verdicts: the verdict of every run, in the order of `experiment.runs`.
    """
    seed_groups = groups(experiment)
    first = baseline(experiment)
    looks, all_measures = style.Looks(experiment), measures(experiment)
    number = experiment.numbers()
    group_of = {view.name: i for i, group in enumerate(seed_groups) for view in group.runs}
    return {
        "kind": "compare",
        "experiment": experiment.name,
        "environment": experiment.environment,
        "settings": settings(experiment),
        "shared": {key: plain(value) for key, value in experiment.shared().items()},
        "grid": grid_settings(experiment),
        "metric": experiment.metric.as_json(),
        "measures": [
            {"name": each.series, "title": each.title, "help": each.says, "goal": each.goal,
             "published": each.published}
            for each in all_measures
        ],
        "standing": standing_model(state),
        "milestones": list(experiment.milestones),
        "baseline": first.name if first else None,
        "looks": {"light": palette.LIGHT, "dark": palette.DARK,
                  "dashes": palette.DASHES, "markers": palette.MARKERS},
        "progress": round(experiment.progress(), 4),
        "eta_s": finite(experiment.eta_s()),
        "reading": experiment.reading,
        "columns": columns(experiment),
        "runs": [
            run_model(
                experiment, looks, all_measures, view, verdict,
                number[view.name], group_of[view.name],
            )
            for view, verdict in zip(experiment.runs, run_verdicts, strict=True)
        ],
    }  # fmt: skip


def run_model(
    experiment: Experiment,
    looks: style.Looks,
    all_measures: Sequence[Measure],
    view: RunView,
    verdict: Verdict,
    number: int,
    group: int,
) -> dict[str, Any]:
    """One run's row; numbers that are not known, or not finite, are None."""
    row = view.row
    keys = [*dict.fromkeys([*experiment.varied(), SEED])]
    metric, marks = experiment.metric, experiment.milestones
    best = view.best(metric) or (None, None)
    hits = {mark: hit for mark in marks if (hit := view.reached(metric, mark))}
    per_epoch = row.steps_per_epoch
    clock = view.clock(max(FEWEST_TIMES, TIMES // max(1, len(experiment.runs))))
    return {
        "number": number,
        "name": view.name,
        "experiment": view.experiment,
        "environment": view.environment,
        "label": looks.full_label(view),
        "config": {key: plain(view.config[key]) for key in keys if key in view.config},
        "group": group,
        "state": row.state,
        "error": row.error,
        "step": view.step,
        "steps_per_epoch": per_epoch,
        **({"epoch_shift": round(view.epoch_shift, 4)} if view.epoch_shift else {}),
        "result": significant(view.result(metric.name)),
        "best": significant(best[0]),
        "best_step": best[1],
        "measured": [significant(view.result(each.series)) for each in all_measures],
        "reached": {f"{mark:g}": [step, finite(s)] for mark, (step, s) in hits.items()},
        "images_per_s": finite(view.images_per_s(), 1),
        "progress": 1.0 if row.state == "done" else round(view.progress, 4),
        "eta_s": finite(view.eta_s(), 1),
        "seconds": finite(clock[-1][1] if clock else None, 2),
        "silent_s": finite(view.silent_s(), 1),
        "clock": [[step, round(seconds, 2)] for step, seconds in clock],
        "verdict": why_model(verdict),
        "rates": [list(change) for change in rates(view)],
        "fork": origin_of(view),
    }  # fmt: skip


def settings(experiment: Experiment) -> list[dict[str, Any]]:
    """The settings that differ, each with its values and the places of their looks."""
    entries = []
    for key in experiment.varied() or ["run"]:
        values = style.distinct(experiment, key) if key != "run" else []
        places = palette.colours(values)
        entries.append({
            "key": key,
            "text": style.short(key.replace("_", " ")),
            "values": [
                {"value": plain(value), "text": value_text(key, value), "colour": place,
                 "dash": i % len(palette.DASHES), "marker": i % len(palette.MARKERS)}
                for i, (value, place) in enumerate(zip(values, places, strict=True))
            ],
        })  # fmt: skip
    return [entry for entry in entries if entry["values"]]


def value_text(key: str, value: Any) -> str:
    """A value as a chip shows it, beside the name of its setting."""
    if isinstance(value, str):
        return style.short(value)
    return style.setting(key, value).removeprefix(f"{style.SHORT.get(key, key)} ")


def group_label(experiment: Experiment, group: Group) -> str:
    return style.Looks(experiment).label(group.first)


def plain(value: Any) -> Any:
    """A setting as JSON can hold it."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int | float | bool | None):
        return value
    if isinstance(value, list | tuple) and len(repr(value)) <= LONGEST_VALUE:
        return [plain(item) for item in value]
    text = value if isinstance(value, str) else repr(value)
    if len(text) <= LONGEST_VALUE:
        return text
    mark = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:6]  # two long ones stay two
    return f"{style.short(text, LONGEST_VALUE)} ({mark})"


def finite(value: float | None, digits: int = 6) -> float | None:
    """The number, rounded, or None where there is none that JSON could hold."""
    if value is None or not math.isfinite(value):
        return None
    return round(value, digits)
