"""Writes the messages of Ray tasks: batches into the record, checkpoints and models
into files.

Everything is written on the launcher's machine, by the launcher, with the same `FileSink` that a
local worker uses. Knows nothing of Ray itself: messages come from anywhere.
"""

from __future__ import annotations

import contextlib
import pickle
import sqlite3
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from dashboard.record.sink import Batch, FileSink, RecordError, Superseded
from trainers.checkpoint import FOLDER
from trainers.cluster.messages import Begin, Kept, Message, Model
from trainers.model_files import FOLDER as MODELS

RETRY_ERRORS = (sqlite3.OperationalError, OSError)


class Receiver:
    """Takes messages in the order they came; those it cannot write now wait in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._messages: deque[Message] = deque()
        self._sinks: dict[str, FileSink] = {}
        self._attempts: dict[str, int] = {}

    def new_attempt(self, run: str) -> int:
        """The number of a new attempt; messages of older ones are thrown away from now on."""
        self._attempts[run] = self._attempts.get(run, 0) + 1
        if run in self._sinks:
            self._sinks.pop(run).close()
        return self._attempts[run]

    def attempt(self, run: str) -> int:
        """The number of the run's present attempt; 0 before the first."""
        return self._attempts.get(run, 0)

    def checkpoint(self, run: str) -> bytes | None:
        """The file of the run's last checkpoint, if one has arrived."""
        file = self._checkpoint_file(run)
        return file.read_bytes() if file.exists() else None

    def begun(self, run: str) -> bool:
        """Whether the run's present attempt has begun and not ended."""
        return run in self._sinks

    def put(self, bundles: Iterable[bytes]) -> None:
        """Take in bundles of messages, which `work` writes."""
        for bundle in bundles:
            self._messages.extend(pickle.loads(bundle))

    def work(self) -> bool:
        """Write what waits here; False when the record cannot take all of it now."""
        while self._messages:
            message = self._messages[0]
            if self._attempts.get(message.run) == message.attempt:
                try:
                    self._write(message)
                except RETRY_ERRORS:
                    return False
                except Superseded:
                    # Nor is what else comes from that task, its checkpoints.
                    self.new_attempt(message.run)
                except RecordError as why:
                    if isinstance(why.__cause__, sqlite3.Error):
                        return False
                    # The run was recorded by somebody else meanwhile: its messages go nowhere.
            self._messages.popleft()
        return True

    def close(self) -> None:
        for sink in self._sinks.values():
            sink.close()
        self._sinks.clear()

    def _write(self, message: Message) -> None:
        what = message.what
        if isinstance(what, Begin):
            sink = FileSink(self._folder, must_exist=True)
            sink.begin(message.run, what.config, what.keep_to)
            self._sinks[message.run] = sink
        elif isinstance(what, Kept):
            self._keep(message.run, what.file)
        elif isinstance(what, Model):
            write_whole(self._folder, f"{MODELS}/{message.run}/{what.name}", what.file)
        elif message.run in self._sinks:
            self._sinks[message.run].write(what)
            self._close_if_ended(message.run, what)

    def _close_if_ended(self, run: str, batch: Batch) -> None:
        if batch.end:
            self._sinks.pop(run).close()

    def _keep(self, run: str, content: bytes | None) -> None:
        if content is None:
            file = self._checkpoint_file(run)
            file.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # other runs still have theirs there
                file.parent.rmdir()
            return
        write_whole(self._folder, f"{FOLDER}/{run}.pt", content)

    def _checkpoint_file(self, run: str) -> Path:
        return self._folder / FOLDER / f"{run}.pt"


def write_whole(folder: Path, name: str, content: bytes) -> None:
    """Write a file below the folder whole or not at all. Raises OSError.

    Nothing is written where the folder is gone: somebody removed it, and it is not to come back.
    """
    if not folder.is_dir():
        return
    file = folder / name
    for part in reversed(file.relative_to(folder).parents[:-1]):
        (folder / part).mkdir(exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(file)
