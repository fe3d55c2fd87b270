"""Takes experiments by their folders, as a shell completes them: `view runs/exp`. Reads none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dashboard.errors import UserError
from dashboard.record.schema import is_recorded


def by_folder(runs_dir: Path, words: Sequence[str]) -> tuple[Path, list[str]]:
    """Where the experiments are, and their names: those of `runs_dir` where no word is a folder
    that holds a record. Raises UserError for folders that lie apart.
    """
    folders = [Path(word) for word in words]
    if not any("/" in word and is_recorded(Path(word)) for word in words):
        return runs_dir, [*words]
    places = {folder.resolve().parent for folder in folders}
    if len(places) > 1:
        raise UserError(
            f"{', '.join(words)} lie in different folders: experiments of one folder can be shown "
            "together"
        )
    return places.pop(), [folder.resolve().name for folder in folders]
