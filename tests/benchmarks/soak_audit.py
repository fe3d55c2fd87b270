"""Compares the books after a soak: the record, what its writers say they wrote, and the page."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from dashboard.record.schema import FILE_NAME
from tests.support.launching import Launched, until

PAGE_POINTS = 4 * 256  # `dashboard.runs.line` draws at most four points for each of its bins


@dataclass
class Books:
    """What an audit found. lost, doubled: rows; wrong: a sentence for each disagreement."""

    lost: int = 0
    doubled: int = 0
    rows: int = 0
    wrong: list[str] = field(default_factory=list)

    def compare(self, name: str, expected: int, steps: list[int]) -> None:
        """Steps 1 to `expected` must be there, each once."""
        counts = Counter(steps)
        lost = expected - sum(1 for step in counts if 1 <= step <= expected)
        doubled = len(steps) - len(counts)
        self.lost, self.doubled, self.rows = (
            self.lost + lost, self.doubled + doubled, self.rows + len(steps)
        )  # fmt: skip
        if lost or doubled or len(counts) > expected:
            self.wrong.append(
                f"{name} has {len(steps)} rows, not each of the steps 1 to {expected} once:"
                f" {lost} lost, {doubled} doubled"
            )


def steps_of(folder: Path) -> dict[str, tuple[str, int, list[int]]]:
    """Of each run its state, the steps it was to have, and those that the record has, in order."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        sound = db.execute("PRAGMA integrity_check").fetchall()
        if sound != [("ok",)]:
            raise SystemExit(f"the record is not sound: {sound}")
        rows = db.execute("SELECT name, state, total_steps FROM run")
        runs_by_name: dict[str, tuple[str, int, list[int]]] = {n: (s, t, []) for n, s, t in rows}
        points = "SELECT run, step FROM curve WHERE series = 'train_loss' ORDER BY run, step"
        for name, step in db.execute(points):
            runs_by_name[name][2].append(step)
    return runs_by_name


def audit_runs(books: Books, folder: Path) -> None:
    """A done run has every step once; any other has every step up to its last one once."""
    for name, (state, total, steps) in steps_of(folder).items():
        books.compare(name, total if state == "done" else max(steps, default=0), steps)
        if state not in ("done", "stopped", "queued"):
            books.wrong.append(f"{name} is {state}")


def audit_stream(books: Books, folder: Path, written: dict[str, int]) -> None:
    """What the writers of a loop of their own say they wrote is there."""
    runs_by_name = steps_of(folder)
    for name, count in written.items():
        books.compare(f"stream {name}", count, runs_by_name[name][2])


def audit_page(books: Books, folder: Path) -> None:
    """Every run's page ends at the run's last recorded step and is within its bounds."""
    expected = {
        n: steps[-1] for n, (_, _, steps) in steps_of(folder / "runs" / "soak").items() if steps
    }
    viewed = Launched(["view", "soak", "--no-browser"], folder, {})
    try:
        until(lambda: viewed.url, 60, "the dashboard")
        base = viewed.url.split("/env/")[0]
        for name, step in expected.items():
            with suppress(AssertionError):
                until(lambda: last_drawn(base, name)[0] == step, 120)  # noqa: B023
            drawn_step, count = last_drawn(base, name)
            if drawn_step != step or count > PAGE_POINTS:
                books.wrong.append(
                    f"{name}: the page ends at {drawn_step} with {count} points, not {step}"
                )
    finally:
        viewed.clean_up()


def last_drawn(base: str, name: str) -> tuple[int, int]:
    """The last step in the run's window of losses, and the points of its longest line."""
    request = {"eid": f"soak_{name}", "win": "train_loss"}
    with suppress(requests.RequestException, ValueError, KeyError, TypeError):
        traces = requests.post(f"{base}/win_data", json=request, timeout=5).json()
        drawn = [t for t in traces["content"]["data"] if len(t.get("x", []))]
        return max(t["x"][-1] for t in drawn), max(len(t["x"]) for t in drawn)
    return 0, 0


def environments(base: str) -> list[str]:
    """The environments that the server has; none when it does not answer."""
    with suppress(requests.RequestException, ValueError):
        return list(requests.post(f"{base}/env_state", json={}, timeout=5).json())
    return []
