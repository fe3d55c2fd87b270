"""Draws what is left of a run beside its curves: models, what it printed, why it failed; and where
the experiment comes from.

Shows what the record has; every string is escaped by `dashboard.windows.html`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from dashboard.program import PROGRAM
from dashboard.record.printed import OUTPUT, TRACEBACK
from dashboard.record.tasks import CLASSES, TASKS
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import read_as
from dashboard.runs.run_view import RunView
from dashboard.windows import html
from dashboard.windows.content import Html
from dashboard.windows.html import Safe, tag
from dashboard.windows.style import short

MODELS = "models"
SHOWN_CHARACTERS = 16_000  # of what was printed; the window is sent anew with every line
LINES = "SELECT body FROM media WHERE run = ? AND name = ? ORDER BY id"


def traceback(view: RunView) -> Html:
    """The traceback that the run ended with, the error itself first."""
    item = view.media[TRACEBACK]
    return Html(
        html.join(
            [
                tag("p", tag("b", view.error or "it failed"), css="tb-wrong"),
                tag("pre", view.record.body(item.id).decode(errors="replace"), css="tb-mono"),
            ]
        )
    )


def output(view: RunView) -> Html:
    """What the run printed and warned, the newest lines of it."""
    rows = view.record.query(LINES, view.id, OUTPUT)
    text = "\n".join(bytes(body).decode(errors="replace") for (body,) in rows)
    note = f"{text.count(chr(10)) + 1:,} lines"
    if len(text) > SHOWN_CHARACTERS:
        text = text[-SHOWN_CHARACTERS:].partition("\n")[2]
        note += f", the last {text.count(chr(10)) + 1:,} of them here; the record has the rest"
    return Html(html.join([tag("pre", text, css="tb-mono"), tag("p", note, css="tb-note")]))


def models(view: RunView) -> Html:
    """The models that the run has kept, and the lines that load one."""
    files = view.data(MODELS) or []
    result = TASKS[view.task or CLASSES].metric
    rows = [
        [
            file["file"],
            f"{file['step']:,}",
            _number(file.get(result)),
            _number(file["test_loss"]),
            _size(file["bytes"]),
        ]
        for file in files
    ]
    which = "best" if any(file["file"] == "best.pt" for file in files) else "last"
    folder = view.record.folder
    argument = "" if which == "best" else f', "{which}"'
    lines = (
        "from trainers import load_run\n"
        f'run = load_run("{folder.parent.name}/{folder.name}", "{view.name}"{argument})\n'
        f"run.predict({'images' if 'x' in view.media else 'samples'})"
    )
    head = ["file", "step", read_as(result), "test loss", "size"]
    return Html(
        html.join(
            [
                html.table(head, rows),
                tag("p", f"in {folder.name}/{MODELS}/{view.name}; loaded by", css="tb-summary"),
                tag("pre", lines, css="tb-mono"),
            ]
        )
    )


def origin(experiment: Experiment) -> Html:
    """A table for every launch: command, versions, machine, the code's commit and changes."""
    parts: list[Safe] = []
    for i, launch in enumerate(experiment.launches):
        when = datetime.fromtimestamp(launch.get("time_s", 0.0)).astimezone()
        word = "launched" if not i else "resumed"
        parts.append(tag("p", f"{word} {when:%Y-%m-%d %H:%M:%S %z}", css="tb-summary"))
        parts.append(html.table(["what", "value"], _rows(launch), css="tb-settings"))
    return Html(html.join(parts))


def has_origin(experiment: Experiment) -> bool:
    return bool(experiment.launches)


def _rows(launch: Mapping[str, Any]) -> Iterator[list[object]]:
    words = " ".join(str(word) for word in launch.get("command") or [])
    yield ["command", tag("td", short(f"{PROGRAM} {words}", 600), css="tb-mono")]
    for name, version in _items(launch.get("versions")):
        yield [name, version]
    for name, value in _items(launch.get("machine")):
        words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        name = name.replace("_gb", " in GB").replace("_each", " of each run")
        yield [f"machine: {name}", short(words)]
    git = dict(_items(launch.get("git")))
    if git:
        yield ["commit", tag("td", short(str(git.get("commit"))), css="tb-mono")]
        yield ["", short(str(git.get("subject", "")))]
        yield ["changed since", _changes(git)]


def _changes(git: Mapping[str, Any]) -> Safe:
    """What is not in the commit: the summary of the differences, and the files by name."""
    files = [str(name) for name in git.get("changed") or []]
    if not files:
        return tag("td", "nothing")
    more = int(git.get("more_changed") or 0)
    names = [*files, *([f"and {more} more"] if more else [])]
    summary = tag("div", git.get("diff") or f"{len(files) + more} files")
    return tag("td", summary, tag("pre", "\n".join(names), css="tb-mono"))


def _items(value: object) -> list[tuple[str, Any]]:
    """A record may come from anywhere: what is no dict has nothing."""
    return [(str(key), item) for key, item in value.items()] if isinstance(value, dict) else []


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _size(count: int) -> str:
    return f"{count / 1e6:.2f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"
