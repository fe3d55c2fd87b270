"""The command `pause`: let runs wait at their last checkpoint."""

from __future__ import annotations

import argparse

from dashboard.cli.asking import add_names, do
from dashboard.cli.parser import Parser
from dashboard.program import PROGRAM


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"{PROGRAM} pause",
        description="Let runs wait, so that others are trained meanwhile; without a run, all. Each "
        "goes back to the end of its last whole epoch and, with "
        f"`{PROGRAM} continue`, goes on from there as if it had not waited.",
    )
    add_names(parser, runs="*")
    return parser


def run(argv: list[str]) -> int:
    """Pause the runs and say which."""
    return do(argv, make_parser(), "pause")
