"""Draws the test images that the runs disagree about most: one row an image, one column a run.

Every run records its guess and confidence on the same first test images at each evaluation
(`guesses`), and the images themselves once (`samples`). Which images are shown is chosen anew as
the guesses come: those whose votes have the highest entropy (Shannon 1948). Trains and judges
nothing itself.
"""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from dashboard.record.images import cut
from dashboard.record.reader import Record
from dashboard.runs.experiment import Experiment
from dashboard.runs.run_view import RunView
from dashboard.windows import html
from dashboard.windows.content import Html
from dashboard.windows.html import Safe, tag
from dashboard.windows.style import Looks, wrapped

SAMPLES, GUESSES = "samples", "guesses"
SHOWN_IMAGES = 16


@dataclass(frozen=True)
class Votes:
    """What every run takes every image for. labels: (N,); classes, percent: (runs, N) integers."""

    runs: list[RunView]
    labels: np.ndarray
    names: list[str]
    classes: np.ndarray
    percent: np.ndarray


def predictions(experiment: Experiment) -> Html:
    """The table; a wrong guess is marked by a cross and a colour, and the columns are links."""
    votes = collect(experiment)
    if votes is None:
        return Html(tag("p", "no predictions yet", css="tb-note"))
    images = most_disputed(votes, SHOWN_IMAGES)
    pictures = _images(votes.runs[0], images)
    rows = [_row(votes, int(i), image) for i, image in zip(images, pictures, strict=True)]
    looks = Looks(experiment)
    head = ["", tag("th", "true")] + [_column(looks, view) for view in votes.runs]
    disagreements = int((votes.classes != votes.classes[0]).any(0).sum())
    note = (
        f"the runs disagree on {disagreements} of the first {len(votes.labels)} test images; "
        f"most on these (prediction and confidence, ✕ wrong)"
    )
    table = html.table(head, rows, css="tb tb-votes")
    return Html(html.join([tag("p", note, css="tb-summary"), table]))


def collect(experiment: Experiment) -> Votes | None:
    """The newest guesses of all runs that saw the first run's images; None before the first."""
    views = [view for view in experiment.runs if GUESSES in view.media and SAMPLES in view.media]
    if not views:
        return None
    details = views[0].media[SAMPLES].details
    same = [view for view in views if view.media[SAMPLES].details["labels"] == details["labels"]]
    guesses = [_guesses(view.record, view.media[GUESSES].id) for view in same]
    pairs = [(view, guess) for view, guess in zip(same, guesses, strict=True) if guess is not None]
    if not pairs:
        return None
    return Votes(
        [view for view, _ in pairs],
        np.array(details["labels"]),
        details.get("classes") or [],
        np.array([guess["classes"] for _, guess in pairs]),
        np.array([guess["percent"] for _, guess in pairs]),
    )


def most_disputed(votes: Votes, count: int) -> np.ndarray:
    """The `count` images with the highest entropy of votes, most disputed first; ties in order."""
    kinds = int(max(votes.classes.max(), votes.labels.max())) + 1
    shares = np.stack([(votes.classes == k).mean(0) for k in range(kinds)])
    entropy = -(shares * np.log2(np.where(shares > 0, shares, 1.0))).sum(0)
    return np.argsort(-np.round(entropy, 9), kind="stable")[:count]


@lru_cache(maxsize=512)
def _guesses(record: Record, media_id: int) -> dict[str, Any] | None:
    body = record.body(media_id)
    return json.loads(body) if body else None


@lru_cache(maxsize=2)
def _sheet(record: Record, media_id: int) -> np.ndarray | None:
    body = record.body(media_id)
    if not body:
        return None
    picture = Image.open(io.BytesIO(body))
    return np.asarray(picture.convert("RGB" if picture.mode == "RGB" else "L"))


def _images(view: RunView, images: np.ndarray) -> list[Safe]:
    """The chosen images as elements that hold their own pixels."""
    item = view.media[SAMPLES]
    sheet = _sheet(view.record, item.id)
    if sheet is None:
        return [html.escape("") for _ in images]
    return [_image(cut(sheet, int(i), len(item.details["labels"]))) for i in images]


def _image(pixels: np.ndarray) -> Safe:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    source = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    return Safe(f'<img class="tb-digit" alt="" src="{source}">')


def _column(looks: Looks, view: RunView) -> Safe:
    """A column's head: the run's settings, one below the other, and its colour."""
    parts = [*looks.parts(view)] or [view.name]
    if looks.seeds_vary:
        parts.append(f"seed {view.config.get('seed')}")
    swatch = tag("i", css="tb-swatch", style=f"background:{looks.colour(view)}")
    name = html.link_to_environment(view.environment, parts[0])
    lines = [line for part in parts[1:] for line in wrapped(part)]
    return tag("th", swatch, name, *(tag("div", line) for line in lines), run=view.name)


def _row(votes: Votes, image: int, picture: Safe) -> list[object]:
    label = int(votes.labels[image])
    row: list[object] = [picture, tag("td", tag("b", _name(votes, label)))]
    for view, guess, percent in zip(
        votes.runs, votes.classes[:, image], votes.percent[:, image], strict=True
    ):
        right = guess == label
        words = [tag("b", _name(votes, int(guess))), tag("small", f" {percent} %")]
        marks = [] if right else ["✕ "]
        row.append(tag("td", *marks, *words, css="" if right else "tb-wrong", run=view.name))
    return row


def _name(votes: Votes, index: int) -> str:
    return votes.names[index] if index < len(votes.names) else str(index)
