"""The command `export`: its flags, and what it prints; what is written is export.py's."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from dashboard.cli.parser import Parser, add_metric_flags, requested
from dashboard.program import PROGRAM

REPORT = "report.html"
"""Shows the experiment without a server."""


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"{PROGRAM} export",
        description="Write an experiment into files: report.html, which shows all of it without a "
        "server; CSV and JSON; each plot as HTML of its own.",
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
    add_metric_flags(parser)
    return parser


def run(argv: list[str]) -> int:
    """Write the files and say which."""
    args = make_parser().parse_args(argv)
    from dashboard.cli.export import export
    from dashboard.cli.report import write_report
    from dashboard.runs.opening import open_experiment

    experiment, damage = open_experiment(args.runs_dir / args.experiment)
    if damage:
        print(damage, flush=True)
    with closing(experiment.record):
        experiment.ask(requested(args))
        files = export(experiment, args.to)
        left_out = write_report(experiment, args.to / REPORT)
    print(f"{args.to}: {', '.join([REPORT, *files])}")
    for what in left_out:
        print(f"{REPORT} has no room for {what}; `{PROGRAM} view {args.experiment}` shows it")
    return 0
