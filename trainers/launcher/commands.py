"""COMMANDS of launch.py: the module and the one line of each, and which one a person means.

A command's module is imported when it is run, so that none waits for what another needs.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType

from dashboard.cli.parser import Parser
from dashboard.errors import UserError
from dashboard.program import PROGRAM
from trainers.launcher.manual import Example, manual

LONGEST_QUOTE = 60  # characters of a person's word that a message repeats


class CommandError(UserError):
    """A word that names no command; the message is one sentence that says what is allowed."""


@dataclass(frozen=True)
class Command:
    """One command. module: has its `make_parser()` and `run(argv)`. says: its one line.

    examples: what stands in its --help. exits: its own exit codes, beside those that all have.
    tidies_up: Ctrl-C is an exception in it, so that what is half done is left in order.
    """

    module: str
    says: str
    examples: tuple[Example, ...] = ()
    exits: Mapping[str, str] = field(default_factory=dict)
    tidies_up: bool = False

    def parser(self) -> argparse.ArgumentParser:
        """The parser of its flags."""
        parser: argparse.ArgumentParser = self._import().make_parser()
        return parser

    def run(self, argv: list[str]) -> int:
        """Run it with the words behind its name; the exit code."""
        module = self._import()
        Parser.below = self._manual
        code: int = module.run(argv)
        return code

    def _manual(self, parser: argparse.ArgumentParser) -> str:
        return manual(parser, self.examples, self.exits)

    def _import(self) -> ModuleType:
        return importlib.import_module(self.module)


TRAINS = {
    "0": "all runs have ended well (done, diverged or pruned)",
    "1": "not all runs have ended well, or what was asked for could not be written",
}
SHOWS = {
    "0": "it was shown, until Ctrl-C or, with --exit, until all runs had ended",
    "128+N": "signal N came before anything was shown",
}
COMMANDS = {
    "train": Command(
        "trainers.launcher.train",
        "train a grid of choices and show it; also without the word train",
        (
            Example("", "4 activations × 3 inits on MNIST, and the page that compares them"),
            Example(
                "--activation sigmoid relu --init normal:std=1 xavier_normal --seed 0 1 2",
                "a grid of your own, with three seeds, so that differences can be told from chance",
            ),
            Example("--dry-run --lr 0.01 0.1 1", "the plan, and how long it may take"),
            Example("--list", "every choice with its parameters and its one line"),
            Example(
                "--prune --lr 0.001 0.01 0.1 1 --exit --alert bell",
                "give up hopeless runs, ring when something happens, and end with the last run",
            ),
            Example("--experiment a --no-dashboard --json", "no page; the results as one document"),
        ),
        TRAINS,
    ),
    "view": Command(
        "trainers.launcher.view",
        "show a recorded experiment again, without training",
        (
            Example("view", "the list of all experiments in runs, from where each is opened"),
            Example("view NAME OTHER", "two experiments compared on one page"),
            Example("view NAME --metric test_loss --grid lr init", "compared by something else"),
            Example(
                "view NAME --no-browser --alert https://HOST/HOOK",
                "follow what another process records, and have a webhook told what happens",
            ),
        ),
        SHOWS,
    ),
    "serve": Command(
        "trainers.launcher.serve",
        "show a whole folder to several people, who can only look",
        (
            Example("serve", "the experiments in runs, for your own browsers on this machine"),
            Example(
                "serve /data/runs --login --host 0.0.0.0 --port 8080",
                "for a team: with VISDOM_USERNAME and VISDOM_PASSWORD set, to whoever logs in",
            ),
        ),
        SHOWS | {"0": "it was shown, until Ctrl-C"},
    ),
    "resume": Command(
        "trainers.launcher.resume",
        "train what is left of an interrupted experiment",
        (
            Example("resume NAME", "go on from the end of each run's last whole epoch"),
            Example("resume NAME --device cpu --workers 2", "elsewhere than it was trained first"),
            Example("resume NAME --decide 10", "and add seeds until the best is decided"),
        ),
        TRAINS,
    ),
    "stop": Command(
        "dashboard.cli.stop",
        "end runs, or all; curves and models stay",
        (
            Example("stop NAME/RUN", "end one run"),
            Example("stop NAME 'sigmoid-*'", "end those of one kind"),
            Example("stop NAME", "end all of them, and with them the launcher"),
        ),
    ),
    "pause": Command(
        "dashboard.cli.pause",
        "let runs wait at their last checkpoint",
        (Example("pause NAME/RUN", "let one run wait, so that others have its place"),),
    ),
    "continue": Command(
        "trainers.launcher.go_on",
        "train on what was paused or stopped, as if it had not been",
        (
            Example("continue NAME/RUN", "one run"),
            Example("continue NAME --no-dashboard", "all that wait, failed or were given up"),
        ),
        TRAINS,
    ),
    "add": Command(
        "trainers.launcher.add",
        "train more runs beside those of an experiment",
        (
            Example("add NAME --seed 3", "one more seed of every run"),
            Example("add NAME --activation gelu --seed 0 1", "one more row of the grid"),
        ),
        TRAINS,
    ),
    "fork": Command(
        "trainers.launcher.fork",
        "train on from a checkpoint of a run with other settings",
        (
            Example("fork NAME/RUN --lr 0.003", "from its last checkpoint, slower"),
            Example("fork NAME/RUN --at 900 --optimizer adam --lr 0.001", "from that of step 900"),
        ),
        TRAINS,
    ),
    "lr": Command(
        "dashboard.cli.rate",
        "change the learning rate of runs while they train",
        (Example("lr NAME/RUN --to 0.003", "from the run's next step on"),),
    ),
    "remove": Command(
        "dashboard.cli.remove",
        "take runs out of view, or remove them for good",
        (
            Example("remove NAME/RUN", "take a run out of view"),
            Example("remove NAME/RUN --undo", "bring it back"),
            Example("remove NAME 'sigmoid-*' --for-good", "free their disk, after a question"),
        ),
        {"1": "you said no, and nothing was removed"},
        tidies_up=True,
    ),
    "atlas": Command(
        "trainers.launcher.atlas",
        "show every activation, init and loss, without training",
        (
            Example("atlas", "all that --list names, drawn"),
            Example("atlas --choices mine.py", "with activations, inits and losses of your own"),
        ),
        SHOWS | {"0": "it was shown, until Ctrl-C or, with --exit, until all of it was drawn"},
    ),
    "export": Command(
        "dashboard.cli.export_command",
        "write an experiment's numbers and plots into files",
        (
            Example("export NAME --to results", "report.html, CSV, JSON and every plot"),
            Example("export NAME --to paper --as markdown latex", "the answer and the leaderboard"),
            Example("export NAME --to figures --as png svg --theme dark", "all plots as pictures"),
            Example("export NAME --to logs --as tensorboard", "for tensorboard --logdir logs"),
        ),
        tidies_up=True,
    ),
    "import": Command(
        "dashboard.cli.import_command",
        "make an experiment of runs of TensorBoard, Trackio or W&B",
        (
            Example("import lightning_logs", "a folder of TensorBoard's event files"),
            Example("import old.db --experiment old-runs", "of Trackio, under another name"),
            Example(
                "import charts --rename train/loss=train_loss val/acc=test_accuracy",
                "CSV files of W&B, whose curves then stand beside those of new runs",
            ),
        ),
        tidies_up=True,
    ),
    "completion": Command(
        "trainers.launcher.completion",
        "print what makes a shell complete commands and flags",
        (
            Example("completion bash", f'in ~/.bashrc: eval "$({PROGRAM} completion bash)"'),
            Example("completion zsh", "for zsh; into a file _trainboard in a folder of its fpath"),
        ),
    ),
    "docs": Command(
        "trainers.launcher.docs",
        "write the generated parts of the README files anew",
        (Example("docs", "after a table has a new entry"),),
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
