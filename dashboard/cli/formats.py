"""FORMATS: the kinds of files that `export` writes, and what writes them.

A further kind is a further entry: a function that takes the experiment and a folder, writes, and
gives a sentence for each thing that it has left out. Its module is imported when it is wanted.
"""

from __future__ import annotations

import contextlib
import importlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from dashboard.errors import UserError

if TYPE_CHECKING:
    from dashboard.runs.experiment import Experiment

USUAL = ("report", "csv", "json", "html")
"""What is written where nobody says."""


class ExportError(UserError):
    """The files cannot be written there; the message is one sentence."""


@dataclass(frozen=True)
class Format:
    """A kind of files. says: which, in one line. module, function: what writes it.

    folder: where, below the folder that is exported to. has_check: whether the module has a
    `check`, which raises UserError where something is missing that this kind needs. has_dark:
    whether it can be drawn in the dark, `dark=True`.
    """

    says: str
    module: str
    function: str = "write"
    folder: str = ""
    has_check: bool = False
    has_dark: bool = False

    def check(self) -> None:
        """Raise UserError where it cannot be written on this machine."""
        if self.has_check:
            self._import().check()

    def write(self, experiment: Experiment, folder: Path, dark: bool) -> list[str]:
        """Write it below `folder`, which is there; a sentence for each thing left out."""
        place = folder / self.folder
        place.mkdir(exist_ok=True)
        how = {"dark": dark} if self.has_dark else {}
        left_out: list[str] = getattr(self._import(), self.function)(experiment, place, **how)
        return left_out

    def _import(self) -> ModuleType:
        return importlib.import_module(self.module)


FORMATS: dict[str, Format] = {
    "report": Format(
        "report.html, all pages in one file that needs no server", "dashboard.cli.report"
    ),
    "csv": Format(
        "leaderboard.csv, groups.csv and series.csv, every point of every run",
        "dashboard.cli.export", "write_csv",
    ),
    "json": Format(
        "settings.json and verdicts.json", "dashboard.cli.export", "write_json",
    ),
    "html": Format(
        "each plot of the compare page as a page of its own", "dashboard.cli.export", "write_html",
    ),
    "markdown": Format(
        "summary.md for a pull request: the answer, the leaderboard, the settings",
        "dashboard.exchange.markdown",
    ),
    "latex": Format(
        "leaderboard.tex, the leaderboard as a table with booktabs", "dashboard.exchange.latex"
    ),
    "png": Format(
        "every plot as a picture; needs kaleido and a Chrome or Chromium",
        "dashboard.exchange.figures", "write_png", folder="png", has_check=True, has_dark=True,
    ),
    "svg": Format(
        "the same as drawings for a paper",
        "dashboard.exchange.figures", "write_svg", folder="svg", has_check=True, has_dark=True,
    ),
    "tensorboard": Format(
        "event files for tensorboard --logdir; needs tensorboard",
        "dashboard.exchange.tensorboard_writer", folder="tensorboard", has_check=True,
    ),
}  # fmt: skip


def write_formats(
    experiment: Experiment,
    folder: Path,
    names: Sequence[str] = USUAL,
    *,
    dark: bool = False,
    formats: Mapping[str, Format] = FORMATS,
) -> list[str]:
    """Write these formats into `folder`, which is made, and must be empty; what was left out.

    Where one cannot be written nothing is left of the others. Raises ExportError, and AssetError or
    UserError for what a format needs and is missing.
    """
    kinds = [formats[name] for name in dict.fromkeys(names)]
    _check(folder)
    for each in kinds:
        each.check()
    with _emptied_on_failure(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return [what for each in kinds for what in each.write(experiment, folder, dark)]
        except OSError as why:
            raise ExportError(f"--to {folder} cannot be written: {why.strerror or why}") from why


def _check(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"--to {folder} is a file: name a folder that is empty or not there yet")
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if there:
        more = f" and {len(there) - 3} more" if len(there) > 3 else ""
        raise ExportError(
            f"--to {folder} is not empty (it holds {', '.join(there[:3])}{more}): "
            "name a folder that is empty or not there yet"
        )


@contextlib.contextmanager
def _emptied_on_failure(folder: Path) -> Iterator[None]:
    """Remove what was written into a folder that was empty, however the writing fails."""
    there = folder.is_dir()
    try:
        yield
    except BaseException:
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        if not there and folder.is_dir():
            folder.rmdir()
        raise


def formats_list(formats: Mapping[str, Format] = FORMATS) -> str:
    """The formats with their lines, for --help."""
    width = max(map(len, formats))
    return "\n".join(f"  {name:<{width}}  {each.says}" for name, each in formats.items())
