"""The command `export`: its flags, and what it prints; what is written is in `formats`."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from dashboard.cli.folders import by_folder
from dashboard.cli.formats import FORMATS, USUAL, formats_list, write_formats
from dashboard.cli.parser import Parser, add_metric_flags, add_runs_dir_flag, requested
from dashboard.errors import UserError
from dashboard.program import PROGRAM

MORE = f"""\
formats:
{formats_list()}
"""


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"{PROGRAM} export",
        description="Write an experiment into files.",
        epilog=MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="which one, by name or folder")
    parser.add_argument(
        "--to",
        type=Path,
        required=True,
        metavar="DIR",
        help="the folder to write; it must be empty or not there yet",
    )
    parser.add_argument(
        "--as",
        dest="formats",
        nargs="+",
        choices=list(FORMATS),
        default=list(USUAL),
        metavar="FORMAT",
        help=f"one or more of the formats below (default: {' '.join(USUAL)})",
    )
    parser.add_argument(
        "--theme",
        choices=["light", "dark"],
        default="light",
        help="of PNG and SVG (default: light)",
    )
    add_runs_dir_flag(parser)
    add_metric_flags(parser)
    return parser


def run(argv: list[str]) -> int:
    """Write the files and say which."""
    args = make_parser().parse_args(argv)
    dark = args.theme == "dark"
    if dark and not any(FORMATS[name].has_dark for name in args.formats):
        formats = " and ".join(name for name, each in FORMATS.items() if each.has_dark)
        raise UserError(f"--theme dark is for {formats}, and neither is written: see --as")
    from dashboard.runs.opening import open_experiment

    runs_dir, [name] = by_folder(args.runs_dir, [args.experiment])
    experiment, damage = open_experiment(runs_dir / name)
    if damage:
        print(damage, flush=True)
    with closing(experiment.record):
        experiment.ask(requested(args))
        left_out = write_formats(experiment, args.to, args.formats, dark=dark)
    print(f"{args.to}: {', '.join(_files(args.to))}", *left_out, sep="\n")
    return 0


def _files(folder: Path) -> list[str]:
    """What is in the folder; of folders how many files they hold."""
    entries = []
    for path in sorted(folder.iterdir()):
        count = sum(file.is_file() for file in path.rglob("*"))
        entries.append(f"{path.name}/ ({count} files)" if path.is_dir() else path.name)
    return entries
