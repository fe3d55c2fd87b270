"""What is printed, on its way out: no full disk, closed pipe, gone terminal or narrow alphabet ends
a run.

`protect` puts a stream that never fails in place of standard output and standard error, once for a
process; everything that prints goes through it unchanged, be it `print`, rich, argparse, logging or
a traceback. What cannot be written is dropped, said once on standard error, and remembered, so that
a command which only prints can still say that it failed (`printed`). Whoever has more to do than to
print calls `wait_for_no_reader`: from then on a reader that has stopped reading holds up nothing.
Nothing is decided here about what is said.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import TextIO

from dashboard.outbox import Outbox, write_all
from dashboard.program import PROGRAM

PLAIN = {"–": "-", "−": "-", "×": "x", "·": "|", "…": "...", "→": "->", "█": "#", "━": "-"}
# Nobody is there to read, which is how a person ends `| head` or closes a terminal: no failure.
GONE = frozenset({errno.EPIPE, errno.EIO, errno.ENXIO})


def report(sentence: str) -> None:
    """Something that a person should know and that ends nothing."""
    print(sentence, file=sys.stderr, flush=True)


_documents: list[TextIO] = []


@contextlib.contextmanager
def alone(has_document: bool) -> Iterator[None]:
    """Within it nothing but the document goes to standard output, if there is one: whatever else
    is printed goes to standard error.
    """
    if not has_document:
        yield
        return
    _documents.append(sys.stdout)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _documents.pop()


def print_document(text: str) -> None:
    """What a program reads from our standard output; see `alone`."""
    print(text, file=_documents[-1] if _documents else sys.stdout, flush=True)


class Unfailing(io.RawIOBase):
    """The file descriptor of a standard stream, of which every write succeeds.

    failure: the first reason why something was dropped although somebody could have read it.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self.failure: OSError | None = None
        self._descriptor, self._name = descriptor, name
        self._outbox: Outbox | None = None

    def write(self, data: object) -> int:
        assert isinstance(data, bytes | bytearray | memoryview)
        if self._outbox:
            self._outbox.put(bytes(data))
            return len(data)
        try:
            write_all(self._descriptor, bytes(data))
        except OSError as why:
            self._failed(why)
        return len(data)

    def wait_for_no_reader(self) -> None:
        """Drop what nobody reads, instead of waiting for as long as that takes."""
        self._outbox = self._outbox or Outbox(self._descriptor, self._failed)

    def _failed(self, why: OSError) -> None:
        if self.failure is None and why.errno not in GONE:
            self.failure = why
            if self._descriptor != 2:
                with contextlib.suppress(OSError):
                    report(f"{PROGRAM}: {self._name} cannot be written: {why.strerror}")

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)


def protect() -> None:
    """From now on nothing that this process prints can fail; to be called as it starts."""
    for descriptor in (0, 1, 2):  # a closed one would be given to the next file that is opened
        with contextlib.suppress(OSError):
            _open_if_closed(descriptor)
    codecs.register_error("plain", _plain)
    sys.stdout = _protected(sys.stdout, 1, "standard output")
    sys.stderr = _protected(sys.stderr, 2, "standard error")


def wait_for_no_reader() -> None:
    """From now on nothing that is printed holds this process up for more than a moment."""
    for stream in (sys.stdout, sys.stderr):
        if raw := _raw(stream):
            raw.wait_for_no_reader()


def printed() -> int:
    """The exit code of a command that only prints: 1 when a part of that could not be written."""
    sys.stdout.flush()
    raw = _raw(sys.stdout)
    return int(raw is not None and raw.failure is not None)


def _raw(stream: TextIO) -> Unfailing | None:
    """The protected file descriptor of a stream; None when it is not, or no longer, protected."""
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw if isinstance(raw, Unfailing) else None


def _protected(stream: TextIO | None, descriptor: int, name: str) -> TextIO:
    # None: the stream was closed before Python began.
    return io.TextIOWrapper(
        io.BufferedWriter(Unfailing(descriptor, name)),
        encoding=stream.encoding if stream else "utf-8",
        errors="plain",
        line_buffering=True,  # in a file too: what went wrong stands last
        write_through=bool(getattr(stream, "write_through", False)),
    )


def _plain(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that the terminal's encoding does not have."""
    assert isinstance(error, UnicodeEncodeError)
    part = error.object[error.start : error.end]
    stand_ins = (PLAIN.get(c) or c.encode("ascii", "backslashreplace").decode() for c in part)
    return "".join(stand_ins), error.end


def _open_if_closed(descriptor: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this one
