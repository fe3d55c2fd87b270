"""Begins to load what workers need while the launcher plans, so that both are ready at once."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path


def get_ready(words: Iterable[str]) -> None:
    """Start the fork server; words: of the command that is trained.

    Where choices of a person's own are tried out here we need PyTorch too: it is loaded once, for
    both.
    """
    from trainers.local import children

    if any(word.partition("=")[0] == "--choices" for word in words):
        importlib.import_module("torch")
    children.warm(as_fork=True)


def recorded_words(folder: Path) -> list[str]:
    """The words of the command that began an experiment; none where that is not known."""
    from dashboard.record.reader import Record
    from dashboard.record.schema import RecordError

    try:
        with closing(Record(folder)) as record:
            return [word for word in record.settings["command"] if isinstance(word, str)]
    except (RecordError, KeyError, TypeError):
        return []
