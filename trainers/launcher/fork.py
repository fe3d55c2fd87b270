"""The command `fork`: train on from a checkpoint of a run with other settings."""

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
    from trainers.plan.flags import add_changes

    parser = Parser(
        prog=f"{PROGRAM} fork",
        description="Train on from a checkpoint that a run has kept, with other settings, beside "
        "the run itself: the curves begin where they part. A run keeps a checkpoint at the end of "
        "each epoch; of many epochs, the last and four before. Where no launcher trains the "
        "experiment, this is one.",
    )
    add_changes(parser)
    add_launcher_flags(parser, runs="")
    parser.add_argument("--at", type=int, default=None, metavar="STEP",
                        help="the step of the checkpoint (default: the last one)")  # fmt: skip
    return parser


def run(argv: list[str]) -> int:
    """Fork the run, and say what the fork is called."""
    from trainers.fork import CHANGEABLE, forked, place_of
    from trainers.launcher.actions import changes_of
    from trainers.plan.flags import load_own_choices

    load_own_choices(argv)
    parser = make_parser()
    args = parser.parse_args(argv)
    values = {field: getattr(args, field) for field in CHANGEABLE}
    changes = {field: value for field, value in values.items() if value is not None}
    details = {"at": args.at, "changes": changes}

    def meant(record: Record, what: Named) -> list[str]:
        runs = runs_meant(record, what, "fork") if what.patterns else []
        if len(runs) != 1:
            raise UserError(f"say which run of {what.experiment} to fork, as {what.experiment}/RUN")
        parent = next(run for run in record.runs() if run.name == runs[0])
        place = place_of(record.folder, parent.name, args.at)
        forked(parent.name, parent.config, changes_of(details), place, ())
        return runs

    return ask_or_train(argv, parser, "fork", meant, details)
