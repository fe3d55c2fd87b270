"""dashboard.output: whatever becomes of what is printed, training goes on and exit codes are true.

Real pipes, a real terminal (pty) that is closed, and /dev/full for a full disk.
"""

import contextlib
import errno
import os
import pty
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.few import few
from tests.support.launching import answers, begin, children, kill, recorded, until
from tests.support.paced import paced
from tests.support.ready import Forked
from tests.support.workers import steps

FULL = Path("/dev/full")
ONE = ["--activation", "relu", "--init", "kaiming_normal", "--workers", "1", "--epochs", "1"]
WHERE = ["--no-dashboard", "--experiment", "exp"]
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")

Process = subprocess.Popen[bytes] | Forked
Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts launch.py with the streams a test gives it; all of it ends with the test.

    input_, err: descriptors, of nothing and of a file unless they are given. how: see
    tests.support.launching.
    """
    started: list[Process] = []

    def go(*arguments: str, out: int, input_: int = -1, err: int = -1, **how: Any) -> Process:
        with open(os.devnull) as nothing, errors(tmp_path).open("wb") as file:
            other = nothing.fileno() if input_ < 0 else input_
            streams = [other, out, file.fileno() if err < 0 else err]
            started.append(begin([*arguments], tmp_path, streams, **how))
        return started[-1]

    yield go
    for process in started:
        for child in children(psutil.Process(process.pid)) if process.poll() is None else ():
            kill(child)
        process.kill()
        process.wait()


def errors(tmp_path: Path) -> Path:
    return tmp_path / "errors.txt"


def states(tmp_path: Path) -> list[str]:
    if not (tmp_path / "runs" / "exp" / "record.sqlite3").exists():
        return []
    return [view.state for view in recorded(tmp_path, "exp").runs]


def closed_pipe() -> int:
    """The writing end of a pipe that nobody reads any more, as after `| head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@needs_full
@pytest.mark.parametrize("flag", ["--dry-run", "--help"])
def test_what_was_only_to_be_printed_and_could_not_be_is_no_success(
    start: Start, tmp_path: Path, flag: str
) -> None:
    with FULL.open("wb") as full:
        process = start(flag, out=full.fileno())
    assert process.wait(60) == 1
    said = "launch.py: standard output cannot be written: No space left on device\n"
    assert errors(tmp_path).read_text() == said


def test_a_reader_that_has_read_enough_makes_no_failure(start: Start, tmp_path: Path) -> None:
    writing = closed_pipe()
    process = start("--list", out=writing)
    os.close(writing)
    assert process.wait(60) == 0
    assert errors(tmp_path).read_text() == ""


def test_training_ends_well_after_its_pipe_was_closed(start: Start, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    process = start(*few(tmp_path), *ONE, *WHERE, out=writing)
    os.close(writing)
    with open(reading, "rb") as output:
        assert b"1 run " in output.readline()
    assert process.wait(60) == 0
    assert errors(tmp_path).read_text() == ""
    assert states(tmp_path) == ["done"]


def test_training_ends_well_with_its_output_closed_from_the_beginning(
    start: Start, tmp_path: Path
) -> None:
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    with open(os.devnull, "wb") as nothing:
        process = start(*few(tmp_path), *ONE, *WHERE, out=nothing.fileno(), before=closed)
    assert process.wait(60) == 0
    assert states(tmp_path) == ["done"]


def fill(writing: int) -> None:
    """Fill the pipe to its last byte, through a description of its own that does not wait."""
    mine = os.open(f"/proc/self/fd/{writing}", os.O_WRONLY | os.O_NONBLOCK)
    for size in (4096, 1):
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(mine, b"x" * size)
    os.close(mine)


@pytest.fixture
def unread() -> Iterator[tuple[int, int]]:
    """A pipe of which both ends stay open in the test."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_training_ends_well_while_a_full_pipe_is_not_read(
    start: Start, tmp_path: Path, unread: tuple[int, int]
) -> None:
    process = start(*paced(tmp_path), *WHERE, "--epochs", "2", out=unread[1], err=unread[1])
    until(lambda: "running" in states(tmp_path), 60)
    fill(unread[1])
    assert process.wait(60) == 0
    assert states(tmp_path) == ["done"]


def test_a_full_pipe_keeps_the_launcher_from_no_signal_and_no_dead_server(
    start: Start, tmp_path: Path, unread: tuple[int, int], page_files: Path
) -> None:
    flags = [*paced(tmp_path), "--epochs", "1000", "--no-browser", "--experiment", "exp"]
    process = start(*flags, out=unread[1], err=unread[1])
    said = b""
    while not (url := re.search(rb"dashboard: (\S+)\s", said)):
        said += os.read(unread[0], 65536)
    until(lambda: steps(tmp_path) > 20, 60)
    fill(unread[1])
    (host,) = [p for p in family(process) if "dashboard.server.app" in " ".join(p.cmdline())]
    host.kill()
    until(lambda: not host.is_running() or host.status() == psutil.STATUS_ZOMBIE)
    until(lambda: answers(url.group(1).decode()))
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 128 + signal.SIGINT
    assert states(tmp_path) == ["stopped"]


CHATTY = """
import sys
import torch

class Chatty(torch.nn.Module):
    def forward(self, x):
        print("héllo " * 2000)
        print("hello", file=sys.stderr, flush=True)
        return x.relu()

ACTIVATIONS = {"chatty": Chatty}
"""


@needs_full
def test_training_ends_well_while_nothing_can_be_printed(start: Start, tmp_path: Path) -> None:
    writing = closed_pipe()
    env = {"PYTHONIOENCODING": "ascii"}
    flags = [*few(tmp_path, CHATTY), *ONE, *WHERE, "--activation", "chatty"]
    with FULL.open("wb") as full:
        process = start(*flags, out=full.fileno(), err=writing, env=env)
    os.close(writing)
    assert process.wait(60) == 0
    assert states(tmp_path) == ["done"]


class Terminal:
    """A terminal of its own, with the launcher in its foreground."""

    def __init__(self, start: Start, *arguments: str, **options: Any) -> None:
        self._master, slave = pty.openpty()
        self.said = b""
        env = {"COLUMNS": "120", "TERM": "xterm", **options.pop("env", {})}
        self.process = start(*arguments, input_=slave, out=slave, err=slave, env=env, **options)
        os.close(slave)
        os.set_blocking(self._master, False)

    def read(self) -> bytes:
        """What was printed so far."""
        with contextlib.suppress(BlockingIOError):
            try:
                while part := os.read(self._master, 65536):
                    self.said += part
            except OSError as why:
                if why.errno != errno.EIO:  # Linux: the other side is closed
                    raise
        return self.said

    def ends(self) -> int:
        until(lambda: [self.read()] and self.process.poll() is not None, 60)
        assert self.process.returncode is not None
        return self.process.returncode

    def close(self) -> None:
        os.close(self._master)


def test_a_terminal_that_knows_ascii_only_shows_everything(start: Start, tmp_path: Path) -> None:
    flags = [*few(tmp_path), *ONE, *WHERE]
    terminal = Terminal(start, *flags, env={"PYTHONIOENCODING": "ascii"})
    assert terminal.ends() == 0, terminal.said
    output = terminal.read()
    terminal.close()
    assert b"Traceback" not in output
    assert b"results" in output
    assert output.isascii()
    assert states(tmp_path) == ["done"]


def family(process: Process) -> list[psutil.Process]:
    return [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]


def test_a_closed_terminal_stops_everything_cleanly(start: Start, tmp_path: Path) -> None:
    terminal = Terminal(start, *paced(tmp_path), "--epochs", "1000", *WHERE)
    until(lambda: [terminal.read()] and steps(tmp_path) > 20, 60)
    everybody = family(terminal.process)
    terminal.close()
    assert terminal.process.wait(60) == 128 + signal.SIGHUP
    assert states(tmp_path) == ["stopped"]
    _, left = psutil.wait_procs(everybody, 60)
    assert left == []


def test_under_nohup_training_outlives_its_terminal(start: Start, tmp_path: Path) -> None:
    flags = [*paced(tmp_path), "--epochs", "3", *WHERE]
    terminal = Terminal(start, *flags, ignored=[signal.SIGHUP])
    until(lambda: [terminal.read()] and steps(tmp_path) > 20, 60)
    terminal.close()
    assert terminal.process.wait(60) == 0
    assert states(tmp_path) == ["done"]
