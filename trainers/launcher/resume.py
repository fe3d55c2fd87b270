"""The command `resume`: train what is left of an experiment that was interrupted.

It is shown and trained as by `train`; which runs are left, and where they run, is decided here.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.cli.folders import by_folder
from dashboard.cli.parser import (
    Parser,
    Stop,
    add_dashboard_flags,
    add_json_flag,
    make_dashboard,
    requested,
)
from dashboard.errors import UserError
from dashboard.output import alone, report
from dashboard.program import PROGRAM
from dashboard.record.patience import limit
from trainers.launcher import train
from trainers.launcher.ready import get_ready, recorded_words

if TYPE_CHECKING:
    from dashboard.record.reader import Record
    from dashboard.record.rows import Run
    from dashboard.runs.experiment import Experiment
    from dashboard.runs.request import ComparisonRequest
    from trainers.plan.plan import Plan
    from trainers.steer.policy import Policy


def make_parser() -> argparse.ArgumentParser:
    from trainers.plan.flags import add_places
    from trainers.steer.flags import add_policy_flags

    parser = Parser(
        prog=f"{PROGRAM} resume",
        description="Train what is left of an experiment: runs that wait, were stopped or failed. "
        "Each goes on from the end of its last whole epoch.",
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="which one, by name or folder")
    add_places(parser)
    add_policy_flags(parser)
    add_dashboard_flags(parser)
    parser.add_argument("--no-dashboard", action="store_true", help="train and record only")
    add_json_flag(parser)
    return parser


def run(argv: list[str]) -> int:
    """Train what is left; where it runs is what the experiment's own command said, or flags say."""
    from dashboard.record.reader import Record

    args = make_parser().parse_args(argv)
    runs_dir, [name] = by_folder(args.runs_dir, [args.experiment])
    if runs_dir != args.runs_dir:
        argv = [*argv, "--runs-dir", str(runs_dir)]
        argv[argv.index(args.experiment)] = name
        args = make_parser().parse_args(argv)
    get_ready([*argv, *recorded_words(args.runs_dir / args.experiment)])
    with alone(args.json), closing(Record(args.runs_dir / args.experiment)) as record:
        return train_rest(record, argv)


def train_rest(record: Record, argv: list[str]) -> int:
    """Train what is left of the experiment in `record`; the exit code."""
    from dashboard.cli.results import print_json
    from trainers.plan.engines import make_pool, threaded, where
    from trainers.plan.plan import plan_rest
    from trainers.steer.policy import is_left, steered

    limit()
    record.hold()
    everything = record.runs()
    args = flags_of(record, argv)
    if not everything:
        raise UserError(f"{args.experiment} has no runs, so there is nothing to resume")
    request = request_of(record, everything, args)
    policy = policy_for(record, everything, args)
    experiment = read(record.folder)
    rest = [run for run in everything if is_left(run, args) and has_name(run)]
    if not rest and not policy.wants_more(experiment):
        print(f"{args.experiment}: nothing is left to train")
        if args.json:
            print_json(experiment)
        return 0
    runs = [(run.name, run.config) for run in rest or everything]
    plan = plan_rest(runs, *where(args), args.stack, args.keep)
    plan.check_data(args.data)
    go, wait = policy.rest(plan.jobs if rest else [], experiment)
    plan = threaded(steered(plan, policy, args), args, record.settings)
    most = 0 if plan.fixed else most_threads(record.folder, [job.name for job in plan.jobs])
    dashboard = None if args.no_dashboard else make_dashboard(args, record.folder)
    stop = Stop()
    with ExitStack() as stack:
        if dashboard:
            stack.push(dashboard)
            dashboard.start()  # it gets ready while the models are built, to prove that they can be
        rest_plan = replace(plan, jobs=plan.jobs if rest else [])
        train.say_plan(rest_plan, policy, args.experiment, args, stop, most)
        pool = make_pool(replace(plan, jobs=go), record.folder, args)
        record.requeue([job.name for job in go])
        record.pause(wait)
        enter_launch(record, ["resume", *argv], plan, policy)
        stack.pop_all()
    return train.watch_all(pool, record, dashboard, request, stop, args, policy, args.json)


def flags_of(record: Record, argv: list[str]) -> argparse.Namespace:
    """The flags of this command, and what it does not say as the experiment's own command said."""
    from trainers.plan.flags import places
    from trainers.plan.resume import resume_flags
    from trainers.steer.flags import policy_flags

    dests, command = [*places(), *policy_flags()], record.settings.get("command")
    args = resume_flags(make_parser(), argv, train.make_parser(), command, dests)
    if args.decide is None:
        args.decide = record.settings.get("decide")
    return args


def request_of(record: Record, runs: Sequence[Run], args: argparse.Namespace) -> ComparisonRequest:
    """What is asked of the page, checked against what the runs have."""
    from dashboard.record.tasks import evaluated
    from dashboard.runs.request import check_request

    series = {*evaluated(record.settings), *record.series_names()}
    names, settings = [run.name for run in runs], list(runs[0].config)
    return check_request(requested(args), names, settings, series)


def policy_for(record: Record, runs: Sequence[Run], args: argparse.Namespace) -> Policy:
    """Which runs are trained, how far and in which order, as the experiment was begun."""
    from trainers.plan.flags import parse_flags
    from trainers.steer import policy

    search = None
    if args.search:
        first = parse_flags(train.make_parser(), list(record.settings.get("command") or ()))
        if first.search != args.search:
            raise UserError("--search is said when an experiment is begun, not when it is resumed")
        first.trials = args.trials
        search = policy.search_of(first)
    own_policy = policy.policy_of(args, [run.config for run in runs], search)
    policy.check_kept(own_policy, record.settings, args.experiment)
    return own_policy


def most_threads(folder: Path, runs: Sequence[str]) -> int:
    """The most threads that one of these runs is to be computed with, as it was before."""
    from dashboard.record.threads import all_threads

    before = all_threads(folder)
    return max((each["threads"] for run in runs for each in before.get(run, ())), default=0)


def enter_launch(record: Record, command: list[str], plan: Plan, policy: Policy) -> None:
    """Enter this launch into the record, and have it written before anything is trained."""
    from dashboard.record import provenance
    from dashboard.record.schema import DEFAULTS, THREADS
    from trainers.config import RunConfig

    launch = provenance.entry(command, plan.devices, plan.threads)
    now = {DEFAULTS: RunConfig().as_dict(), THREADS: plan.shares}
    record.keep({**launch, **policy.settings, **now})
    record.pending.demand()


def read(folder: Path) -> Experiment:
    """What is known of the experiment before it goes on."""
    from dashboard.record.reader import Record
    from dashboard.runs.experiment import Experiment

    with closing(Record(folder)) as record:
        experiment = Experiment(record)
        experiment.poll()
    return experiment


def has_name(run: Run) -> bool:
    """Whether a run may be trained under its name, which becomes one of a file; else it is said."""
    from dashboard.names import is_part_of_path, quoted

    if is_part_of_path(run.name):
        return True
    report(f"run name {quoted(run.name)} can name no file; it is left as it is")
    return False
