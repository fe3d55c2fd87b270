"""Trainboard: train neural networks side by side and watch them learn, live in the browser.

    python launch.py           train the default comparison and show it
    python launch.py --help    the other commands and every flag

Runs the command that is meant, and says a person's mistake. The commands are in trainers/launcher/,
how a run is trained in trainers/, how it is shown in dashboard/.
"""

# ruff: noqa: E402
from __future__ import annotations

import os
import signal
import sys


def end_at_once() -> None:
    """Until `Stop` takes over there is nothing to end in order: a signal ends us, without a word.

    Python's own way, an exception, would surface in the middle of whatever is being imported.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: os._exit(128 + number))


if __name__ == "__main__":
    end_at_once()  # before the imports, which take their time

from dashboard.cli.parser import fail
from dashboard.errors import UserError
from dashboard.output import protect
from trainers.launcher.commands import COMMANDS, choose_command


def main(argv: list[str]) -> int:
    """Run a command; a person's mistake is one sentence and exit code 2.

    Anything else that is raised is a bug: Python shows its traceback and ends with exit code 1.
    """
    try:
        command, rest = choose_command(argv, COMMANDS, default="train")
        if command.tidies_up:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return command.run(rest)
    except UserError as why:
        fail(str(why))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    protect()
    sys.exit(main(sys.argv[1:]))
