"""The command `stop`: end runs, or all of an experiment; curves and models stay."""

from __future__ import annotations

import argparse

from dashboard.cli.asking import add_names, do
from dashboard.cli.parser import Parser


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="launch.py stop",
        description="End runs, in training or waiting; without a run, all of the experiment. What "
        "they have come to stays, and `launch.py continue` lets them go on.",
    )
    add_names(parser, runs="*")
    return parser


def run(argv: list[str]) -> int:
    """Stop the runs and say which."""
    return do(argv, make_parser(), "stop")
