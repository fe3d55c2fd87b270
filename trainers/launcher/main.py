"""Runs the command that a person means, and says a person's mistake: `launch.py` and `trainboard`.

Which commands there are is `trainers.launcher.commands`.
"""

from __future__ import annotations

import signal

from dashboard.cli.parser import fail
from dashboard.errors import UserError
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
