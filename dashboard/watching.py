"""Watches runs being trained until all have ended or a signal came, and shows them meanwhile.

What trains them is given to it: worker processes or a cluster, both look alike from here. Plans
nothing and starts nothing; the order in which things stop is its business.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Protocol, Self

from rich.console import Console

from dashboard.command_line import Stop, report, tick
from dashboard.experiment import Experiment
from dashboard.record import Record
from dashboard.scene import ExperimentScene
from dashboard.show import Show
from dashboard.terminal import display, results

STOP_TIMEOUT_S = 3.0


class Death(Protocol):
    """A run whose worker has ended. killed: from outside, so that it may begin again."""

    @property
    def run(self) -> str: ...
    @property
    def killed(self) -> bool: ...
    @property
    def reason(self) -> str: ...


class Pool(Protocol):
    """What trains the runs. `watch` returns the deaths since the last call and never waits."""

    least_retries: int
    gave_up: str

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
    experiment = Experiment(book)
    experiment.poll()
    experiment.ask(args.baseline, args.grid)
    left = Counter(dict.fromkeys(runs, max(args.retries, pool.least_retries)))
    with ExitStack() as stack:
        stack.callback(book.close)
        if show:
            stack.enter_context(show)
            show.open(ExperimentScene(experiment), browser=not args.no_browser)
        with pool, display(experiment, console) as screen:
            while pool.busy() and not stop.signal:
                for death in pool.watch():
                    end_or_retry(death, left, pool, book)
                tick(experiment, show)
                screen.update()
            pool.stop(STOP_TIMEOUT_S)
            if stop.signal:
                book.end_all("stopped")
            tick(experiment, show)
        book.release()
        results(experiment, console)
        for sentence in book.unwritten():
            print(sentence, flush=True)
        if pool.gave_up:
            report(f"{pool.gave_up}; what is queued can be resumed")
        failed = any(view.run.state not in ("done", "diverged") for view in experiment.runs)
        if show and not args.exit and not stop.signal:
            print(f"the dashboard stays up at {show.url} until Ctrl-C", flush=True)
            while not stop.signal:
                tick(experiment, show)
            return int(failed)
    return stop.exit_code if stop.signal else int(failed)


def end_or_retry(death: Death, left: Counter[str], pool: Pool, book: Record) -> None:
    """The run of a killed worker begins again while it may; else it has failed."""
    if death.killed and left[death.run] > 0:
        left[death.run] -= 1
        if book.requeue([death.run]):
            print(
                f"{death.run}: {death.reason}; it begins again at its last checkpoint", flush=True
            )
            pool.again(death.run)
    else:
        book.end_run(death.run, "failed", death.reason)
