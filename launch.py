"""Trainboard: train neural networks side by side and watch them learn, live in the browser.

    python launch.py           train the default comparison and show it
    python launch.py --help    the other commands (the table COMMANDS below) and every flag

This file reads the command line, starts the server, the board and the workers, and stops them all.
How a run is trained is in trainers/, how it is shown in dashboard/.
"""

# ruff: noqa: E402
from __future__ import annotations

import os
import signal
import sys


def end_at_once() -> None:
    """Until `Stop` takes over there is nothing to end in order: a signal ends us, without a word.

    Python's own way, an exception, would surface in the middle of whatever is being imported.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: os._exit(128 + number))


if __name__ == "__main__":
    end_at_once()  # before the imports, which take their time

import argparse
import re
import tempfile
import time
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.cli.commands import Command, choose_command, command_lines, commands_table
from dashboard.cli.parser import (
    LOOK_EVERY_S,
    Parser,
    Stop,
    add_dashboard_flags,
    add_server_flags,
    fail,
    make_dashboard,
    requested,
)
from dashboard.cli.view import export_command, export_parser, view_command, view_parser
from dashboard.errors import UserError
from dashboard.output import printed, protect, report
from dashboard.record.patience import limit

if TYPE_CHECKING:
    # Heavy modules are imported where they are needed, so that workers load torch meanwhile.
    from dashboard.board.dashboard import Dashboard
    from dashboard.cli.failures import Pool
    from dashboard.record.reader import Record
    from dashboard.record.rows import Run
    from dashboard.runs.request import ComparisonRequest
    from trainers.plan.plan import Plan


def train_parser() -> argparse.ArgumentParser:
    from trainers.plan.flags import add_run_flags

    parser = Parser(
        prog="launch.py",
        description="Train neural networks side by side and watch them learn, live.",
        epilog=command_lines(COMMANDS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_run_flags(parser)
    add_dashboard_flags(parser)
    plan = parser.add_argument_group("the plan")
    plan.add_argument(
        "--experiment",
        default=None,
        metavar="NAME",
        help="letters, digits, - and . (default: recipe or dataset and model, and time)",
    )
    plan.add_argument("--no-dashboard", action="store_true", help="train and record only")
    plan.add_argument("--dry-run", action="store_true", help="print the plan and end")
    plan.add_argument(
        "--summary",
        action="store_true",
        help="print the layers and first weights of every different model and end",
    )
    plan.add_argument("--list", action="store_true", help="print every choice with its one line")
    return parser


def train_command(argv: list[str]) -> int:
    """Plan, start, watch, stop. 0: all runs have ended well; 1: not all; 128 + n: signal n."""
    from trainers.local import children

    children.warm()  # torch loads there while it loads here
    from trainers.plan.engines import cluster, where
    from trainers.plan.flags import list_choices, load_own_choices, parse_flags, read_run_flags
    from trainers.plan.plan import make_plan

    load_own_choices(argv)
    args = parse_flags(train_parser(), argv)
    if args.list:
        print("\n".join(list_choices()))
        return printed()
    name = experiment_name(args)
    plan = make_plan(*read_run_flags(args), *where(args), args.stack)
    if args.summary:
        print_models(plan)
        return printed()
    if args.dry_run:
        print(plan.sentence(name, cluster(args)), *(f"  {job.name}" for job in plan.jobs), sep="\n")
        return printed()
    return train_plan(plan, name, argv, args)


def train_plan(plan: Plan, name: str, argv: list[str], args: argparse.Namespace) -> int:
    """Record the experiment and train it; the exit code."""
    from dashboard.record.reader import create
    from dashboard.record.schema import discard
    from dashboard.runs.request import check_request
    from trainers.config import EVALUATED
    from trainers.plan.consent import remember
    from trainers.plan.engines import cluster, make_pool
    from trainers.plan.flags import recipe_settings

    plan.check_data(args.data)
    print(plan.sentence(name, cluster(args)))
    limit()  # said before anything starts, if it is a mistake
    remember(args)
    folder = args.runs_dir / name
    pool = make_pool(plan, folder, args)
    runs, settings = [job.name for job in plan.jobs], list(plan.jobs[0].settings)
    request = check_request(requested(args), runs, settings, EVALUATED)
    dashboard = None if args.no_dashboard else make_dashboard(args, folder)
    stop = Stop()
    record = create(
        folder,
        {"command": argv, **recipe_settings(args.recipe), **request.as_settings()},
        [(job.name, job.settings) for job in plan.jobs],
    )
    try:
        if dashboard:
            dashboard.start()
    except Exception:
        record.close()
        discard(folder)  # made a moment ago; nothing was trained
        raise
    return watch_all(runs, pool, record, dashboard, request, stop, args)


def resume_parser() -> argparse.ArgumentParser:
    from trainers.plan.flags import add_places

    parser = Parser(
        prog="launch.py resume",
        description="Train what is left of an experiment: runs that wait, were stopped or failed. "
        "Each goes on from the end of its last whole epoch.",
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="which one")
    add_places(parser)
    add_dashboard_flags(parser)
    parser.add_argument("--no-dashboard", action="store_true", help="train and record only")
    return parser


def resume_command(argv: list[str]) -> int:
    """Train what is left; where it runs is what the experiment's own command said, or flags say."""
    from trainers.local import children

    children.warm()
    from dashboard.record.reader import Record

    args = resume_parser().parse_args(argv)
    with closing(Record(args.runs_dir / args.experiment)) as record:
        return train_rest(record, argv)


