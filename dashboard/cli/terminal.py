"""Shows an experiment in the terminal: a live display, or plain lines where it is no terminal.

Draws from what is known of the runs and changes nothing.
"""

from __future__ import annotations

import time
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dashboard.record.states import STATES
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import Metric, number
from dashboard.runs.run_view import RunView
from dashboard.windows.style import short
from dashboard.windows.text import duration

PLAIN_EVERY_S = 10.0
LIVE_ROWS = 16


class Display(Protocol):
    """What the launcher's loop calls."""

    def __enter__(self) -> Display: ...
    def __exit__(self, *why: object) -> None: ...
    def update(self) -> None: ...


def display(experiment: Experiment, console: Console) -> Display:
    """The live display on a terminal, plain lines elsewhere."""
    return (
        LiveDisplay(experiment, console)
        if console.is_terminal
        else PlainDisplay(experiment, console)
    )


class LiveDisplay:
    """The running runs and the whole plan, redrawn in place."""

    def __init__(self, experiment: Experiment, console: Console) -> None:
        self._experiment = experiment
        self._live = Live(console=console, refresh_per_second=4, get_renderable=self._render)

    def __enter__(self) -> LiveDisplay:
        self._live.start()
        return self

    def __exit__(self, *why: object) -> None:
        self._live.stop()

    def update(self) -> None:
        pass  # Live asks `_render` by itself

    def _render(self) -> Group:
        with self._experiment.lock:
            return Group(self._runs(), self._plan())

    def _runs(self) -> Table:
        table = Table(box=None, padding=(0, 1))
        metric = self._experiment.metric
        title = short(metric.title, 24)
        for head in ("run", "state", "epoch", "step", "loss", title, "images/s", "", "ETA"):
            table.add_column(head, justify="left" if head in ("run", "state", "") else "right")
        active = [v for v in self._experiment.runs if v.state == "running"]
        others = [v for v in self._experiment.runs if v.ended][-(LIVE_ROWS - len(active)) :]
        for view in [*others, *active]:
            table.add_row(
                Text(printable(short(view.name))),
                Text(view.state, STATES[view.state].style),
                Text(_epochs(view)),
                f"{view.step:,}",
                number(view.latest("train_loss")),
                number(view.result(metric.name)),
                f"{view.images_per_s():,.0f}",
                ProgressBar(completed=view.progress, total=1.0, width=20),
                duration(view.eta_s()),
            )
        return table

    def _plan(self) -> Text:
        return Text(plan_line(self._experiment), "bold")


class PlainDisplay:
    """A line when a run starts or ends, and one of progress every ten seconds."""

    def __init__(self, experiment: Experiment, console: Console) -> None:
        self._experiment, self._console = experiment, console
        self._states: dict[str, str] = {}
        self._due_s = time.monotonic() + PLAIN_EVERY_S

    def __enter__(self) -> PlainDisplay:
        return self

    def __exit__(self, *why: object) -> None:
        self.update()

    def update(self) -> None:
        with self._experiment.lock:
            for view in self._experiment.runs:
                if view.state != self._states.get(view.name, "queued"):
                    self._states[view.name] = view.state
                    self._say(state_line(view, self._experiment.metric))
            if time.monotonic() >= self._due_s:
                self._due_s = time.monotonic() + PLAIN_EVERY_S
                for view in self._experiment.runs:
                    if view.state == "running":
                        self._say(_progress_line(view, self._experiment.metric))
                self._say(plan_line(self._experiment))

    def _say(self, line: str) -> None:
        self._console.print(printable(line), markup=False, highlight=False, soft_wrap=True)


def printable(line: str) -> str:
    """The line without what a terminal obeys: the names in a record may be anybody's."""
    return "".join(c if c.isprintable() else " " for c in line)


def plan_line(experiment: Experiment) -> str:
    """The whole plan in a line: runs ended, share done, ETA."""
    count = sum(view.ended for view in experiment.runs)
    line = f"plan: {count}/{len(experiment.runs)} runs ended, {experiment.progress():.0%}"
    return line if experiment.ended() else f"{line}, ETA {duration(experiment.eta_s())}"


def state_line(view: RunView, metric: Metric) -> str:
    line = f"{view.name}: {view.state}"
    result = view.result(metric.name)
    if view.ended and result is not None:
        line += f", {metric.text} {number(result)}"
    return f"{line} ({view.error})" if view.error else line


def _epochs(view: RunView) -> str:
    """The epochs done, of how many; a dash where the run says nothing of epochs."""
    if not view.steps_per_epoch:
        return "–"
    return f"{view.epoch:.1f}/{short(str(view.config.get('epochs', '?')), 40)}"


def _progress_line(view: RunView, metric: Metric) -> str:
    epoch = f"epoch {view.epoch:.1f}, " if view.steps_per_epoch else ""
    return (
        f"{view.name}: {epoch}step {view.step:,}, "
        f"loss {number(view.latest('train_loss'))}, "
        f"{metric.title} {number(view.result(metric.name))}, "
        f"{view.images_per_s():,.0f} images/s, ETA {duration(view.eta_s())}"
    )
