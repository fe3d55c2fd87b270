"""Says what a named window is: where it stands, what it reads, when it is drawn.

Knows no window by name: `compare_windows` and `run_windows` declare them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from dashboard.runs.experiment import Experiment
from dashboard.runs.run_view import RunView
from dashboard.windows.content import Content, Plot

METRIC = "/metric"
"""The topic of whatever series an experiment's metric is; no topic of a series has a slash."""


@dataclass(frozen=True)
class Window:
    """A window of the compare environment, or of every run's own.

    title: {metric} stands for the metric's name, {kind} for "accuracy" where it is one; on a run's
        page {result} for "acc." and {results} for "accuracies", or what its task has for them.
    reads: the topics (series, media names, "state", METRIC) that make it redraw.
    says: what it shows, in one sentence, for the README; `code` and
        *emphasis* as in Markdown.
    every_s: the least time between two drawings.
    live: redraw by the clock too while a run is running, for progress and heartbeats.
    always: there even if nothing it reads was recorded; see `ExperimentScene`.
    section: the title of the part of our page in which it stands.
    past: whether our page shows it as it was at an earlier evaluation (`dashboard.page.past`).
    """

    title: str
    width_px: int
    height_px: int
    reads: tuple[str, ...]
    says: str
    every_s: float = 0.0
    live: bool = False
    always: bool = False
    section: str = "Compare"
    past: bool = False

    def about(self, order: int) -> dict[str, Any]:
        """What our page is told of it; `order`: its place among all."""
        return {"says": self.says, "section": self.section, "order": order,
                "width": self.width_px, "height": self.height_px, "past": self.past}  # fmt: skip


@dataclass(frozen=True)
class CompareWindow(Window):
    """helps: whether the window is there at all for this experiment."""

    draw: Callable[[Experiment], Content] = lambda experiment: Plot([], {})
    helps: Callable[[Experiment], bool] = lambda experiment: True


@dataclass(frozen=True)
class RunWindow(Window):
    """helps: whether the window is there at all for this run."""

    helps: Callable[[RunView], bool] = lambda view: True
    draw: Callable[[Experiment, RunView], Content] = lambda experiment, view: Plot([], {})


W = TypeVar("W", bound=Window)


def titled(window: W, words: Mapping[str, str]) -> W:
    """The window with each place in its title filled."""
    title = window.title
    for place, word in words.items():
        title = title.replace(place, word)
    return window if title == window.title else replace(window, title=title)