def train_rest(record: Record, argv: list[str]) -> int:
    """Train what is left of the experiment in `record`; the exit code."""
    from dashboard.runs.request import check_request
    from trainers.config import EVALUATED
    from trainers.plan.engines import cluster, make_pool, where
    from trainers.plan.plan import plan_rest
    from trainers.plan.resume import resume_flags

    limit()
    record.hold()
    args = resume_flags(resume_parser(), argv, train_parser(), record.settings.get("command"))
    everything = record.runs()
    if not everything:
        raise UserError(f"{args.experiment} has no runs, so there is nothing to resume")
    names = [run.name for run in everything]
    series = {*EVALUATED, *record.series_names()}
    request = check_request(requested(args), names, list(everything[0].config), series)
    rest = [run for run in everything if run.state not in ("done", "diverged") and has_name(run)]
    if not rest:
        print(f"{args.experiment}: nothing is left to train")
        return 0
    plan = plan_rest([(run.name, run.config) for run in rest], *where(args), args.stack)
    plan.check_data(args.data)
    print(plan.sentence(args.experiment, cluster(args)))
    pool = make_pool(plan, record.folder, args)
    dashboard = None if args.no_dashboard else make_dashboard(args, record.folder)
    stop = Stop()
    with ExitStack() as stack:
        if dashboard:
            stack.push(dashboard)
            dashboard.start()
        record.requeue([run.name for run in rest])
        record.pending.demand()
        stack.pop_all()
    runs = [job.name for job in plan.jobs]
    return watch_all(runs, pool, record, dashboard, request, stop, args)


def watch_all(
    runs: list[str],
    pool: Pool,
    record: Record,
    dashboard: Dashboard | None,
    request: ComparisonRequest,
    stop: Stop,
    args: argparse.Namespace,
) -> int:
    """Watch the runs as the flags say until all have ended; the exit code."""
    from dashboard.cli.watch import watch

    return watch(
        runs,
        pool,
        record,
        dashboard,
        stop,
        retries=args.retries,
        request=request,
        browser=not args.no_browser,
        stay=not args.exit,
    )


def has_name(run: Run) -> bool:
    """Whether a run may be trained under its name, which becomes one of a file; else it is said."""
    from dashboard.names import BadNameError, check_run

    try:
        check_run(run.name)
    except BadNameError as why:
        report(f"{why}; it is left as it is")
        return False
    return True


def atlas_parser() -> argparse.ArgumentParser:
    from trainers.plan.flags import add_choices_flag

    parser = Parser(
        prog="launch.py atlas",
        description="Show every activation, init, loss and layer as a picture; train nothing.",
    )
    add_choices_flag(parser)
    group = add_server_flags(parser)
    group.add_argument("--exit", action="store_true", help="end when everything is drawn")
    return parser


def atlas_command(argv: list[str]) -> int:
    """Show the atlas until Ctrl-C."""
    stop = Stop()
    args = atlas_parser().parse_args(argv)
    from dashboard.atlas.scene import AtlasScene
    from trainers.atlas import atlas
    from trainers.plan.flags import load_own_choices

    load_own_choices(argv)
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="trainboard-"))
        dashboard = stack.enter_context(make_dashboard(args, Path(scratch)))
        dashboard.start()
        dashboard.open(AtlasScene(atlas()), browser=not args.no_browser)
        while not stop.signal and not (args.exit and dashboard.complete()):
            dashboard.supervise()
            time.sleep(LOOK_EVERY_S)
    return 0


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
    from dashboard.names import check_planned

    kind = args.recipe or f"{args.dataset[0]}-{args.model[0]}"
    if args.experiment is not None:
        return check_planned(args.experiment)
    return check_planned(re.sub(r"[^A-Za-z0-9.-]+", "-", f"{kind}-{datetime.now():%m%d-%H%M%S}"))


def docs_parser() -> argparse.ArgumentParser:
    return Parser(
        prog="launch.py docs",
        description="Write the generated parts of the README files anew, from the tables.",
    )


def docs_command(argv: list[str]) -> int:
    """Write the generated parts of the README files anew."""
    docs_parser().parse_args(argv)
    from trainers.plan import readme

    readme.write(Path(__file__).parent, generated_sections())
    return 0


def generated_sections() -> dict[str, dict[str, str]]:
    """The generated parts of every README file: its path, the name of the markers, the text."""
    from dashboard.runs.verdict import rules_table
    from dashboard.windows.table import windows_table
    from trainers.plan import readme

    return {
        "README.md": {"commands": commands_table(COMMANDS)},
        "trainers/tables/README.md": {"choices": readme.choices()},
        "dashboard/windows/README.md": {"windows": windows_table()},
        "dashboard/runs/README.md": {"verdicts": rules_table()},
    }


COMMANDS = {
    "train": Command(
        train_parser,
        train_command,
        "train a grid of choices and show it; also without the word train",
    ),
    "view": Command(
        view_parser, view_command, "show a recorded experiment again, without training"
    ),
    "resume": Command(
        resume_parser, resume_command, "train what is left of an interrupted experiment"
    ),
    "atlas": Command(
        atlas_parser, atlas_command, "show every activation, init and loss, without training"
    ),
    "export": Command(
        export_parser,
        export_command,
        "write an experiment's numbers and plots into files",
        tidies_up=True,
    ),
    "docs": Command(
        docs_parser,
        docs_command,
        "write the generated parts of the README files anew",
        tidies_up=True,
    ),
}


def main(argv: list[str]) -> int:
    """Run a command; a person's mistake is one sentence and exit code 2.

    Anything else that is raised is a bug: Python shows its traceback and ends with exit code 1.
    """
    try:
        command, rest = choose_command(argv, COMMANDS, default="train")
        if command.tidies_up:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return command.run(rest)
    except UserError as why:
        fail(str(why))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    protect()
    sys.exit(main(sys.argv[1:]))
