"""Asks for something to be done with runs, from the terminal: to the launcher, or done here.

Where a launcher owns the experiment the request is put into the record, as a page does it, and
waited for. Where none does, the same actions act here, with nobody who trains; what needs training
is begun by whoever calls (`Needed`). Every command that acts on runs begins here.
"""

from __future__ import annotations

import argparse
import fnmatch
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from dashboard.cli.acting import Acting
from dashboard.cli.actions import ACTIONS, listed
from dashboard.cli.control import Control
from dashboard.cli.parser import LOOK_EVERY_S, add_runs_dir_flag
from dashboard.errors import UserError
from dashboard.record.acts import ACTS
from dashboard.record.reader import Record
from dashboard.record.requests import DONE, OPEN, TERMINAL, Request
from dashboard.record.rows import Run
from dashboard.record.schema import RecordError, is_held
from dashboard.runs.experiment import Experiment

PATIENCE_S = 60.0  # with a launcher that is there and does not act
MOST_LISTED = 8


class NobodyTrains:
    """A pool where there is none: no run is being trained."""

    least_retries, gave_up, restarts = 0, "", False
    size = batch = 1
    sets_rates = True

    def __init__(self) -> None:
        self.queue: deque[Any] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        pass

    def busy(self) -> bool:
        return False

    def watch(self) -> list[Any]:
        return []

    def rest(self, timeout_s: float) -> None:
        pass

    def add(self, jobs: Sequence[Any]) -> None:
        pass

    def end(self, run: str, state: str, reason: str = "") -> bool:
        return False

    def set_rate(self, run: str, lr: float, key: str) -> None:
        raise UserError(f"{run} does not train now: continue it first, or fork it")

    def again(self, run: str) -> None:
        pass

    def stop(self, timeout_s: float) -> None:
        pass


@dataclass(frozen=True)
class Named:
    """What a person named: an experiment, and patterns of names of its runs; none: all."""

    folder: Path
    patterns: tuple[str, ...]

    @property
    def experiment(self) -> str:
        return self.folder.name


def add_names(parser: argparse.ArgumentParser, *, runs: str, alone: bool = True) -> None:
    """Add what is acted on. runs: how many more may be named, as argparse has it.

    alone: no other flags say where experiments are recorded.
    """
    parser.add_argument(
        "experiment", metavar="NAME[/RUN]", help="the experiment, or one of its runs; * and ? match"
    )
    if runs:
        parser.add_argument("runs", nargs=runs, metavar="RUN", help="more runs of it")
    if alone:
        add_runs_dir_flag(parser)


def named(args: argparse.Namespace) -> Named:
    """What the person named. Raises UserError where two experiments are meant."""
    name, _, first = args.experiment.partition("/")
    patterns = [first] if first else []
    for text in getattr(args, "runs", None) or ():
        other, slash, run = text.partition("/")
        if slash and other != name:
            raise UserError(f"one experiment at a time: {name} and {other} are two")
        patterns.append(run if slash else text)
    return Named(args.runs_dir / name, tuple(patterns))


def runs_meant(record: Record, what: Named, act: str) -> list[str]:
    """The names of the runs that are meant; without patterns all that can be asked this.

    Raises UserError where a pattern meets none, or there is none.
    """
    runs = _those_there(record, act)
    if not what.patterns:
        all_that_can = [run.name for run in runs if act == "restore" or run.state in ACTS[act].of]
        if not all_that_can:
            states = "out of view" if act == "restore" else listed(ACTS[act].of)
            raise UserError(f"{what.experiment} has no run that is {states}")
        return all_that_can
    names = [run.name for run in runs]
    all_hits: list[str] = []
    for pattern in what.patterns:
        hits = [pattern] if pattern in names else fnmatch.filter(names, pattern)
        if not hits:
            more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
            there = ", ".join(names[:MOST_LISTED]) or "none"
            raise UserError(f"{what.experiment} has no run {pattern!r}; there are: {there}{more}")
        all_hits += hits
    return list(dict.fromkeys(all_hits))


def _those_there(record: Record, act: str) -> list[Run]:
    out_of_view = record.runs(out_of_view=True) if act in ("restore", "delete") else []
    return out_of_view if act == "restore" else [*record.runs(), *out_of_view]


class NeedsTrainerError(Exception):
    """Nobody trains the experiment, and what was asked needs somebody who does."""


def ask(
    record: Record, act: str, runs: Sequence[str], details: Mapping[str, Any] | None = None
) -> str:
    """Ask, and see it done; what was done, as a sentence.

    Raises UserError when it is refused, or nobody acts; NeedsTrainerError, with the request in the
    record, when it is for a launcher to do and there is none: the record is held then.
    """
    number = record.ask(act, runs, details=details, origin=TERMINAL)
    give_up_s = time.monotonic() + PATIENCE_S
    while (request := record.request(number)).state in OPEN:
        if not is_held(record.folder) and _hold(record):
            if ACTS[act].trains:
                raise NeedsTrainerError
            _act_here(record, request)
        elif time.monotonic() > give_up_s:
            raise UserError(
                f"the launcher of {record.folder.name} has not acted within {PATIENCE_S:.0f} s; "
                "the request stays, and it will when it can"
            )
        else:
            time.sleep(LOOK_EVERY_S)
    if request.state != DONE:
        raise UserError(request.answer)
    return request.answer


def _hold(record: Record) -> bool:
    try:
        record.hold()
    except RecordError:  # a launcher was quicker
        return False
    return True


def _act_here(record: Record, request: Request) -> None:
    """Do what is asked, as nobody else does, with all that was asked before and left."""
    acting, control = Acting(ACTIONS), Control(NobodyTrains(), record)
    experiment = Experiment(record)
    while record.request(request.id).state in OPEN:
        experiment.poll()
        acting.look(experiment, control)
        if record.pending:
            record.pending.demand()


def do(argv: list[str], parser: argparse.ArgumentParser, act: str, **details: Any) -> int:
    """Run a command that needs no trainer: ask for `act` with what the words name."""
    args = parser.parse_args(argv)
    what = named(args)
    with closing(Record(what.folder)) as record:
        print(ask(record, act, runs_meant(record, what, act), details))
    return 0
