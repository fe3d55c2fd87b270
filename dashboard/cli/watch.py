"""Watches runs being trained until all have ended or a signal came, and shows them meanwhile.

What trains them is given to it: worker processes or a cluster, both look alike from here. Plans
nothing and starts nothing; the order in which things stop is its business.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from rich.console import Console

from dashboard.board.dashboard import Dashboard
from dashboard.board.library import LibraryScene
from dashboard.cli.control import Control, Pool, Steering, Unsteered
from dashboard.cli.failures import Failures
from dashboard.cli.parser import Stop, alone, tick
from dashboard.cli.terminal import display, results
from dashboard.output import report
from dashboard.record.machine import Machine
from dashboard.record.reader import Record
from dashboard.record.states import WELL
from dashboard.record.whereabouts import Whereabouts
from dashboard.runs.experiment import Experiment
from dashboard.runs.request import NOTHING_ASKED, ComparisonRequest

if TYPE_CHECKING:
    from dashboard.cli.parser import Beside

STOP_TIMEOUT_S = 3.0


def watch(
    pool: Pool,
    record: Record,
    dashboard: Dashboard | None,
    stop: Stop,
    *,
    retries: int,
    request: ComparisonRequest = NOTHING_ASKED,
    browser: bool = True,
    stay: bool = True,
    beside: Beside = alone,
    steering: Steering | None = None,
) -> int:
    """Train what the pool holds and show it on the dashboard, if there is one; the exit code.

    retries: how often a run may begin again. request: checked; where it says nothing the
    record does. browser: open one. stay: keep the dashboard up after the last run, until a
    signal comes. beside: adds what else can be looked at. steering: decides what else is trained,
    and what no further.
    """
    console = Console()
    control, steering = Control(pool, record), steering or Unsteered()
    failures = Failures(control, max(retries, pool.least_retries))
    with ExitStack() as stack:
        stack.callback(record.close)
        experiment = Experiment(record)
        experiment.poll()
        experiment.request = request.over(experiment.request)
        whereabouts = stack.enter_context(Whereabouts(record.folder))
        if dashboard:
            scene = LibraryScene(record.folder.parent, [experiment])
            stack.callback(scene.close)
            stack.enter_context(dashboard)
            dashboard.open(beside(scene), browser=browser)
        loss, machine = "", Machine(record.pending)
        with pool, display(experiment, console) as screen:
            while _goes_on(control, steering) and not stop.signal and not loss:
                failures.look()
                tick([experiment], dashboard)
                with experiment.lock:
                    steering.look(experiment, control)
                    if machine.is_due:
                        machine.sample(experiment.images_per_s())
                screen.update()
                loss = whereabouts.gone()
            pool.stop(STOP_TIMEOUT_S)
            if stop.signal or loss:
                record.end_all("stopped")
            tick([experiment], dashboard)
        record.release()
        results(experiment, console)
        _say_what_is_left(record, pool, loss)
        all_well = not loss and all(view.state in WELL for view in experiment.runs)
        if dashboard and stay and not stop.signal and not loss:
            _stay_up(experiment, dashboard, stop)
            return int(not all_well)
    return stop.exit_code if stop.signal else int(not all_well)


def _goes_on(control: Control, steering: Steering) -> bool:
    """Whether anything is trained or may be."""
    can_begin = not (control.held or control.pool.gave_up)
    return control.busy() or (can_begin and steering.busy())


def _say_what_is_left(record: Record, pool: Pool, loss: str) -> None:
    """Say what is not recorded, what is not trained, and why."""
    for sentence in record.pending.ends():
        print(sentence, flush=True)
    if pool.gave_up:
        report(f"{pool.gave_up}; what is queued can be resumed")
    if loss:
        report(f"{loss}; training has stopped")


def _stay_up(experiment: Experiment, dashboard: Dashboard, stop: Stop) -> None:
    """Keep showing what was trained until a signal comes."""
    print(f"the dashboard stays up at {dashboard.url} until Ctrl-C", flush=True)
    while not stop.signal:
        tick([experiment], dashboard)
