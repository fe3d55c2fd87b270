"""The command `export`: its flags, and what it prints; what is written is export.py's."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from dashboard.cli.parser import Parser, add_metric_flags, requested
from dashboard.program import PROGRAM


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"{PROGRAM} export",
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
    add_metric_flags(parser)
    return parser


def run(argv: list[str]) -> int:
    """Write the files and say which."""
    args = make_parser().parse_args(argv)
    from dashboard.cli.export import export
    from dashboard.runs.opening import open_experiment

    experiment, damage = open_experiment(args.runs_dir / args.experiment)
    if damage:
        print(damage, flush=True)
    with closing(experiment.record):
        experiment.ask(requested(args))
        files = export(experiment, args.to)
    print(f"{args.to}: {', '.join(files)}")
    return 0
