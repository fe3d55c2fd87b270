"""Watches runs being trained until all have ended or a signal came, and shows them meanwhile.

What trains them is given to it: worker processes or a cluster, both look alike from here. Plans
nothing and starts nothing; the order in which things stop is its business.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack

from rich.console import Console

from dashboard.board.dashboard import Show
from dashboard.board.scene import ExperimentScene
from dashboard.cli.failures import Failures, Pool
from dashboard.cli.parser import Stop, tick
from dashboard.cli.terminal import display, results
from dashboard.output import report
from dashboard.record.reader import Record
from dashboard.record.whereabouts import Whereabouts
from dashboard.runs.experiment import Experiment

STOP_TIMEOUT_S = 3.0
WELL = ("done", "diverged")


def watch(
    runs: Sequence[str],
    pool: Pool,
    record: Record,
    show: Show | None,
    stop: Stop,
    args: argparse.Namespace,
) -> int:
    """Train all runs, showing them if `show` is given; the launcher's exit code."""
    console = Console()
    failures = Failures(runs, pool, record, max(args.retries, pool.least_retries))
    with ExitStack() as stack:
        stack.callback(record.close)
        experiment = Experiment(record)
        experiment.poll()
        experiment.ask(args.baseline, args.grid)
        where = stack.enter_context(Whereabouts(record.folder))
        if show:
            stack.enter_context(show)
            show.open(ExperimentScene(experiment), browser=not args.no_browser)
        gone = ""
        with pool, display(experiment, console) as screen:
            while failures.busy() and not stop.signal and not gone:
                failures.look()
                tick(experiment, show)
                screen.update()
                gone = where.gone()
            pool.stop(STOP_TIMEOUT_S)
            if stop.signal or gone:
                record.end_all("stopped")
            tick(experiment, show)
        record.release()
        results(experiment, console)
        for sentence in record.pending.ends():
            print(sentence, flush=True)
        if pool.gave_up:
            report(f"{pool.gave_up}; what is queued can be resumed")
        if gone:
            report(f"{gone}; training has stopped")
        well = not gone and all(view.state in WELL for view in experiment.runs)
        if show and not args.exit and not stop.signal and not gone:
            print(f"the dashboard stays up at {show.url} until Ctrl-C", flush=True)
            while not stop.signal:
                tick(experiment, show)
            return int(not well)
    return stop.exit_code if stop.signal else int(not well)
