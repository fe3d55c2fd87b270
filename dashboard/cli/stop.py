"""The command `stop`: end runs, or all of an experiment; curves and models stay."""

from __future__ import annotations

import argparse

from dashboard.cli.asking import add_names, do
from dashboard.cli.parser import Parser
from dashboard.program import PROGRAM


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"{PROGRAM} stop",
        description="End runs, in training or waiting; without a run, all of the experiment. What "
        f"they have come to stays, and `{PROGRAM} continue` lets them go on.",
    )
    add_names(parser, runs="*")
    return parser


def run(argv: list[str]) -> int:
    """Stop the runs and say which."""
    return do(argv, make_parser(), "stop")
