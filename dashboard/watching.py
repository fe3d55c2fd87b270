"""Watches runs being trained until all have ended or a signal came, and shows them meanwhile.

What trains them is given to it: worker processes or a cluster, both look alike from here. Plans
nothing and starts nothing; the order in which things stop is its business.
"""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any, Protocol, Self

from rich.console import Console

from dashboard.command_line import Stop, report, tick
from dashboard.deaths import Deaths
from dashboard.experiment import Experiment
from dashboard.record import Record
from dashboard.scene import ExperimentScene
from dashboard.show import Show
from dashboard.terminal import display, results
from dashboard.whereabouts import Whereabouts

STOP_TIMEOUT_S = 3.0
WELL = ("done", "diverged")


class Death(Protocol):
    """A run whose worker has ended. killed: from outside, so that it may begin again."""

    @property
    def run(self) -> str: ...
    @property
    def killed(self) -> bool: ...
    @property
    def reason(self) -> str: ...


class Pool(Protocol):
    """What trains the runs. `watch` returns the deaths since the last call and never waits.

    waiting: what has not begun, in its order.
    """

    least_retries: int
    gave_up: str
    waiting: deque[Any]

    def __enter__(self) -> Self: ...
    def __exit__(self, *why: object) -> None: ...
    def busy(self) -> bool: ...
    def watch(self) -> Iterable[Death]: ...
    def again(self, run: str) -> None: ...
    def stop(self, timeout_s: float) -> None: ...


def watch(
    runs: Sequence[str],
    pool: Pool,
    book: Record,
    show: Show | None,
    stop: Stop,
    args: argparse.Namespace,
) -> int:
    """Train all runs, showing them if `show` is given; the launcher's exit code."""
    console = Console()
    deaths = Deaths(runs, pool, book, max(args.retries, pool.least_retries))
    with ExitStack() as stack:
        stack.callback(book.close)
        experiment = Experiment(book)
        experiment.poll()
        experiment.ask(args.baseline, args.grid)
        where = stack.enter_context(Whereabouts(book.folder))
        if show:
            stack.enter_context(show)
            show.open(ExperimentScene(experiment), browser=not args.no_browser)
        gone = ""
        with pool, display(experiment, console) as screen:
            while deaths.busy() and not stop.signal and not gone:
                deaths.look()
                tick(experiment, show)
                screen.update()
                gone = where.gone()
            pool.stop(STOP_TIMEOUT_S)
            if stop.signal or gone:
                book.end_all("stopped")
            tick(experiment, show)
        book.release()
        results(experiment, console)
        for sentence in book.pending.ends():
            print(sentence, flush=True)
        if pool.gave_up:
            report(f"{pool.gave_up}; what is queued can be resumed")
        if gone:
            report(f"{gone}; training has stopped")
        well = not gone and all(view.run.state in WELL for view in experiment.runs)
        if show and not args.exit and not stop.signal and not gone:
            print(f"the dashboard stays up at {show.url} until Ctrl-C", flush=True)
            while not stop.signal:
                tick(experiment, show)
            return int(not well)
    return stop.exit_code if stop.signal else int(not well)
