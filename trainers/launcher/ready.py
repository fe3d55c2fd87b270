"""Begins to load what workers need while the launcher plans, so that both are ready at once."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

ONLY_PRINTED = frozenset({"--dry-run", "--summary", "--list", "--help", "-h"})
"""Flags with which nothing is trained, so that no process has to be got ready for it."""


def trains(argv: Sequence[str]) -> bool:
    """Whether the command line is one of `train`, as far as its words tell without being read."""
    word = argv[0] if argv else "train"
    return (word == "train" or word.startswith("-")) and ONLY_PRINTED.isdisjoint(argv)


def get_ready(words: Iterable[str]) -> None:
    """Start the fork server, unless it is there; words: of the command that is trained.

    Where choices of a person's own are tried out here we need PyTorch too: it is loaded once, for
    both.
    """
    from trainers.local import children

    if any(word.partition("=")[0] == "--choices" for word in words):
        importlib.import_module("torch")
    children.warm(as_fork=True)


def get_ready_for(folder: Path) -> None:
    """The same for an experiment that is recorded there, unless a launcher trains it already."""
    from dashboard.record.schema import is_held, is_recorded

    if is_recorded(folder) and not is_held(folder):
        get_ready(recorded_words(folder))


def recorded_words(folder: Path) -> list[str]:
    """The words of the command that began an experiment; none where that is not known."""
    from dashboard.record.reader import Record
    from dashboard.record.schema import RecordError

    try:
        with closing(Record(folder)) as record:
            return [word for word in record.settings["command"] if isinstance(word, str)]
    except (RecordError, KeyError, TypeError):
        return []
