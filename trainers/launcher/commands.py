"""COMMANDS of launch.py: the module and the one line of each, and which one a person means.

A command's module is imported when it is run, so that none waits for what another needs.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from dashboard.errors import UserError

LONGEST_QUOTE = 60  # characters of a person's word that a message repeats


class CommandError(UserError):
    """A word that names no command; the message is one sentence that says what is allowed."""


@dataclass(frozen=True)
class Command:
    """One command. module: has its `make_parser()` and `run(argv)`. says: its one line.

    tidies_up: Ctrl-C is an exception in it, so that what is half done is left in order.
    """

    module: str
    says: str
    tidies_up: bool = False

    def parser(self) -> argparse.ArgumentParser:
        """The parser of its flags."""
        parser: argparse.ArgumentParser = self._import().make_parser()
        return parser

    def run(self, argv: list[str]) -> int:
        """Run it with the words behind its name; the exit code."""
        code: int = self._import().run(argv)
        return code

    def _import(self) -> ModuleType:
        return importlib.import_module(self.module)


COMMANDS = {
    "train": Command(
        "trainers.launcher.train",
        "train a grid of choices and show it; also without the word train",
    ),
    "view": Command("trainers.launcher.view", "show a recorded experiment again, without training"),
    "resume": Command(
        "trainers.launcher.resume", "train what is left of an interrupted experiment"
    ),
    "stop": Command("dashboard.cli.stop", "end runs, or all; curves and models stay"),
    "pause": Command("dashboard.cli.pause", "let runs wait at their last checkpoint"),
    "continue": Command(
        "trainers.launcher.go_on", "train on what was paused or stopped, as if it had not been"
    ),
    "add": Command("trainers.launcher.add", "train more runs beside those of an experiment"),
    "fork": Command(
        "trainers.launcher.fork", "train on from a checkpoint of a run with other settings"
    ),
    "lr": Command("dashboard.cli.rate", "change the learning rate of runs while they train"),
    "remove": Command(
        "dashboard.cli.remove", "take runs out of view, or remove them for good", tidies_up=True
    ),
    "atlas": Command(
        "trainers.launcher.atlas", "show every activation, init and loss, without training"
    ),
    "export": Command(
        "dashboard.cli.export_command",
        "write an experiment's numbers and plots into files",
        tidies_up=True,
    ),
    "import": Command(
        "dashboard.cli.import_command",
        "make an experiment of runs of TensorBoard, Trackio or W&B",
        tidies_up=True,
    ),
    "completion": Command(
        "trainers.launcher.completion", "print what makes a shell complete commands and flags"
    ),
    "docs": Command(
        "trainers.launcher.docs",
        "write the generated parts of the README files anew",
        tidies_up=True,
    ),
}


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
