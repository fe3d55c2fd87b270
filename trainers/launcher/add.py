"""The command `add`: train more runs beside those of an experiment."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from dashboard.cli.asking import Named, runs_meant
from dashboard.cli.parser import Parser
from dashboard.errors import UserError
from dashboard.program import PROGRAM
from trainers.launcher.asked import add_launcher_flags, ask_or_train

if TYPE_CHECKING:
    from dashboard.record.reader import Record


def make_parser() -> argparse.ArgumentParser:
    from trainers.plan.flags import add_choices

    parser = Parser(
        prog=f"{PROGRAM} add",
        description="Train more runs beside those of an experiment, or of the runs named: each of "
        "them with the choices given here instead of its own. --seed 3 is one more seed of all, "
        "--activation gelu one more row of the grid. Runs that are there already are not trained "
        "twice. Where no launcher trains the experiment, this is one.",
    )
    add_choices(parser)
    add_launcher_flags(parser, runs="*")
    return parser


def run(argv: list[str]) -> int:
    """Add the runs, and say which."""
    from trainers.launcher.actions import all_settings, choices_of
    from trainers.plan.flags import load_own_choices, read_choices
    from trainers.plan.plan import plan_more
    from trainers.plan.ranges import ranges

    load_own_choices(argv)
    parser = make_parser()
    args = parser.parse_args(argv)
    choices = choices_of({"choices": {field: v for field, v in read_choices(args).items() if v}})
    if ranges(choices):
        raise UserError("a range is for --search: say which values are to be added")

    def meant(record: Record, what: Named) -> list[str]:
        beside = runs_meant(record, what, "fork") if what.patterns else []
        there = all_settings(record)
        plan_more([there[name] for name in beside or there], there, choices)
        return beside

    return ask_or_train(argv, parser, "add", meant, {"choices": choices})
