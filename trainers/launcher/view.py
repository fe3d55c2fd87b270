"""The command `view`: `dashboard.cli.view`, and beside it the atlas."""

from __future__ import annotations

from dashboard.cli import view
from dashboard.cli.view import make_parser
from trainers.launcher.beside import with_atlas

__all__ = ["make_parser", "run"]


def run(argv: list[str]) -> int:
    """Show what was recorded until Ctrl-C; see `dashboard.cli.view.run`."""
    return view.run(argv, with_atlas)
