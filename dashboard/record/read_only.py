"""Opens a record for reading, also where nothing may be written: another person's, or on a medium.

SQLite keeps an index of the newest rows in a file beside the record. Where that can be neither
written nor read, the record is read as if it never changed, or, while newest rows wait beside it in
its log, from a private copy; a record that changes nevertheless is opened anew. Writes nothing
beside the record, and reads no rows itself: `dashboard.record.reader` does.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

from dashboard.record.reader import Record
from dashboard.record.schema import FILE_NAME, RecordError, connect, is_recorded
from dashboard.scratch import scratch_folder

# What SQLite says where it may not write what it needs for reading.
FORBIDDEN = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
FILES = (FILE_NAME, f"{FILE_NAME}-wal")
# A record that others write is copied no more often than this, and for this share of the time.
COPY_EVERY_S = 1.0
COPY_SHARE = 0.1
COPIES = 5  # until one is not written to meanwhile

FileStates = tuple[tuple[int, int], ...]


def open_to_read(folder: Path) -> Record:
    """Open the record in `folder`, which may be read-only. Raises RecordError if that fails."""
    if not is_recorded(folder):
        return Record(folder)  # says so
    if not os.access(folder / FILE_NAME, os.R_OK):
        raise RecordError(f"the record {folder / FILE_NAME} may not be read by this user")
    try:
        return Record(folder)
    except RecordError as why:
        if not _forbidden(why):
            raise
    source = Unwritable(folder)
    try:
        return Record(folder, source=source)
    except RecordError:
        source.close()
        raise


class Unwritable:
    """The rows of a record that stands where nothing may be written. Raises RecordError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._due_s = 0.0
        self._stack = contextlib.ExitStack()
        self._open()

    @property
    def db(self) -> sqlite3.Connection:
        return self._db

    def renewed(self) -> sqlite3.Connection:
        """The connection, to the record as it is now if it has changed and the time has come."""
        if time.monotonic() >= self._due_s and _file_states(self._folder) != self._was:
            old, self._stack = self._stack, contextlib.ExitStack()
            try:
                self._open()
            except RecordError:
                self._stack = old
                raise
            old.close()
        return self._db

    def close(self) -> None:
        """Close the connection and remove the copy; harmless when called twice."""
        self._stack.close()

    def _open(self) -> None:
        began_s = time.monotonic()
        try:
            with contextlib.ExitStack() as stack:
                db, was = self._connect(stack)
                self._db, self._was, self._stack = db, was, stack.pop_all()
        except OSError as why:
            raise RecordError(
                f"the record {self._folder / FILE_NAME} is read-only and cannot be copied into "
                f"{tempfile.gettempdir()}: {why.strerror or why}"
            ) from why
        finally:
            took_s = time.monotonic() - began_s
            self._due_s = time.monotonic() + max(COPY_EVERY_S, took_s / COPY_SHARE)

    def _connect(self, stack: contextlib.ExitStack) -> tuple[sqlite3.Connection, FileStates]:
        """A connection, and the state of the files that it shows; `stack` undoes it."""
        was = _file_states(self._folder)
        folder, options = self._folder, "mode=ro&immutable=1"
        if was[1][1]:
            folder, options = stack.enter_context(scratch_folder()), ""
            for _ in range(COPIES):
                for name in FILES:
                    with contextlib.suppress(FileNotFoundError):
                        shutil.copyfile(self._folder / name, folder / name)
                before, was = was, _file_states(self._folder)
                if before == was:
                    break
        db = connect(folder, options)
        stack.callback(db.close)
        return db, was


def _file_states(folder: Path) -> FileStates:
    """(time of the last change, size) of the record and of its log; zeros where there is none."""
    states = []
    for name in FILES:
        try:
            about = os.stat(folder / name)
            states.append((about.st_mtime_ns, about.st_size))
        except FileNotFoundError:
            states.append((0, 0))
    return tuple(states)


def _forbidden(why: RecordError) -> bool:
    return getattr(why.__cause__, "sqlite_errorcode", 0) & 0xFF in FORBIDDEN
