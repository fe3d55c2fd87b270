"""Draws what a run says beside what is true, where that is no class of an image.

Numbers of a regression against the true ones, and what is left between them; of labels how well
each is told, and what single samples were given; of texts the texts themselves. Makes figures and
tables from the value `truth` of the record (`dashboard.record.tasks`); it judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.record.tasks import CLASSES, COUNTS, LABELS, TEXTS, TRUTH
from dashboard.runs.run_view import RunView
from dashboard.windows import html, style
from dashboard.windows.annotation import annotation
from dashboard.windows.content import Html, Plot
from dashboard.windows.html import Safe, tag
from dashboard.windows.style import short

MOST_TARGETS = 6  # of which a plot has a colour each
MOST_LABELS = 100
BINS = 30
NONE = "–"


def is_of(task: str) -> Any:
    """Whether a run has recorded what the windows of such a task draw."""
    return lambda view: TRUTH in view.media and view.task == task


def has_samples(view: RunView) -> bool:
    """Whether the run has spoken of samples one by one."""
    return TRUTH in view.media


def against(view: RunView) -> Plot:
    """Predicted against true numbers, a point for each sample, and the line on which both agree."""
    true, guesses, names = _numbers(view)
    if not len(true):
        return Plot([], style.blank("no predictions yet"))
    both = np.concatenate([true, guesses])
    ends = [float(np.nanmin(both)), float(np.nanmax(both))]
    line = {"type": "scatter", "mode": "lines", "x": ends, "y": ends, "hoverinfo": "skip",
            "name": "as true", "line": {"color": style.FAINT, "width": 1.2, "dash": "dash"},
            "showlegend": False}  # fmt: skip
    points = [
        {
            "type": "scatter", "mode": "markers", "name": style.plain(name),
            "x": style.numbers(true[:, i]), "y": style.numbers(guesses[:, i]),
            "marker": {"size": 5, "opacity": 0.6, "color": style.COLOURS[i]},
            "hovertemplate": "true %{x:.4g}, predicted %{y:.4g}<extra></extra>",
        }
        for i, name in enumerate(names)
    ]  # fmt: skip
    title = style.plain(names[0]) if len(names) == 1 else "value"
    figure = style.layout(f"true {title}", f"predicted {title}", showlegend=len(names) > 1)
    words = f"{len(true):,} test samples"
    figure["annotations"] = [_note(view, words)]
    figure["margin"] = {**figure["margin"], "t": 24}
    return Plot([line, *points], figure)


def residuals(view: RunView) -> Plot:
    """How far predictions are from the truth, as a histogram: predicted minus true."""
    true, guesses, names = _numbers(view)
    if not len(true):
        return Plot([], style.blank("no predictions yet"))
    errors = guesses - true
    low, high = np.nanmin(errors), np.nanmax(errors)
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    bars = [
        {
            "type": "bar", "name": style.plain(name), "opacity": 0.75,
            "x": style.numbers((edges[:-1] + edges[1:]) / 2),
            "y": np.histogram(errors[:, i], edges)[0].tolist(),
            "marker": {"color": style.COLOURS[i]},
            "hovertemplate": "%{y} samples near %{x:.4g}<extra></extra>",
        }
        for i, name in enumerate(names)
    ]  # fmt: skip
    figure = style.layout("predicted − true", "test samples", showlegend=len(names) > 1)
    figure |= {"barmode": "overlay", "bargap": 0.03}
    mean, spread = float(np.nanmean(errors)), float(np.nanstd(errors))
    figure["annotations"] = [_note(view, f"mean {mean:+.4g}, standard deviation {spread:.4g}")]
    figure["margin"] = {**figure["margin"], "t": 24}
    return Plot(bars, figure)


def label_scores(view: RunView) -> Html:
    """A row for each label: how many samples have it, and precision, recall and F1 on the test."""
    counts = view.data(COUNTS)
    names = view.class_names()
    if not isinstance(counts, list) or not counts:
        return Html(tag("p", "no labels yet", css="tb-note"))
    rows = [
        [short(names[i]) if i < len(names) else str(i), *map(_right, _scores(*map(int, row)))]
        for i, row in enumerate(counts[:MOST_LABELS])
    ]
    head = ["label", *(tag("th", name, css="tb-num") for name in ("have it", *SCORES))]
    step = view.media[COUNTS].step
    note = f"on all test samples at step {step:,}"
    if len(counts) > MOST_LABELS:
        note += f"; the first {MOST_LABELS} of {len(counts)} labels"
    return Html(html.join([tag("p", note, css="tb-summary"), html.table(head, rows)]))


SCORES = ("precision", "recall", "F1")


def _scores(right: int, wrong: int, misses: int) -> list[str]:
    """Of one label how many samples have it, precision, recall and F1."""
    answers, have = right + wrong, right + misses
    shares = ((right, answers), (right, have), (2 * right, answers + have))
    return [f"{right + misses:,}", *(f"{a / b:.3f}" if b else NONE for a, b in shares)]


def samples(view: RunView) -> Html:
    """The first test samples one by one: the text where they are texts, what is true and said."""
    truth = view.data(TRUTH)
    texts, names = view.data(TEXTS), view.class_names()
    if not isinstance(truth, dict):
        return Html(tag("p", "no predictions yet", css="tb-note"))
    true, guesses = (
        rows if isinstance(rows, list) else [] for rows in (truth.get("true"), truth.get("said"))
    )
    texts = texts if isinstance(texts, list) else []
    n = min(len(true), len(guesses), len(texts) or len(true), SHOWN)
    is_exact = view.task in (CLASSES, LABELS)  # of numbers none is ever quite right
    rows = [
        _sample(i, texts, _words(true[i], names), _words(guesses[i], names), is_exact)
        for i in range(n)
    ]
    wrong = sum(t != s for t, s in zip(true[:n], guesses[:n], strict=True))
    note = f"step {view.media[TRUTH].step:,}"
    if is_exact:
        note = f"{wrong} of {n} wrong at {note}"
    head = ["text" if texts else "#", "true", "predicted"]
    return Html(html.join([tag("p", note, css="tb-summary"), html.table(head, rows)]))


SHOWN = 14  # samples, as many as the window has room for


def _sample(i: int, texts: Sequence[str], true: str, guess: str, is_exact: bool) -> list[object]:
    wrong = is_exact and true != guess
    mark = tag("td", "✕ ", tag("b", guess), css="tb-wrong") if wrong else tag("td", guess)
    first = tag("td", texts[i], css="tb-said") if texts else str(i + 1)
    return [first, true, mark]


def _words(value: Any, names: Sequence[str]) -> str:
    """A class by its name, labels by theirs, numbers as they are."""
    if isinstance(value, int):
        return short(names[value]) if 0 <= value < len(names) else str(value)
    if not isinstance(value, list):
        return short(str(value))
    if all(type(each) is int for each in value):
        own = [names[i] if i < len(names) else str(i) for i, each in enumerate(value) if each]
        return short(", ".join(own), 120) or "none"
    return ", ".join(f"{each:.4g}" if isinstance(each, float) else NONE for each in value)


def _numbers(view: RunView) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """True and predicted numbers (N, K), NaN where there is none, and the names of the K."""
    truth = view.data(TRUTH)
    empty = np.zeros((0, 1))
    if not isinstance(truth, dict):
        return empty, empty, []
    try:
        true, guesses = (
            np.array(truth[key], dtype=float).reshape(len(truth[key]), -1)[:, :MOST_TARGETS]
            for key in ("true", "said")
        )
    except (KeyError, TypeError, ValueError):  # another's `truth`
        return empty, empty, []
    if true.shape != guesses.shape or not np.isfinite(true).any() or not np.isfinite(guesses).any():
        return empty, empty, []
    names = truth.get("names") or view.class_names()
    targets = [str(names[i]) if i < len(names) else f"target {i}" for i in range(true.shape[1])]
    return true, guesses, targets


def _note(view: RunView, text: str) -> dict[str, Any]:
    words = f"step {view.media[TRUTH].step:,}: {text}"
    return annotation(words, 0, 1.0, font={"size": 11, "color": style.FAINT})


def _right(text: str) -> Safe:
    return tag("td", text, css="tb-num")
