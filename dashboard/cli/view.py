"""The commands that train nothing: `view` shows recorded experiments, `export` writes files.

They need no torch, so they start at once.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack, closing
from pathlib import Path

from dashboard.cli.parser import Parser, Stop, add_dashboard_flags, make_dashboard, tick


def view_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="launch.py view",
        description="Show recorded experiments, live or ended; train nothing.",
    )
    parser.add_argument(
        "experiment",
        nargs="?",
        default=None,
        metavar="EXPERIMENT",
        help="which one (default: the newest)",
    )
    add_dashboard_flags(parser)
    return parser


def view_command(argv: list[str]) -> int:
    """Show what was recorded until Ctrl-C; follows an experiment that another launcher trains.

    0: it was shown; 130, 143: a signal came while the record was still being read.
    """
    stop = Stop()
    from dashboard.board.scene import ExperimentScene
    from dashboard.record.schema import newest
    from dashboard.runs.opening import Opening, Progress

    args = view_parser().parse_args(argv)
    folder = args.runs_dir / (args.experiment or newest(args.runs_dir))
    with ExitStack() as stack:
        with stop.at_once():
            opening = Opening(folder, say)
        stack.callback(opening.close)
        experiment = opening.experiment
        experiment.ask(args.baseline, args.grid)
        dashboard = stack.enter_context(make_dashboard(args, folder))
        dashboard.start()
        progress = Progress(opening)
        with stop.at_once():
            if opening.reading:
                progress.update()
                opening.look()
        dashboard.open(ExperimentScene(experiment), browser=not args.no_browser)
        while opening.reading:
            with stop.at_once():
                opening.read_on()
                progress.update()
            dashboard.supervise()
        while not stop.signal and not (args.exit and dashboard.complete()):
            tick(experiment, dashboard)
    return 0


def say(sentence: str) -> None:
    print(sentence, flush=True)


def export_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="launch.py export",
        description="Write an experiment into files: CSV, JSON, and its plots as standalone HTML.",
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="which one")
    parser.add_argument(
        "--to",
        type=Path,
        required=True,
        metavar="DIR",
        help="the folder to write; it must be empty or not there yet",
    )
    parser.add_argument(
        "--runs-dir",
        type=Path,
        default=Path("runs"),
        metavar="DIR",
        help="where experiments are recorded (default: runs)",
    )
    return parser


def export_command(argv: list[str]) -> int:
    """Write the files and say which."""
    args = export_parser().parse_args(argv)
    from dashboard.cli.export import export
    from dashboard.runs.opening import open_experiment

    experiment, damage = open_experiment(args.runs_dir / args.experiment)
    if damage:
        print(damage, flush=True)
    with closing(experiment.record):
        files = export(experiment, args.to)
    print(f"{args.to}: {', '.join(files)}")
    return 0
