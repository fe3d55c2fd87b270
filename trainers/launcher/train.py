"""The command `train`: plan a grid of runs, record it, train it and show it.

How a run is trained is trainers' to know, how it is shown the dashboard's.
"""

from __future__ import annotations

import argparse
import contextlib
import re
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.cli.parser import (
    SERVER_LOG,
    Parser,
    Stop,
    add_dashboard_flags,
    add_json_flag,
    make_dashboard,
    requested,
)
from dashboard.output import alone, printed
from dashboard.program import PROGRAM
from dashboard.record.patience import limit
from trainers.launcher.beside import with_atlas
from trainers.launcher.commands import COMMANDS, command_lines
from trainers.launcher.ready import get_ready, trains

if TYPE_CHECKING:
    # Heavy modules are imported where they are needed, so that no command waits for another's.
    from dashboard.board.dashboard import Dashboard
    from dashboard.cli.control import Pool
    from dashboard.record.reader import Record
    from dashboard.runs.request import ComparisonRequest
    from trainers.plan.plan import Plan
    from trainers.steer.policy import Policy


def make_parser() -> argparse.ArgumentParser:
    from trainers.plan.flags import add_run_flags
    from trainers.steer.flags import add_policy_flags

    parser = Parser(
        prog=PROGRAM,
        description="Train neural networks side by side and watch them learn, live.",
        epilog=command_lines(COMMANDS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_run_flags(parser)
    add_policy_flags(parser)
    add_dashboard_flags(parser)
    plan = parser.add_argument_group("the plan")
    plan.add_argument(
        "--experiment",
        default=None,
        metavar="NAME",
        help="letters of any alphabet, digits, blanks and _ . , = @ : - (default: recipe or "
        "dataset and model, and time)",
    )
    plan.add_argument("--no-dashboard", action="store_true", help="train and record only")
    add_json_flag(plan)
    plan.add_argument(
        "--dry-run",
        action="store_true",
        help="print the plan, what stacks and how long it may take, and end",
    )
    plan.add_argument(
        "--summary",
        action="store_true",
        help="print the layers and first weights of every different model and end",
    )
    plan.add_argument("--list", action="store_true", help="print every choice with its one line")
    return parser


def run(argv: list[str]) -> int:
    """Plan, start, watch, stop. 0: all runs have ended well; 1: not all; 128 + n: signal n."""
    if trains(["train", *argv]):
        get_ready(argv)

    from trainers.plan.engines import threaded
    from trainers.plan.flags import list_choices, load_own_choices, parse_flags
    from trainers.steer.policy import planned

    load_own_choices(argv)
    args = parse_flags(make_parser(), argv)
    if args.list:
        print("\n".join(list_choices()))
        return printed()
    name = experiment_name(args)
    plan, policy = planned(args)
    plan = threaded(plan, args)
    if args.summary:
        print_models(plan)
        return printed()
    if args.dry_run:
        dry_run(plan, policy, name, args)
        return printed()
    with alone(args.json):
        return train_plan(plan, policy, name, argv, args)


def say_plan(
    plan: Plan,
    policy: Policy,
    name: str,
    args: argparse.Namespace,
    stop: Stop | None = None,
    threads: int = 0,
) -> None:
    """What will be trained, where, by which policy, and what is kept of it; nothing once a signal
    has come while its models are built.

    threads: the most that a run had before.
    """
    from trainers.local.children import NotWaitedForError
    from trainers.plan.engines import cluster

    try:
        plan.proved(lambda: stop and stop.signal)
    except NotWaitedForError:
        return
    sentences = [plan.sentence(name, cluster(args)), plan.crowded(threads), policy.says]
    sentences += [plan.alone(), plan.kept()]
    print(*filter(None, sentences), sep="\n", flush=True)


def dry_run(plan: Plan, policy: Policy, name: str, args: argparse.Namespace) -> None:
    """Print the plan, having refused all that would be refused before the first run begins.

    Looks at no file of a data set and starts nothing.
    """
    from dashboard.record.schema import check_free
    from dashboard.windows.text import duration
    from trainers.plan.outlook import duration_text, stacked

    folder = args.runs_dir / name
    check_free(folder)
    limit()
    checked_request(plan, args)
    if not args.no_dashboard:
        make_dashboard(args, folder)  # its addresses are checked, nothing is started
    say_plan(plan, policy, name, args)
    print(stacked(plan))
    if args.engine == "local":
        print(duration_text(plan, args.runs_dir, duration))
    print(*(f"  {job.name}" for job in plan.jobs), sep="\n")


def checked_request(plan: Plan, args: argparse.Namespace) -> ComparisonRequest:
    """What the page is asked to show, in the words of the plan's runs. Raises UserError."""
    from dashboard.runs.request import check_request

    runs, settings = [job.name for job in plan.jobs], list(plan.jobs[0].settings)
    return check_request(requested(args), runs, settings, plan.evaluated)


def train_plan(
    plan: Plan, policy: Policy, name: str, argv: list[str], args: argparse.Namespace
) -> int:
    """Record the experiment and train it; the exit code."""
    from dashboard.record import provenance
    from dashboard.record.reader import create
    from dashboard.record.schema import DEFAULTS, THREADS
    from dashboard.record.tasks import TASK
    from trainers.config import RunConfig
    from trainers.plan.consent import remember
    from trainers.plan.engines import make_pool
    from trainers.plan.flags import recipe_settings

    limit()  # said before anything starts, if it is a mistake
    folder = args.runs_dir / name
    request = checked_request(plan, args)
    dashboard = None if args.no_dashboard else make_dashboard(args, folder)
    plan.check_data(args.data)
    remember(args)
    stop = Stop()
    there = args.runs_dir.exists()
    record = create(
        folder,
        {
            "command": provenance.public(argv),
            **recipe_settings(args.recipe),
            **request.as_settings(),
            **policy.settings,
            TASK: plan.task,
            DEFAULTS: RunConfig().as_dict(),
            THREADS: plan.shares,
            **provenance.entry(argv, plan.devices, plan.threads),
        },
        [(job.name, job.settings) for job in plan.jobs],
    )
    with ExitStack() as undone:  # the record was made a moment ago, and nothing was trained
        undone.callback(take_back, folder, not there)
        undone.callback(record.close)
        if dashboard:
            undone.push(dashboard)
            dashboard.start()  # it gets ready while the models are built, to prove that they can be
        say_plan(plan, policy, name, args, stop)
        pool = make_pool(plan, folder, args)
        undone.pop_all()
    return watch_all(pool, record, dashboard, request, stop, args, policy, args.json)


def take_back(folder: Path, with_runs_dir: bool) -> None:
    """Leave nothing of an experiment that has just been made."""
    from dashboard.record.schema import discard

    discard(folder, SERVER_LOG)
    if with_runs_dir:
        with contextlib.suppress(OSError):  # another launcher has begun in it
            folder.parent.rmdir()


def watch_all(
    pool: Pool,
    record: Record,
    dashboard: Dashboard | None,
    request: ComparisonRequest,
    stop: Stop,
    args: argparse.Namespace,
    policy: Policy,
    as_json: bool = False,
) -> int:
    """Watch the runs as the flags say until all have ended; the exit code.

    as_json: end with the results as one JSON document.
    """
    from dashboard.cli.acting import Acting
    from dashboard.cli.watch import watch
    from trainers.launcher.actions import all_actions

    return watch(
        pool,
        record,
        dashboard,
        stop,
        retries=args.retries,
        request=request,
        browser=not args.no_browser,
        stay=not args.exit,
        beside=with_atlas,
        steering=policy,
        acting=Acting(all_actions(policy.first), printed_at_once),
        as_json=as_json,
        alerts=args.alert,
    )


def printed_at_once(sentence: str) -> None:
    print(sentence, flush=True)


def print_models(plan: Plan) -> None:
    """The layers and first weights of every different model of the plan."""
    from rich.console import Console

    from dashboard.windows.model import print_summary
    from trainers.build import different_models
    from trainers.config import RunConfig
    from trainers.measure.summary import summarise

    for config in different_models(RunConfig.from_dict(job.settings) for job in plan.jobs):
        title = f"{config.model} · {config.activation} · {config.init} · seed {config.seed}"
        print_summary(summarise(config), title, Console())


def experiment_name(args: argparse.Namespace) -> str:
    """The experiment's name, given or made from the recipe, or dataset and model, and the time."""
    from dashboard.names import check_experiment

    kind = args.recipe or f"{args.dataset[0].partition(':')[0]}-{args.model[0]}"
    name: str = args.experiment
    if name is None:
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", f"{kind}-{datetime.now():%m%d-%H%M%S}")
    check_experiment(name)
    return name
