"""Adds the flags that choose a policy; what they mean is `trainers.steer.policy`'s."""

from __future__ import annotations

import argparse

SAMPLERS = ("random", "tpe")
ENOUGH_SEEDS = 10  # of --decide without a number


def add_policy_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that choose a policy."""
    group = parser.add_argument_group("which runs are worth their steps")
    group.add_argument(
        "--prune", action=argparse.BooleanOptionalAction, default=False,
        help="end runs that are forecast not to learn, and let only the best fourth of those that "
        "come to epochs 1, 4, 16, … and to half go on (default: train every run to its end)",
    )  # fmt: skip
    group.add_argument(
        "--even-doomed", action="store_true",
        help="with --prune: train runs that are forecast not to learn like the others",
    )  # fmt: skip
    group.add_argument(
        "--decide", nargs="?", type=int, const=ENOUGH_SEEDS, default=None, metavar="UP_TO_SEEDS",
        help="add seeds to the best choices until the best of all is decided, up to so many of "
        f"each (default: no; without a number {ENOUGH_SEEDS})",
    )  # fmt: skip
    group.add_argument(
        "--search", choices=SAMPLERS, default=None,
        help="instead of the grid try --trials settings, drawn at random or as those before "
        "suggest (tpe), of the lists and ranges that the other flags give",
    )  # fmt: skip
    group.add_argument(
        "--trials", type=int, default=None, metavar="N", help="with --search: how many are tried"
    )


def policy_flags() -> list[str]:
    """The names under which a parser gives the flags of `add_policy_flags`."""
    parser = argparse.ArgumentParser(add_help=False)
    add_policy_flags(parser)
    return list(vars(parser.parse_args([])))
