"""The command `remove`: take runs out of view, bring them back, or remove them for good."""

from __future__ import annotations

import argparse
from contextlib import closing

from dashboard.cli.asking import Named, add_names, ask, named, runs_meant
from dashboard.cli.parser import Parser
from dashboard.errors import UserError
from dashboard.program import PROGRAM
from dashboard.record.reader import Record


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"{PROGRAM} remove",
        description="Take runs that have ended out of view: nothing is lost, and --undo brings "
        "them back. With --for-good their rows, checkpoints and models are removed from disk.",
    )
    add_names(parser, runs="*")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--undo", action="store_true", help="bring runs back; without a run, all")
    how.add_argument(
        "--for-good", action="store_true", help="remove from disk; asks first, unless --yes"
    )
    parser.add_argument("--yes", action="store_true", help="with --for-good: do not ask")
    return parser


def run(argv: list[str]) -> int:
    """Remove the runs, or bring them back, and say which. 1: the person said no."""
    args = make_parser().parse_args(argv)
    what = named(args)
    act = "restore" if args.undo else "delete" if args.for_good else "remove"
    with closing(Record(what.folder)) as record:
        if not what.patterns and act != "restore":
            raise UserError(
                f"say which runs of {what.experiment} to remove; '{what.experiment}/*' means all"
            )
        runs = runs_meant(record, what, act)
        if act == "delete" and not (args.yes or _agreed(what, runs)):
            print("nothing was removed")
            return 1
        print(ask(record, act, runs))
    return 0


def _agreed(what: Named, runs: list[str]) -> bool:
    """Ask the person, who sees which runs go; whoever cannot answer has not agreed."""
    print(*(f"  {what.experiment}/{name}" for name in runs), sep="\n")
    try:
        return input("Remove these from disk, for good? Type yes: ").strip().lower() == "yes"
    except EOFError:
        return False
