"""Draws the text windows: the leaderboard, a run's settings, its predictions.

Makes HTML from what is known of the runs; every string is escaped by `dashboard.html`.
"""

from __future__ import annotations

import math
from typing import Any

from dashboard import html
from dashboard.experiment import MILESTONES, SILENT_AFTER_S, Experiment, RunView
from dashboard.html import Safe, tag
from dashboard.panes import Html
from dashboard.style import STATE_COLOURS, Looks


def leaderboard(experiment: Experiment) -> Html:
    """All runs, the best test accuracy first; every row links to the run's own environment."""
    varied = experiment.varied()
    looks = Looks(experiment)
    head = ["#", "run", *varied, "test acc.", "best (epoch)", "test loss"]
    head += [f"to {mark:.0%}" for mark in MILESTONES] + ["images/s", "progress", "ETA", "state"]
    ranked = sorted(experiment.runs, key=_rank)
    rows = [_row(experiment, looks, view, i, varied) for i, view in enumerate(ranked, 1)]
    done = sum(view.ended for view in experiment.runs)
    eta = duration(experiment.eta_s())
    summary = f"{done} of {len(experiment.runs)} runs ended"
    if not experiment.ended():
        summary += f" · whole plan {experiment.progress():.0%} · ETA {eta}"
    return Html(html.join([tag("p", summary, css="tb-summary"), html.table(head, rows)]))


def config(run: RunView) -> Html:
    """A run's settings, its state and, where it failed, the reason."""
    rows = [["state", state_cell(run)], *([k, _plain(v)] for k, v in run.run.config.items())]
    if run.run.error:
        rows.insert(1, ["reason", run.run.error])
    return Html(html.table(["setting", "value"], rows))


def predictions(run: RunView) -> Html:
    """The predicted classes in the grid's order; wrong ones marked, the true class beside them."""
    shown = run.media.get("x")
    details: dict[str, Any] = shown.details if shown else {}
    guesses, labels = details.get("predictions"), details.get("labels")
    if not guesses or not labels:
        return Html(tag("p", "no predictions yet", css="tb-note"))
    names = details.get("classes") or []
    columns = math.ceil(math.sqrt(len(guesses)))
    cells = [_guess(g, y, names) for g, y in zip(guesses, labels, strict=True)]
    rows = [tag("tr", *cells[i : i + columns]) for i in range(0, len(cells), columns)]
    wrong = sum(g != y for g, y in zip(guesses, labels, strict=True))
    note = f"{wrong} of {len(guesses)} wrong at step {shown.step if shown else 0}"
    return Html(html.join([tag("table", *rows, css="tb-pred"), tag("p", note, css="tb-note")]))


def state_cell(run: RunView) -> Safe:
    """The run's state as a coloured word, with its reason and how long it has been silent."""
    text = run.run.state
    if run.silent_s() > SILENT_AFTER_S:
        text = f"no sign for {run.silent_s():.0f} s"
    colour = STATE_COLOURS[run.run.state]
    return tag("b", text, style=f"color:{colour}", title=run.run.error)


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


def _rank(view: RunView) -> tuple[float, int]:
    accuracy = view.latest("test_accuracy")
    return (-accuracy if accuracy is not None else 1.0, view.run.id)


def _row(
    experiment: Experiment, looks: Looks, view: RunView, rank: int, varied: list[str]
) -> list[Any]:
    swatch = tag("i", css="tb-swatch", style=f"background:{looks.colour(view)}")
    link = html.link_to_environment(f"{experiment.name}_{view.name}", view.name)
    settings = [_plain(view.run.config.get(key)) for key in varied]
    milestones = [_reached(view, mark) for mark in MILESTONES]
    speed = view.images_per_s()
    return [
        rank,
        html.join([swatch, link]),
        *settings,
        tag("b", number(view.latest("test_accuracy"))),
        _best(view),
        number(view.latest("test_loss")),
        *milestones,
        f"{speed:,.0f}" if speed else "–",
        _bar(view),
        duration(view.eta_s()),
        state_cell(view),
    ]


def number(value: float | None, digits: int = 4) -> str:
    """A measured number; an en dash when there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def _best(view: RunView) -> str:
    if view.best is None:
        return "–"
    accuracy, step = view.best
    per_epoch = view.run.steps_per_epoch
    return f"{accuracy:.4f} ({step / per_epoch:.3g})" if per_epoch else f"{accuracy:.4f}"


def _reached(view: RunView, mark: float) -> str:
    if mark not in view.reached:
        return "–"
    step, seconds = view.reached[mark]
    return f"{step:,} steps, {duration(seconds)}"


def _bar(view: RunView) -> Safe:
    share = 1.0 if view.run.state == "done" else view.progress
    fill = tag("i", style=f"width:{share:.0%}")
    return html.join([tag("span", fill, css="tb-bar"), f" {share:.0%}"])


def _guess(guess: int, label: int, names: list[str]) -> Safe:
    said = names[guess] if guess < len(names) else str(guess)
    if guess == label:
        return tag("td", said)
    true = names[label] if label < len(names) else str(label)
    return tag("td", tag("b", said), tag("small", f" ({true})"), css="tb-wrong")


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(v) for v in value) or "none"
    return "default" if value is None else str(value)
