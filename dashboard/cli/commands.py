"""Finds the command that a person means, lists them all for --help, guesses at a misspelt one.

Knows no command itself; they are the table COMMANDS of launch.py.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dashboard.errors import UserError

LONGEST_QUOTE = 60  # characters of a person's word that a message repeats


class CommandError(UserError):
    """A word that names no command; the message is one sentence that says what is allowed."""


@dataclass(frozen=True)
class Command:
    """One command. parser: made when it is needed. run: takes the words behind the command's name
    and gives the exit code. says: what it does, in one line.

    tidies_up: Ctrl-C is an exception in it, so that what is half done is left in order.
    """

    parser: Callable[[], argparse.ArgumentParser]
    run: Callable[[list[str]], int]
    says: str
    tidies_up: bool = False


def choose_command(
    argv: list[str], commands: Mapping[str, Command], default: str
) -> tuple[Command, list[str]]:
    """Find the command that `argv` begins with, and its words; the default where no word is first.

    Raises CommandError.
    """
    if not argv or argv[0].startswith("-"):
        return commands[default], argv
    word, *rest = argv
    if word not in commands:
        near = difflib.get_close_matches(word.lower()[:LONGEST_QUOTE], list(commands), n=1)
        hint = f"did you mean {near[0]}?" if near else f"allowed are {', '.join(commands)}"
        raise CommandError(f"unknown command {word[:LONGEST_QUOTE]!r}: {hint}")
    return commands[word], rest


def command_lines(commands: Mapping[str, Command]) -> str:
    """List the commands with their lines, as the end of --help."""
    width = max(map(len, commands))
    lines = (f"  {name:<{width}}  {command.says}" for name, command in commands.items())
    return "\n".join(["commands, each with a --help of its own:", *lines])


def commands_table(commands: Mapping[str, Command]) -> str:
    """List the same as a Markdown table."""
    rows = [f"| `launch.py {name}` | {command.says} |" for name, command in commands.items()]
    return "\n".join(["| command | what it does |", "|---|---|", *rows, ""])
