"""The command `docs`: write the generated parts of the README files anew.

Says which part stands in which file; what a part says is made where its table is.
"""

from __future__ import annotations

import argparse

from dashboard.cli.parser import Parser
from dashboard.program import PROGRAM, ROOT
from trainers.launcher.commands import COMMANDS, commands_table


def make_parser() -> argparse.ArgumentParser:
    return Parser(
        prog=f"{PROGRAM} docs",
        description="Write the generated parts of the README files anew, from the tables.",
    )


def run(argv: list[str]) -> int:
    """Write the generated parts of the README files anew."""
    make_parser().parse_args(argv)
    from trainers.plan import readme

    readme.write(ROOT, generated_sections())
    return 0


def generated_sections() -> dict[str, dict[str, str]]:
    """The generated parts of every README file: its path, the name of the markers, the text."""
    from dashboard.runs.verdict import rules_table
    from dashboard.windows.table import windows_table
    from trainers.plan import readme

    return {
        "trainers/launcher/README.md": {"commands": commands_table(COMMANDS)},
        "trainers/tables/README.md": {"choices": readme.choices()},
        "dashboard/windows/README.md": {"windows": windows_table()},
        "dashboard/runs/README.md": {"verdicts": rules_table()},
    }
