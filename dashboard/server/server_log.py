"""The server's log: one file that stays small and never takes the record's last bytes.

`Server` opens it and hands it to the host process as its standard error, so that even the words
of an interpreter that breaks down are kept. Whatever Python code there says goes through
`ServerLog`, which bounds it. Decides nothing about what is said.
"""

import contextlib
import io
import os
import threading
import time
from pathlib import Path
from typing import IO

MOST_BYTES = 2**20  # of the file; its older half goes when that is reached
SPARE_BYTES = 16 * 2**20  # the disk's last bytes, which are the record's alone
LONGEST_TEXT = 8192  # characters that are kept of one text
SAME_AGAIN_S = 10.0  # within it the same text is counted, not written again
MOST_TEXTS = 256  # remembered for that


def open_log(path: Path) -> IO[bytes]:
    """Where a process's words go: the file, cut to size, or nowhere if that cannot be written."""
    log: IO[bytes] | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        log = path.open("a+b")
        if not crowded(log.fileno()):
            shorten(log.fileno())
            return log
    except OSError:
        pass
    if log:
        log.close()
    return open(os.devnull, "ab")


def crowded(descriptor: int) -> bool:
    """Whether the file's disk has so little room left that a log should not take of it."""
    disk = os.fstatvfs(descriptor)
    return disk.f_blocks > 0 and disk.f_bavail * disk.f_frsize < SPARE_BYTES


def shorten(descriptor: int) -> None:
    """Keep the last half of a file that has reached its bound, from the beginning of a line."""
    size = os.fstat(descriptor).st_size
    if size <= MOST_BYTES - 4 * LONGEST_TEXT:  # a character has up to four bytes
        return
    tail = b""
    with contextlib.suppress(OSError):  # one that can only be written starts anew
        tail = os.pread(descriptor, MOST_BYTES // 2, size - MOST_BYTES // 2)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, tail[tail.find(b"\n") + 1 :])


class ServerLog(io.TextIOBase):
    """Writes dated texts to a descriptor; the same text again within SAME_AGAIN_S is counted.

    Never raises for want of room and never waits for any: what cannot be written is left out.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.RLock()
        self._line = ""  # the text until its line ends
        self._again: dict[str, int] = {}  # texts of this while, and how often each came again
        self._since_s = time.monotonic()

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        with self._lock:
            self._line += text
            if self._line.endswith("\n") or len(self._line) > LONGEST_TEXT:
                whole, self._line = self._line.strip("\n"), ""
                self._say(whole[:LONGEST_TEXT])
        return len(text)

    def settle(self) -> None:
        """Write how often texts came again, and begin to count anew."""
        with self._lock:
            for text, count in self._again.items():
                if count:
                    self._put(f"{count:,} more times: {text.splitlines()[0]}")
            self._again.clear()
            self._since_s = time.monotonic()

    def _say(self, text: str) -> None:
        if time.monotonic() - self._since_s > SAME_AGAIN_S or len(self._again) >= MOST_TEXTS:
            self.settle()
        if text in self._again:
            self._again[text] += 1
        elif text:
            self._again[text] = 0
            self._put(text)

    def _put(self, text: str) -> None:
        line = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n"
        with contextlib.suppress(OSError):
            if not crowded(self._descriptor):
                shorten(self._descriptor)
                os.write(self._descriptor, line.encode("utf-8", "backslashreplace"))
