"""Watches runs being trained until all have ended or a signal came, and shows them meanwhile.

What trains them is given to it: worker processes or a cluster, both look alike from here. Plans
nothing and starts nothing; the order in which things stop is its business.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from dashboard.board.dashboard import Dashboard
from dashboard.board.library import LibraryScene
from dashboard.cli.alerts import Alerts, make_alerts
from dashboard.cli.control import Control, Pool, Steering, Unsteered
from dashboard.cli.failures import Failures
from dashboard.cli.parser import LOOK_EVERY_S, Stop, alone, tick
from dashboard.cli.results import print_json, results
from dashboard.cli.terminal import display
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
    acting: Steering | None = None,
    as_json: bool = False,
    alerts: Sequence[str] = (),
) -> int:
    """Train what the pool holds and show it on the dashboard, if there is one; the exit code.

    retries: how often a run may begin again. request: checked; where it says nothing the
    record does. browser: open one. stay: keep the dashboard up after the last run, until a
    signal comes, or until somebody asks for more. beside: adds what else can be looked at.
    steering: decides what else is trained, and what no further. acting: does what people ask.
    as_json: print the results as one document too, and do not stay. alerts: the ways in which it
    is told what happens (`dashboard.cli.alerts`).
    """
    control = Control(pool, record)
    with ExitStack() as stack:
        experiment = Experiment(record)
        stack.callback(experiment.close)
        alerter, post = make_alerts(alerts, report)
        stack.callback(post.close)
        experiment.poll()
        experiment.request = request.over(experiment.request)
        watching = _Watching(
            experiment, control, dashboard, stop,
            Failures(control, max(retries, pool.least_retries)),
            stack.enter_context(Whereabouts(record.folder)),
            steering or Unsteered(), acting or Unsteered(), Machine(record.pending), alerter,
        )  # fmt: skip
        if dashboard:
            scene = LibraryScene(record.folder.parent, [experiment])
            stack.callback(scene.close)
            stack.enter_context(dashboard)
            dashboard.open(beside(scene), browser=browser)
        while True:
            all_well = watching.train()
            if as_json:
                print_json(experiment)
            if as_json or not dashboard or not stay or stop.signal or watching.loss:
                return stop.exit_code if stop.signal else int(not all_well)
            watching.stay_up(dashboard.url)
            if stop.signal:
                return int(not all_well)


@dataclass
class _Watching:
    """An experiment while its launcher lives. loss: why it cannot go on; empty while it can."""

    experiment: Experiment
    control: Control
    dashboard: Dashboard | None
    stop: Stop
    failures: Failures
    whereabouts: Whereabouts
    steering: Steering
    acting: Steering
    machine: Machine
    alerts: Alerts
    loss: str = ""

    def train(self) -> bool:
        """Train until nothing is left, or a signal came; whether all runs have ended well."""
        pool, record, console = self.control.pool, self.control.record, Console()
        self._alert()  # what is so already is no news
        with pool, display(self.experiment, console) as screen:
            while self._goes_on() and not self.stop.signal and not self.loss:
                self.failures.look()
                tick([self.experiment], self.dashboard, at_once)
                with self.experiment.lock:
                    self.acting.look(self.experiment, self.control)
                    self.steering.look(self.experiment, self.control)
                    if self.machine.is_due:
                        self.machine.sample(self.experiment.images_per_s())
                self.failures.look()  # what was just decided begins at once
                self._alert()
                screen.update()
                self.loss = self.whereabouts.gone()
                if self._goes_on():
                    pool.rest(LOOK_EVERY_S)
            pool.stop(STOP_TIMEOUT_S)
            if self.stop.signal or self.loss:
                record.end_all("stopped")
            tick([self.experiment], self.dashboard, at_once)
        self._alert(over=not self.stop.signal)
        results(self.experiment, console)
        _say_what_is_left(record, pool, self.loss)
        return not self.loss and all(view.state in WELL for view in self.experiment.runs)

    def stay_up(self, url: str) -> None:
        """Keep showing what was trained until a signal comes, or somebody wants more trained."""
        print(f"the dashboard stays up at {url} until Ctrl-C", flush=True)
        may_train = self.control.pool.restarts
        if not may_train:
            self.control.record.release()
        while not self.stop.signal and not (may_train and self.control.busy()):
            tick([self.experiment], self.dashboard)
            if may_train:
                with self.experiment.lock:
                    self.acting.look(self.experiment, self.control)

    def _alert(self, over: bool = False) -> None:
        with self.experiment.lock:
            self.alerts.look(self.experiment, over)

    def _goes_on(self) -> bool:
        """Whether anything is trained or may be."""
        can_begin = not (self.control.hold_reason or self.control.pool.gave_up)
        wants_more = self.steering.busy() or self.acting.busy()
        return self.control.busy() or (can_begin and wants_more)


def at_once(_timeout_s: float) -> None:
    """No rest."""


def _say_what_is_left(record: Record, pool: Pool, loss: str) -> None:
    """Say what is not recorded, what is not trained, and why."""
    for sentence in record.pending.ends():
        print(sentence, flush=True)
    if pool.gave_up:
        report(f"{pool.gave_up}; what is queued can be resumed")
    if loss:
        report(f"{loss}; training has stopped")
