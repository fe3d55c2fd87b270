"""Draws what the test images are taken for: a run's confusion matrix, and what each run says.

The counts are those of all test images at each evaluation; the images behind a cell are the first
ones, whose guesses are recorded one by one. Our page makes the matrix something to click on, from
the same numbers; the tables here are what Visdom's page shows. Which classes a run never says is
also a verdict (`dashboard.runs.rules`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import CONFUSION
from dashboard.runs.run_view import RunView
from dashboard.windows import html
from dashboard.windows.content import Html
from dashboard.windows.html import Safe, tag
from dashboard.windows.page_model import embedded
from dashboard.windows.predictions import GUESSES, SAMPLES
from dashboard.windows.style import Looks, short

MOST_SHOWN = 30  # classes; a larger matrix would be unreadable, and slow to build


def of_run(view: RunView) -> Html:
    """The run's matrix: true classes down, what they are taken for across."""
    counts = counts_of(view)
    if counts is None:
        return Html(tag("p", "no confusion matrix yet", css="tb-note"))
    model = {
        "environment": view.environment,
        "step": step_of(view),
        "classes": class_names(view, len(counts)),
        "counts": counts.tolist(),
        **samples_of(view),
    }
    content = html.join([tag("p", sentence(model["classes"], counts), css="tb-summary"),
                         _matrix(model["classes"], counts)])  # fmt: skip
    return Html(embedded(model, content))


def of_all(experiment: Experiment) -> Html:
    """A row for each run: the share of its answers that each class has, *never* where none."""
    views = [view for view in experiment.runs if counts_of(view) is not None]
    if not views:
        return Html(tag("p", "no confusion matrices yet", css="tb-note"))
    looks = Looks(experiment)
    runs = [_run_model(looks, view) for view in views]
    most = max(len(run["said"]) for run in runs)
    names = next(class_names(v, most) for v, r in zip(views, runs, strict=True)
                 if len(r["said"]) == most)  # fmt: skip
    rows = [
        [tag("td", html.link_to_environment(view.environment, run["label"]), run=view.name)]
        + [_said(share) for share in run["said"]]
        for view, run in zip(views, runs, strict=True)
    ]
    model = {"classes": names, "runs": runs, "steps": sorted({run["step"] for run in runs})}
    table = html.table(["run", *names], rows, css="tb tb-confusion")
    note = tag("p", "how often each run says each class, in % of the test samples", css="tb-note")
    return Html(embedded(model, html.join([table, note])))


def counts_of(view: RunView) -> np.ndarray | None:
    """[label][prediction] -> test images at the newest evaluation; None where not recorded."""
    counts = view.data(CONFUSION)
    array = np.array(counts if isinstance(counts, list) else [])
    square = array.ndim == 2 and array.shape[0] == array.shape[1] and 0 < len(array) <= MOST_SHOWN
    return array if square and array.dtype.kind in "iu" else None


def has_counts(view: RunView) -> bool:
    return counts_of(view) is not None


def step_of(view: RunView) -> int:
    return view.media[CONFUSION].step


def class_names(view: RunView, count: int) -> list[str]:
    """The names of the classes, as the run's test images have them, else their numbers."""
    names = view.class_names()
    return [short(str(names[i]), 20) if i < len(names) else str(i) for i in range(count)]


def samples_of(view: RunView) -> dict[str, Any]:
    """The true classes of the first test images and what they are taken for; often empty."""
    item, guesses = view.media.get(SAMPLES), view.data(GUESSES)
    labels = (item.details.get("labels") if item else None) or []
    classes = guesses.get("classes", []) if isinstance(guesses, dict) else []
    same = len(labels) == len(classes)
    return {"labels": labels if same else [], "guesses": classes if same else []}


def sentence(classes: Sequence[str], counts: np.ndarray) -> str:
    """What stands out: classes that are never said, else what is most often taken for what."""
    never = [name for name, count in zip(classes, counts.sum(0), strict=True) if not count]
    if never:
        return f"it never says {', '.join(never)}"
    wrong = counts - np.diag(np.diag(counts))
    if not wrong.sum():
        return "every one is taken for what it is"
    label, guess = divmod(int(wrong.argmax()), len(wrong))
    share = wrong[label, guess] / counts[label].sum()
    return (
        f"{int(wrong.sum()):,} of {int(counts.sum()):,} wrong; most often {classes[label]} taken "
        f"for {classes[guess]} ({share:.0%} of them)"
    )


def _matrix(classes: Sequence[str], counts: np.ndarray) -> Safe:
    rows = [
        [tag("th", name)] + [_cell(counts, i, j) for j in range(len(classes))]
        for i, name in enumerate(classes)
    ]
    return html.table(["true", *classes], rows, css="tb tb-confusion")


def _cell(counts: np.ndarray, label: int, guess: int) -> Safe:
    count = int(counts[label, guess])
    return tag("td", count or "", css="" if label == guess or not count else "tb-wrong")


def _said(share: float) -> Safe:
    return tag("td", f"{100 * share:.0f}" if share else tag("b", "never"))


def _run_model(looks: Looks, view: RunView) -> dict[str, Any]:
    counts = counts_of(view)
    assert counts is not None
    total = max(1, int(counts.sum()))
    return {
        "name": view.name,
        "label": looks.full_label(view),
        "environment": view.environment,
        "step": step_of(view),
        "said": [round(float(share), 4) for share in counts.sum(0) / total],
    }
