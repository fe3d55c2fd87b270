"""Asks for what needs a trainer: to the launcher that is there, else as a launcher of its own.

Such a launcher trains nothing of the plan; it acts on the request, trains what comes of that, and
is in all else what `resume` is. Which commands there are is COMMANDS' to say.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from dashboard.cli.asking import Named, NeedsTrainerError, add_names, ask, named
from dashboard.cli.parser import Stop, add_dashboard_flags, make_dashboard, requested
from dashboard.record.patience import limit
from trainers.launcher import train
from trainers.launcher.ready import get_ready_for

if TYPE_CHECKING:
    from dashboard.record.reader import Record

MANY = 4096  # workers are as many as runs at most, and how many will come is not known


def add_launcher_flags(parser: argparse.ArgumentParser, *, runs: str) -> None:
    """Add what is acted on, and the flags of the launcher that may be needed for it."""
    from trainers.plan.flags import add_places

    add_names(parser, runs=runs, alone=False)
    group = parser.add_argument_group("where no launcher trains the experiment: one begins")
    group.add_argument("--no-dashboard", action="store_true", help="train and record only")
    add_places(parser)
    add_dashboard_flags(parser)


def ask_or_train(
    argv: list[str],
    parser: argparse.ArgumentParser,
    act: str,
    runs_of: Any,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Ask for `act`; the exit code.

    runs_of: gives the names of the runs, of (record, what was named), and finds mistakes before
    anything is asked; by then the experiment's own choices are known. Raises UserError.
    """
    from dashboard.record.reader import Record
    from trainers.plan.flags import places
    from trainers.plan.resume import resume_flags

    own = parser.parse_args(argv)
    what = named(own)
    if own.choices is None:  # what was tried out may have begun threads, which no copy of us has
        get_ready_for(what.folder)
    with closing(Record(what.folder)) as record:
        command = record.settings.get("command")
        args = resume_flags(parser, argv, train.make_parser(), command, places())
        runs: Sequence[str] = runs_of(record, what)
        try:
            print(ask(record, act, runs, details))
        except NeedsTrainerError:
            return _train(record, what, args)
    return 0


def _train(record: Record, what: Named, args: argparse.Namespace) -> int:
    """Be the launcher of the experiment, which is held by now, until what was asked is trained."""
    from dashboard.record.tasks import evaluated
    from dashboard.runs.request import check_request
    from trainers.plan.devices import devices_for
    from trainers.plan.engines import make_pool, threaded, where
    from trainers.plan.plan import Plan, checked_keep
    from trainers.steer.policy import NoPolicy

    limit()
    runs = record.runs()
    series = {*evaluated(record.settings), *record.series_names()}
    request = check_request(
        requested(args), [run.name for run in runs], list(runs[0].config), series
    )
    devices, keep = devices_for(*where(args), MANY), checked_keep(args.keep)
    plan = threaded(Plan([], devices, args.stack, keep), args, record.settings)
    pool = make_pool(plan, record.folder, args)
    print(f"{what.experiment}: nobody trains it now, so this does", flush=True)
    dashboard = None if args.no_dashboard else make_dashboard(args, record.folder)
    stop = Stop()
    if dashboard:
        dashboard.start()
    return train.watch_all(pool, record, dashboard, request, stop, args, NoPolicy())
