"""Keeps with a run what it printed and warned, and the traceback that it ended with. Bounded.

What is printed still goes where it went; every whole line is also given to the run's Recorder, at
once, so that a process which is killed loses none. Beyond KEPT_CHARACTERS only the newest lines
are remembered, and recorded at the end. Knows nothing of windows.
"""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

OUTPUT, TRACEBACK = "output", "traceback"
"""The names under which a run's Recorder keeps them."""
KEPT_CHARACTERS = 64_000
"""Of the beginning, and as many of the end."""
LONGEST_LINE = 4_000


class Texts(Protocol):
    """What takes the lines: a Recorder."""

    @property
    def step(self) -> int: ...
    def text(self, name: str, step: int, text: str) -> None: ...


@contextlib.contextmanager
def output_kept(recorders: Sequence[Texts]) -> Iterator[None]:
    """While the block runs, what is printed to either standard stream is recorded in every run."""
    output = _Kept(recorders)
    streams = sys.stdout, sys.stderr
    ours = _Doubled(streams[0], output), _Doubled(streams[1], output)
    sys.stdout, sys.stderr = ours
    try:
        yield
    finally:
        # Whoever put another stream there meanwhile keeps it.
        sys.stdout = streams[0] if sys.stdout is ours[0] else sys.stdout
        sys.stderr = streams[1] if sys.stderr is ours[1] else sys.stderr
        for stream in ours:
            stream.end()
        output.end()


def uncaught() -> BaseException | None:
    """The error that is ending this process; None while none is, and in a session where a person
    types, which goes on after an error.
    """
    error = getattr(sys, "last_value", None)
    return error if isinstance(error, BaseException) and not hasattr(sys, "ps1") else None


def traceback_of(error: BaseException) -> str:
    """The whole traceback of an error, of a very long one its beginning and its end."""
    lines = traceback.format_exception(error)
    text = "".join(lines)
    half = KEPT_CHARACTERS // 2
    if len(text) <= 2 * half:
        return text
    left_out = len(text) - 2 * half
    return f"{text[:half]}\n[{left_out:,} characters are left out here]\n{text[-half:]}"


class _Kept:
    """Takes lines and hands them on as long as there is room."""

    def __init__(self, recorders: Sequence[Texts]) -> None:
        self._recorders = recorders
        self._room = KEPT_CHARACTERS
        self._newest: deque[str] = deque()
        self._newest_characters = 0
        self._left_out = 0

    def line(self, line: str) -> None:
        line = line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
        if self._room >= 0:
            self._room -= len(line) + 1
            self._record(line)
            return
        self._newest.append(line)
        self._newest_characters += len(line) + 1
        while self._newest_characters > KEPT_CHARACTERS:
            self._newest_characters -= len(self._newest.popleft()) + 1
            self._left_out += 1

    def end(self) -> None:
        if self._left_out:
            self._newest.appendleft(f"[{self._left_out:,} lines are left out here]")
        if self._newest:
            self._record("\n".join(self._newest))

    def _record(self, text: str) -> None:
        for recorder in self._recorders:
            recorder.text(OUTPUT, recorder.step, text)


class _Doubled:
    """A stream that does what the one it stands for does, and hands on every whole line."""

    def __init__(self, stream: Any, output: _Kept) -> None:
        self._stream, self._output, self._line = stream, output, ""

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._output.line(line.rsplit("\r", 1)[-1])  # a progress bar's last state
        if len(self._line) > LONGEST_LINE:
            self._line = self._line[-LONGEST_LINE:]
        return int(self._stream.write(text))

    def writelines(self, lines: Sequence[str]) -> None:
        for line in lines:
            self.write(line)

    def end(self) -> None:
        if self._line:
            self._output.line(self._line)
            self._line = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
