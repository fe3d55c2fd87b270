"""The command `continue`: train on what was paused, stopped or given up, or failed."""

from __future__ import annotations

import argparse
from functools import partial

from dashboard.cli.asking import runs_meant
from dashboard.cli.parser import Parser
from dashboard.program import PROGRAM
from trainers.launcher.asked import add_launcher_flags, ask_or_train


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"{PROGRAM} continue",
        description="Train on what was paused, stopped or given up, or failed; without a run, all "
        "that was. Each goes on from its last checkpoint as if it had not been interrupted. Where "
        "no launcher trains the experiment, this is one.",
    )
    add_launcher_flags(parser, runs="*")
    return parser


def run(argv: list[str]) -> int:
    """Let the runs go on, and say which."""
    return ask_or_train(argv, make_parser(), "continue", partial(runs_meant, act="continue"))
