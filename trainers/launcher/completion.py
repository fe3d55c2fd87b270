"""The command `completion`: prints what makes a shell complete commands and flags.

The script is shtab's; it is printed once and kept by the shell, so that completing starts nothing.
"""

from __future__ import annotations

import argparse

import shtab

from dashboard.cli.parser import Parser
from dashboard.output import printed
from dashboard.program import PROGRAM
from trainers.launcher.commands import COMMANDS


def make_parser() -> Parser:
    """The parser of its flags."""
    parser = Parser(
        prog=f"{PROGRAM} completion",
        description="Print a script with which a shell completes commands and flags.",
    )
    parser.add_argument("shell", choices=shtab.SUPPORTED_SHELLS, help="the shell")
    return parser


def run(argv: list[str]) -> int:
    """Run it with the words behind its name; the exit code."""
    args = make_parser().parse_args(argv)
    print(shtab.complete(whole(), args.shell))
    return printed()


def whole() -> argparse.ArgumentParser:
    """One parser of all commands; the flags of `train` stand without a command too."""
    first = argparse.ArgumentParser(
        prog=PROGRAM, parents=[COMMANDS["train"].parser()], add_help=False
    )
    commands = first.add_subparsers()
    for name, command in COMMANDS.items():
        parents = [command.parser()]
        commands.add_parser(name, parents=parents, help=command.says, add_help=False)
    return first
