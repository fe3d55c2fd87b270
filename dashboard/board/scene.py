"""Lists all windows of an experiment at this moment, each with what its look depends on: a scene.

Joins the table of windows with the runs there are. It draws nothing itself and sends nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from dashboard.runs.experiment import Experiment
from dashboard.runs.once import once_known
from dashboard.runs.run_view import STATE, RunView, topic_of
from dashboard.windows.compare_windows import compare_windows
from dashboard.windows.content import Content, Html
from dashboard.windows.extra import compare_extras, run_extras
from dashboard.windows.html import join, tag
from dashboard.windows.run_windows import run_windows
from dashboard.windows.window import METRIC, Window

PLACES = "places"  # under this name a run remembers them
LONGEST_REASON = 500
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """A window in an environment. It is drawn anew when its stamp is no longer the drawn one.

    answers: how many requests of people have been answered. Who has asked for something is shown
    at once what has become of it.
    """

    name: str
    window: Window
    draw: Callable[[], Content]
    stamp: tuple[int, ...]
    order: int = 0
    answers: int = 0

    def packet(self) -> dict[str, Any]:
        """Draw it, as Visdom's /events takes it, with what our page is told of it."""
        return self.draw().packet(self.window.about(self.order))


class Scene(Protocol):
    """What a board shows. `lock` is held while places are listed and drawn."""

    lock: threading.RLock

    def look(self, watched: Collection[str]) -> None:
        """Hear, before each frame, which environments pages have open; what they are shown may
        depend on it.
        """

    def environments(self) -> Iterator[tuple[str, list[Place]]]:
        """Every environment with its windows; the first one is drawn in every frame.

        What was listed before and is no more is removed from the server.
        """

    def alive(self) -> bool:
        """Whether clocks and heartbeats are running."""


class ExperimentScene:
    """The compare environment of an experiment, then one environment for each run.

    Each has the windows of the table, and one for everything else that was recorded. A person's own
    training loop may record anything, so there a window of the table waits for something to show.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self.lock = experiment.lock

    def look(self, watched: Collection[str]) -> None:
        """All is shown, whatever is open."""

    def environments(self) -> Iterator[tuple[str, list[Place]]]:
        yield self.compare()
        yield from _of_runs(self._experiment)

    def compare(self) -> tuple[str, list[Place]]:
        """The environment that compares the runs."""
        return self._experiment.environment, _or_why(self._compare)

    def of_run(self, view: RunView) -> tuple[str, list[Place]]:
        """The environment of one run."""
        return view.environment, _or_why(partial(self._of_run, view))

    def alive(self) -> bool:
        experiment = self._experiment
        running = any(view.state == "running" for view in experiment.runs)
        return running or experiment.reading is not None

    def _compare(self) -> list[Place]:
        experiment = self._experiment
        places = []
        topics = set().union(*(view.stamps for view in experiment.runs))
        windows = {**compare_windows(experiment), **compare_extras(experiment)}
        for order, (name, window) in enumerate(windows.items()):
            if not self._wanted(window, topics):
                continue
            reads = self._topics(window)
            stamp = (
                len(experiment.runs),
                *(sum(view.stamps[topic] for view in experiment.runs) for topic in reads),
                *self._compared_by(window),
            )
            draw = partial(window.draw, experiment)
            places.append(Place(name, window, draw, stamp, order, experiment.answers))
        return places

    def _of_run(self, view: RunView) -> list[Place]:
        """Listed anew only when something new is known: 300 runs are asked for in every frame."""
        state = self._experiment, self._experiment.metric, view.stamps.total()
        listed_at, places = view.remembered.get(PLACES, (None, []))
        if listed_at != state:
            places = self._list_run(view)
            view.remembered[PLACES] = state, places
        return list(places)

    def _list_run(self, view: RunView) -> list[Place]:
        experiment = self._experiment
        places = []
        for order, (name, window) in enumerate({**run_windows(view), **run_extras(view)}.items()):
            if not self._wanted(window, view.stamps):
                continue
            stamp = (
                *(view.stamps[topic] for topic in self._topics(window)),
                *self._compared_by(window),
            )
            draw = partial(window.draw, experiment, view)
            places.append(Place(name, window, draw, stamp, order))
        return places

    def _wanted(self, window: Window, topics: Collection[str]) -> bool:
        """Whether the window has a place, now that these topics have been recorded."""
        reads = {*self._topics(window)} - {STATE}
        whole_table = not self._experiment.own_loop
        return whole_table or window.always or not reads or not reads.isdisjoint(topics)

    def _topics(self, window: Window) -> list[str]:
        """What the window reads, the metric under the name that it has here."""
        metric = topic_of(self._experiment.metric.name)
        return [metric if topic == METRIC else topic for topic in window.reads]

    def _compared_by(self, window: Window) -> list[int]:
        """What changes when the runs are compared by another metric."""
        return [hash(self._experiment.metric)] if METRIC in window.reads else []


@once_known
def _of_runs(experiment: Experiment) -> list[tuple[str, list[Place]]]:
    """The environments of all runs; where nothing trains a thousand are listed once."""
    scene = ExperimentScene(experiment)
    return [scene.of_run(view) for view in experiment.runs]


def _or_why(list_places: Callable[[], list[Place]]) -> list[Place]:
    """The places; or, where they cannot be listed, a window that says why: others have theirs."""
    try:
        return list_places()
    except Exception as why:
        log.info("an environment cannot be listed", exc_info=why)
        return [trouble(f"this page cannot be shown: {reason(why)}")]


def reason(why: Exception) -> str:
    """Why something cannot be shown, in words that fit on a page."""
    return f"{type(why).__name__}: {str(why)[:LONGEST_REASON]}"


def undrawn(why: Exception) -> Html:
    """What stands in the place of a window that cannot be drawn: others have theirs."""
    return Html(tag("p", f"this window could not be drawn: {reason(why)}", css="tb-note"))


def trouble(*sentences: str) -> Place:
    """A window that says why others are missing or incomplete."""
    window = Window("not all can be shown", 670, 120, (), "why a window is missing", section="")
    note = Html(join(tag("p", sentence, css="tb-note") for sentence in sentences))
    return Place("trouble", window, lambda: note, (hash(sentences),), -1)
