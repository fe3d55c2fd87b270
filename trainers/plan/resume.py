"""Finds the flags with which an experiment goes on: those of its own command, in the record.

A record may come from somebody else. Only flags are taken from it that say where runs are trained,
and those that would run something of the sender's only with consent (`trainers.plan.consent`).
Starts nothing.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any

from dashboard.errors import UserError
from dashboard.program import PROGRAM
from trainers.plan.consent import check, remember
from trainers.plan.flags import parse_flags

WORKERS_PER_CORE = 2  # that a record may ask for; a person may ask for any number


def resume_flags(
    parser: argparse.ArgumentParser,
    argv: list[str],
    train_parser: argparse.ArgumentParser,
    command: Any,
    dests: Sequence[str],
) -> argparse.Namespace:
    """The flags of `resume`: what the person gave, and beside it what the record's command says.

    dests: the names of those that the command may say.
    A file of --choices is loaded. Raises UserError for a record that launch.py did not make,
    ConsentError, ChoicesError.
    """
    own = parser.parse_args(argv)
    if not isinstance(command, list) or not all(isinstance(word, str) for word in command):
        raise UserError(f"{own.experiment} was not trained by {PROGRAM}, so it cannot resume it")
    first = vars(parse_flags(train_parser, command))
    if first["workers"]:
        most = WORKERS_PER_CORE * (os.cpu_count() or 1)
        first["workers"] = min(first["workers"], most)
    parser.set_defaults(**{name: first[name] for name in dests})
    args = parser.parse_args(argv)
    check(own.experiment, own, args)
    remember(args)
    if args.choices is not None:
        from trainers.tables.own_file import load_choices  # tries all of them out, with PyTorch

        load_choices(args.choices)
    return args
