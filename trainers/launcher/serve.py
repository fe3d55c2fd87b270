"""The command `serve`: `dashboard.cli.serve`, and beside it the atlas."""

from __future__ import annotations

from dashboard.cli import serve
from dashboard.cli.serve import make_parser
from trainers.launcher.beside import with_atlas

__all__ = ["make_parser", "run"]


def run(argv: list[str]) -> int:
    """Show a folder until Ctrl-C; see `dashboard.cli.serve.run`."""
    return serve.run(argv, with_atlas)
