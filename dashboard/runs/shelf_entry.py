"""One experiment on the shelf: opened, read portion by portion, followed, closed.

When that is done is `dashboard.runs.shelf`'s to say. Writes nothing.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from dashboard.record.schema import FILE_NAME, RecordError
from dashboard.runs.experiment import Experiment
from dashboard.runs.opening import Opening

RETRY_S = 10.0
"""How long after an attempt one that could not be opened, or is damaged, is tried again."""
LONGEST_REASON = 200
log = logging.getLogger(__name__)


class ShelfEntry:
    """The experiment `name` in `folder`, which pages show.

    lock: held while what is open is read. damage: what is wrong with its record, or why it is not
    open. retry_s: when it may be opened again, by the monotonic clock.
    """

    def __init__(
        self, name: str, folder: Path, lock: threading.RLock, damage: Iterable[str] = ()
    ) -> None:
        self.name = name
        self.damage = list(damage)
        self.opening: Opening | None = None
        self.retry_s = 0.0
        self._folder, self._lock = folder, lock
        self._silence = ""  # why nothing new can be read at the moment
        self._file: os.stat_result | None = None

    @property
    def experiment(self) -> Experiment | None:
        """What is known of it; None where it could not be opened."""
        return self.opening.experiment if self.opening else None

    @property
    def sentences(self) -> list[str]:
        """What a person should know who looks at it."""
        return [*self.damage, *filter(None, [self._silence])]

    def open(self) -> None:
        """Open it, which reads a short record whole and takes a first look at a long one."""
        self.retry_s = time.monotonic() + RETRY_S
        self._file = self._stat()
        try:
            opening = Opening(self._folder, self.damage.append)
            opening.experiment.lock = self._lock
            try:
                opening.look()
                self.opening = opening
            finally:
                if not self.opening:
                    opening.close()
        except RecordError as why:
            self.damage.append(str(why))
        except Exception as why:
            log.info("%s cannot be opened", self.name, exc_info=True)
            reason = f"{type(why).__name__}: {str(why)[:LONGEST_REASON]}"
            self.damage.append(f"{self.name} cannot be opened: {reason}")

    def close(self) -> None:
        if self.opening:
            self.opening.close()

    def is_replaced(self) -> bool:
        """Whether all that was there is read, and the record is another by now, or gone.

        A damaged one is another when its file was written to: it may have been half a copy.
        """
        if self.opening is None or self.opening.reading:
            return False
        file = self._stat()
        if _identity(file) != _identity(self._file):
            return True
        may_heal = self.damage and _content(file) != _content(self._file)
        return bool(may_heal) and time.monotonic() >= self.retry_s

    def read(self, follow: bool) -> bool:
        """Read a portion of what is new; True when there may be more.

        follow: look for what others have written since, too.
        """
        opening = self.opening
        if opening is None:
            return False
        try:
            if opening.reading:
                opening.read_on()
                return opening.reading
            if not follow:
                return False
            with self._lock:
                opening.experiment.record.renew()
                more = opening.experiment.read_on()
            self._silence = ""
            return more
        except RecordError as why:
            self._silence = str(why)
            return False

    def _stat(self) -> os.stat_result | None:
        """The record's file as it is now; None where there is none."""
        try:
            return os.stat(self._folder / FILE_NAME)
        except OSError:
            return None


def _identity(file: os.stat_result | None) -> tuple[int, int] | None:
    """Which file it is, whatever it is called."""
    return (file.st_dev, file.st_ino) if file else None


def _content(file: os.stat_result | None) -> tuple[int, int] | None:
    """What changes when the file is written to."""
    return (file.st_size, file.st_mtime_ns) if file else None
