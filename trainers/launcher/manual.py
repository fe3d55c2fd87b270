"""Writes what stands below a command's --help: its examples, exit codes, and what it reads.

Which examples there are is COMMANDS' to say; the flags are the parsers'.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.program import PROGRAM

WIDTH = 79
INDENT = "  "
EXITS = {
    "0": "it did what was asked",
    "2": "a mistake in what was asked, which one sentence on standard error says",
    "128+N": "signal N ended it, so 130 after Ctrl-C",
}
ENVIRONMENT = {
    "--host": {
        "VISDOM_USERNAME, VISDOM_PASSWORD": "the login of the dashboard, or of the Visdom server "
        "that --server names",
    },
    "--data": {"XDG_CACHE_HOME": "where fetched files are kept, in trainboard (default: ~/.cache)"},
    "--choices": {
        "XDG_CONFIG_HOME": "where it is kept which --choices of a record you allowed to run "
        "(default: ~/.config)"
    },
}
"""What is read of the environment, by the flag whose commands read it."""


@dataclass(frozen=True)
class Example:
    """What a person may type behind the program's name, and what it does, on one line each."""

    words: str
    says: str


def manual(
    parser: argparse.ArgumentParser, examples: Sequence[Example], exits: Mapping[str, str]
) -> str:
    """The text; exits: what the command's own exit codes mean, beside or instead of EXITS."""
    flags = {flag for action in parser._actions for flag in action.option_strings}
    environment: dict[str, str] = {}
    for flag, variables in ENVIRONMENT.items():
        environment |= variables if flag in flags else {}
    rows = [(f"{PROGRAM} {each.words}".rstrip(), each.says) for each in examples]
    codes = sorted((EXITS | dict(exits)).items(), key=lambda code: int(code[0].partition("+")[0]))
    parts = [
        _section("examples", rows),
        _section("exit codes", codes),
        _section("environment", list(environment.items())),
    ]
    return "\n" + "\n".join(filter(None, parts))


def _section(title: str, entries: Sequence[tuple[str, str]]) -> str:
    """A heading, and each entry with what it means below or, where both are short, beside it."""
    if not entries:
        return ""
    width = max(len(name) for name, _ in entries)
    lines = [f"{title}:"]
    for name, says in entries:
        if width <= len("128+N"):
            start, rest = f"{INDENT}{name:<{width}}  ", INDENT + " " * (width + 2)
        else:
            lines.append(INDENT + name)
            start = rest = INDENT * 3
        lines += textwrap.wrap(
            says, WIDTH, initial_indent=start, subsequent_indent=rest, break_on_hyphens=False
        )
    return "\n".join(lines) + "\n"
