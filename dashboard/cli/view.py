"""The command `view`: show recorded experiments, live or ended; train nothing.

It needs no torch, so it starts at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.cli.alerts import make_alerts
from dashboard.cli.folders import by_folder
from dashboard.cli.parser import (
    Parser,
    Stop,
    add_dashboard_flags,
    alone,
    make_dashboard,
    requested,
    tick,
)
from dashboard.errors import UserError
from dashboard.names import MOST_TOGETHER
from dashboard.output import report
from dashboard.program import PROGRAM
from dashboard.runs.request import NOTHING_ASKED
from dashboard.scratch import scratch_folder

if TYPE_CHECKING:
    from dashboard.board.dashboard import Dashboard
    from dashboard.board.scene import Scene
    from dashboard.cli.parser import Beside
    from dashboard.runs.opening import Opening


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"{PROGRAM} view",
        description="Show recorded experiments, live or ended; train nothing. Without a name the "
        "page begins with the list of all, from where each can be opened. With --server, where "
        "there is no such list, it begins with the newest.",
    )
    parser.add_argument(
        "experiments",
        nargs="*",
        metavar="EXPERIMENT",
        help=f"which one, by name or folder, or up to {MOST_TOGETHER} to compare them together "
        "(default: the list of all; --exit, and what to compare by, need a name)",
    )
    add_dashboard_flags(parser)
    return parser


def run(argv: list[str], beside: Beside = alone) -> int:
    """Show what was recorded until Ctrl-C; follows experiments that another launcher trains.

    beside: adds what else can be looked at.
    0: it was shown; 130, 143: a signal came while a record was still being read.
    """
    stop = Stop()
    from dashboard.board.library import LibraryScene
    from dashboard.runs.opening import Opening

    args = make_parser().parse_args(argv)
    names = names_to_show(args)
    with ExitStack() as stack:
        with stop.at_once():
            openings = [
                stack.enter_context(closing(Opening(args.runs_dir / name, say))) for name in names
            ]
        experiments = [opening.experiment for opening in openings]
        scene = LibraryScene(args.runs_dir, experiments)
        stack.callback(scene.close)
        for each in [scene.together] if scene.together else experiments:
            each.ask(requested(args))
        dashboard = stack.enter_context(make_dashboard(args, log_folder(args, names, stack)))
        dashboard.start()
        show(openings, beside(scene), dashboard, stop, args)
        alerts, post = make_alerts(args.alert, report)
        stack.callback(post.close)
        while not stop.signal and not (args.exit and dashboard.complete()):
            for experiment in experiments:
                with experiment.lock:
                    alerts.look(experiment, over=experiment.ended())
            tick(experiments, dashboard)
    return 0


def show(
    openings: Sequence[Opening],
    scene: Scene,
    dashboard: Dashboard,
    stop: Stop,
    args: argparse.Namespace,
) -> None:
    """Open the page, and read what is long meanwhile."""
    from dashboard.runs.opening import Progress

    long = [(opening, Progress(opening)) for opening in openings if opening.reading]
    with stop.at_once():
        for opening, progress in long:
            progress.update()
            opening.look()
    dashboard.open(scene, browser=not args.no_browser)
    for opening, progress in long:
        while opening.reading:
            with stop.at_once():
                opening.read_on()
                progress.update()
            dashboard.supervise()


def names_to_show(args: argparse.Namespace) -> list[str]:
    """The experiments to begin with; none for the list of all. Raises UserError.

    args.runs_dir becomes where they are, if they are named by their folders.
    """
    from dashboard.names import joint
    from dashboard.record.schema import check_recorded, newest

    args.runs_dir, all_names = by_folder(args.runs_dir, args.experiments)
    for name in all_names:
        check_recorded(args.runs_dir, name)
    names = list(dict.fromkeys(all_names))
    if len({Path(args.runs_dir, name).name for name in names}) < len(names):
        raise UserError(f"{', '.join(names)} cannot be told apart: name each experiment once")
    if len(names) > 1:
        joint(names)  # says when they are too many
    if names:
        return names
    last = newest(args.runs_dir)
    if args.server:
        return [last]
    if args.exit or args.alert or requested(args) != NOTHING_ASKED:
        raise UserError(
            "--exit, --alert, --baseline, --grid, --metric, --goal and --milestones are about an "
            "experiment: name it behind view"
        )
    return []


def log_folder(args: argparse.Namespace, names: Sequence[str], stack: ExitStack) -> Path:
    """Where the server may write its log: with the experiment, else into a folder of its own."""
    if names:
        return Path(args.runs_dir, names[0])
    return stack.enter_context(scratch_folder())


def say(sentence: str) -> None:
    print(sentence, flush=True)
