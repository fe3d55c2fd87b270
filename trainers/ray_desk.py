"""The launcher's desk for letters from Ray tasks: batches into the record, checkpoints into files.

Everything is written on the launcher's machine, by the launcher, with the same `FileSink` that a
local worker uses. Knows nothing of Ray itself: letters come from anywhere.
"""

from __future__ import annotations

import contextlib
import pickle
import sqlite3
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from dashboard.sink import Batch, FileSink, RecordError, Superseded
from trainers.checkpoint import FOLDER
from trainers.ray_letters import Begin, Kept, Letter

RETRY_ERRORS = (sqlite3.OperationalError, OSError)


class Desk:
    """Takes letters in the order they came; those it cannot write now stay on it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._letters: deque[Letter] = deque()
        self._sinks: dict[str, FileSink] = {}
        self._tickets: dict[str, int] = {}

    def ticket(self, run: str) -> int:
        """A new ticket for the run; letters with an older one are thrown away from now on."""
        self._tickets[run] = self._tickets.get(run, 0) + 1
        if run in self._sinks:
            self._sinks.pop(run).close()
        return self._tickets[run]

    def checkpoint(self, run: str) -> bytes | None:
        """The file of the run's last checkpoint, if one has arrived."""
        file = self._checkpoint_file(run)
        return file.read_bytes() if file.exists() else None

    def begun(self, run: str) -> bool:
        """Whether the run's present attempt has begun and not ended."""
        return run in self._sinks

    def put(self, bundles: Iterable[bytes]) -> None:
        """Lay bundles of letters on the desk."""
        for bundle in bundles:
            self._letters.extend(pickle.loads(bundle))

    def work(self) -> bool:
        """Write what lies here; False when the record cannot take all of it now."""
        while self._letters:
            letter = self._letters[0]
            if self._tickets.get(letter.run) == letter.ticket:
                try:
                    self._write(letter)
                except RETRY_ERRORS:
                    return False
                except Superseded:
                    self.ticket(
                        letter.run
                    )  # nor is what else comes from that task, its checkpoints
                except RecordError as why:
                    if isinstance(why.__cause__, sqlite3.Error):
                        return False
                    # The run was recorded by somebody else meanwhile: its letters go nowhere.
            self._letters.popleft()
        return True

    def close(self) -> None:
        for sink in self._sinks.values():
            sink.close()
        self._sinks.clear()

    def _write(self, letter: Letter) -> None:
        what = letter.what
        if isinstance(what, Begin):
            sink = FileSink(self._folder, existing=True)
            sink.begin(letter.run, what.config, what.keep_to)
            self._sinks[letter.run] = sink
        elif isinstance(what, Kept):
            self._keep(letter.run, what.file)
        elif letter.run in self._sinks:
            self._sinks[letter.run].write(what)
            self._close_if_ended(letter.run, what)

    def _close_if_ended(self, run: str, batch: Batch) -> None:
        if batch.end:
            self._sinks.pop(run).close()

    def _keep(self, run: str, content: bytes | None) -> None:
        file = self._checkpoint_file(run)
        if content is None:
            file.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # other runs still have theirs there
                file.parent.rmdir()
            return
        file.parent.mkdir(exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.replace(file)

    def _checkpoint_file(self, run: str) -> Path:
        return self._folder / FOLDER / f"{run}.pt"
