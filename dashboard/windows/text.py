"""Draws small text windows: a run's settings and predictions, what all runs share.

Makes HTML from what is known of the runs; every string is escaped by `dashboard.windows.html`.
"""

from __future__ import annotations

import math
from typing import Any

from dashboard.record.rows import Media
from dashboard.runs.experiment import Experiment
from dashboard.runs.lineage import threads
from dashboard.runs.run_view import SILENT_AFTER_S, RunView
from dashboard.windows import html
from dashboard.windows.content import Html
from dashboard.windows.html import Safe, tag
from dashboard.windows.style import STATE_COLOURS, distinct, short

MOST_CELL = 1000  # characters


def best_title(experiment: Experiment) -> str:
    """The head of the column of best results: with the epoch of each, unless no run knows it."""
    views = [view for view in experiment.runs if view.step]
    has_epochs = not views or any(view.steps_per_epoch for view in views)
    return "best (epoch)" if has_epochs else "best"


def config(view: RunView) -> Html:
    """A run's settings, its state and, where it failed, the reason; what it was computed with."""
    rows = [["state", state_cell(view)], *([short(k), cell(v)] for k, v in view.config.items())]
    if counts := threads(view):
        rows.append(["threads", counts])
    if view.error:
        rows.insert(1, ["reason", view.error])
    return Html(html.table(["setting", "value"], rows))


def settings(experiment: Experiment) -> Html:
    """What differs between the runs, each value once, and what all of them share."""
    keys = experiment.varied()
    differ = [[short(key), ", ".join(map(cell, distinct(experiment, key)))] for key in keys]
    share = [[short(key), cell(value)] for key, value in experiment.shared().items()]
    difference_table = html.table(
        ["differs", f"in {len(experiment.runs)} runs"], differ, css="tb-settings"
    )
    common_table = html.table(["shared", "by all runs"], share, css="tb-settings")
    return Html(html.join([difference_table, common_table] if differ else [common_table]))


def predictions(view: RunView) -> Html:
    """The predicted classes in the grid's order; wrong ones marked, the true class beside them."""
    item = view.media.get("x")
    details: dict[str, Any] = item.details if item else {}
    guesses, labels = details.get("predictions"), details.get("labels")
    if not guesses or not labels:
        return Html(tag("p", "no predictions yet", css="tb-note"))
    names = details.get("classes") or []
    columns = math.ceil(math.sqrt(len(guesses)))
    cells = [_guess(g, y, names) for g, y in zip(guesses, labels, strict=True)]
    rows = [tag("tr", *cells[i : i + columns]) for i in range(0, len(cells), columns)]
    wrong = sum(g != y for g, y in zip(guesses, labels, strict=True))
    note = f"{wrong} of {len(guesses)} wrong at step {item.step if item else 0}"
    return Html(html.join([tag("p", note, css="tb-summary"), tag("table", *rows, css="tb-pred")]))


def text(item: Media, body: bytes) -> Html:
    """A recorded text as it is, with its step."""
    element = tag("pre", body.decode(errors="replace"), css="tb-text")
    return Html(html.join([element, tag("p", f"step {item.step}", css="tb-note")]))


def state_cell(view: RunView) -> Safe:
    """The run's state as a coloured word, with its reason and how long it has been silent."""
    words = view.state
    if view.silent_s() > SILENT_AFTER_S:
        words = f"no sign for {view.silent_s():.0f} s"
    colour = STATE_COLOURS[view.state]
    return tag("b", words, style=f"color:{colour}", title=view.error)


def duration(seconds: float | None) -> str:
    """Seconds as a person says them; an en dash when unknown."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _guess(guess: int, label: int, names: list[str]) -> Safe:
    name = names[guess] if guess < len(names) else str(guess)
    if guess == label:
        return tag("td", name)
    true = names[label] if label < len(names) else str(label)
    return tag("td", tag("b", name), tag("small", f" ({true})"), css="tb-wrong")


def setting_text(value: Any) -> str:
    """A setting's value as a person writes it."""
    if isinstance(value, list):
        return " ".join(str(v) for v in value) or "none"
    return "default" if value is None else str(value)


def cell(value: Any) -> str:
    """The same for a table on a page, where a text without end would hide the rest."""
    return short(setting_text(value), MOST_CELL)
