"""What is printed while nobody reads it: into a pipe that is full, on a terminal that is held.

A thread writes, so that whoever prints waits a quarter of a second at the most, and once. What is
not read waits in a bounded memory; beyond that it is dropped and counted, and the count is said
when somebody reads again. What is printed, and what becomes of errors, is `dashboard.output`.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable

from dashboard.program import PROGRAM

SLOWEST_S = 0.25  # a reader that takes no longer gets everything in its order
MOST_WAITING = 256 * 1024  # bytes


def write_all(descriptor: int, data: bytes) -> None:
    """Write it, however long the reader takes. Raises OSError, but for a full non-blocking pipe."""
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:
            select.select([], [descriptor], [])


class Outbox:
    """What waits to be written to a file descriptor; on_error: called with what a write raises."""

    def __init__(self, descriptor: int, on_error: Callable[[OSError], None]) -> None:
        self._descriptor, self._on_error = descriptor, on_error
        self._empty()
        atexit.register(self._end)
        os.register_at_fork(after_in_child=self._empty)  # what waits is the parent's

    def _empty(self) -> None:
        self._chunks: deque[bytes] = deque()
        self._drop_count = self._size = 0
        self._unread = False  # somebody has waited in vain, so that nobody else need
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None

    def put(self, data: bytes) -> None:
        """Have it written; on return it is, unless nobody reads."""
        if not self._has_thread():
            if not self._unread:
                self._write(data)
            return
        with self._condition:
            if self._size + len(data) > MOST_WAITING and self._unread:
                self._drop_count += max(1, data.count(b"\n"))
                return
            self._chunks.append(data)
            self._size += len(data)
            self._condition.notify_all()
            if not self._unread:
                self._unread = not self._condition.wait_for(self._is_empty, SLOWEST_S)

    def _has_thread(self) -> bool:
        """Whether there is a thread that writes; none can begin while the process ends."""
        with self._condition:
            if self._thread is None and not sys.is_finalizing():
                thread = threading.Thread(target=self._work, name="trainboard-output", daemon=True)
                with contextlib.suppress(RuntimeError):
                    thread.start()
                    self._thread = thread
            return self._thread is not None and not sys.is_finalizing()

    def _is_empty(self) -> bool:
        return not self._size

    def _end(self) -> None:
        """The last chance of a reader, as the process ends."""
        with self._condition:
            self._condition.wait_for(self._is_empty, SLOWEST_S)

    def _work(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._chunks)
                data = self._chunks[0]
            self._write(data)
            with self._condition:
                self._chunks.popleft()
                self._size -= len(data)
                if not self._size:
                    self._tell_dropped()
                    self._unread = False
                self._condition.notify_all()

    def _tell_dropped(self) -> None:
        if self._drop_count:
            lines = "1 line was" if self._drop_count == 1 else f"{self._drop_count:,} lines were"
            sentence = f"{PROGRAM}: {lines} not printed, because nobody read on\n".encode()
            self._chunks.append(sentence)
            self._size, self._drop_count = len(sentence), 0

    def _write(self, data: bytes) -> None:
        try:
            write_all(self._descriptor, data)
        except OSError as why:
            self._on_error(why)
