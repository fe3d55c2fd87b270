"""Tells whether an experiment's folder is still in its place: a person may move it meanwhile.

What is written goes on into the files that are open, wherever those are now, so nothing fails by
itself; only a look at the names tells. Nothing is moved or made again here.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from dashboard.record.schema import FILE_NAME, RecordError


class Whereabouts:
    """Remembers the folder of an experiment and its record as they are now; a context manager.

    Raises RecordError when the folder is gone already.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        try:
            self._descriptor = os.open(folder, os.O_RDONLY)
        except OSError as why:
            raise RecordError(f"{self._folder} cannot be opened: {why.strerror}") from why
        self._identity = _identity(folder), _identity(folder / FILE_NAME)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        os.close(self._descriptor)

    def gone(self) -> str:
        """A sentence when the folder or its record is there no more, else an empty one."""
        try:
            now = _identity(self._folder), _identity(self._folder / FILE_NAME)
        except OSError:
            return ""  # a network file system that does not answer tells nothing
        if now == self._identity:
            return ""
        if now[0] == self._identity[0]:
            return f"{self._folder / FILE_NAME} was removed or replaced while it was written"
        if os.fstat(self._descriptor).st_nlink == 0:
            return f"{self._folder} was removed while it was written, and the record with it"
        return f"{self._folder} was moved while it was written; the record is {self._where()}"

    def _where(self) -> str:
        """Where the folder is now, as far as the system tells."""
        try:
            now = os.readlink(f"/proc/self/fd/{self._descriptor}")
        except OSError:
            return "in the moved folder"
        return f"in {now}"


def _identity(path: Path) -> tuple[int, int] | None:
    """The device and number of a file; None where there is none."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino
