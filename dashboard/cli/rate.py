"""The command `lr`: change the learning rate of runs while they train."""

from __future__ import annotations

import argparse

from dashboard.cli.asking import add_names, do
from dashboard.cli.parser import Parser
from dashboard.program import PROGRAM


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"{PROGRAM} lr",
        description="Change the learning rate of runs that train, from their next step on. Their "
        "curves show where; a run that is resumed changes it at the same step.",
    )
    add_names(parser, runs="*")
    parser.add_argument("--to", type=float, required=True, metavar="RATE", help="the new rate")
    return parser


def run(argv: list[str]) -> int:
    """Change the rate and say from which step on."""
    parser = make_parser()
    return do(argv, parser, "lr", lr=parser.parse_args(argv).to)
