"""dashboard.outbox: a reader that stops and reads on, with a real pipe."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dashboard import outbox
from dashboard.outbox import MOST_WAITING, Outbox
from tests.support.launching import ROOT

LINE = b"x" * 1023 + b"\n"


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The reading and the writing end of a pipe, closed with the test."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def read_until(reading: int, last: bytes) -> bytes:
    said = b""
    while not said.endswith(last):
        said += os.read(reading, 65536)
    return said


def fail(why: OSError) -> None:
    raise AssertionError from why


@pytest.mark.parametrize("blocking", [True, False])
def test_what_nobody_reads_is_kept_in_its_order_then_dropped_and_counted(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch, blocking: bool
) -> None:
    monkeypatch.setattr(outbox, "SLOWEST_S", 0.01)
    reading, writing = pipe
    os.set_blocking(writing, blocking)
    box = Outbox(writing, fail)
    lines = [f"{i:05}".encode() + LINE for i in range(1000)]
    for line in lines:  # of which the pipe holds 64
        box.put(line)
    said = read_until(reading, b"nobody read on\n").splitlines(keepends=True)
    assert len(b"".join(said)) > MOST_WAITING
    assert said[:-1] == lines[: len(said) - 1]
    dropped = len(lines) - len(said) + 1
    assert said[-1].decode().startswith(f"launch.py: {dropped} lines were not printed")
    box.put(b"again\n")
    assert os.read(reading, 100) == b"again\n"


def test_what_is_read_is_written_when_the_call_returns(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.set_blocking(reading, False)
    box = Outbox(writing, fail)
    for i in range(100):
        box.put(b"%d" % i)
        assert os.read(reading, 10) == b"%d" % i


def test_what_cannot_be_written_is_told_and_the_next_is_tried(pipe: tuple[int, int]) -> None:
    failures: list[OSError] = []
    box = Outbox(pipe[0], failures.append)
    box.put(b"one")
    box.put(b"two")
    assert [type(why) for why in failures] == [OSError, OSError]


def test_a_forked_child_prints_only_what_is_its_own(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SLOWEST_S", 0.01)
    reading, writing = pipe
    box = Outbox(writing, fail)
    box.put(b"p" * 100_000)
    child = os.fork()
    if not child:
        monkeypatch.setattr(outbox, "SLOWEST_S", 60.0)
        box.put(b"child\n")
        os._exit(0)
    said = b""
    while b"child\n" not in said or said.count(b"p") < 100_000:
        said += os.read(reading, 65536)
    assert os.waitpid(child, 0)[1] == 0
    assert len(said) == 100_006


LAST_WORDS = """
import atexit, sys
from dashboard.output import protect, wait_for_no_reader

atexit.register(lambda: sys.stdout.write("without a line's end"))
protect()
wait_for_no_reader()
print("first")
"""


def test_what_is_printed_as_the_process_ends_is_not_lost() -> None:
    said = subprocess.run(
        [sys.executable, "-c", LAST_WORDS], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert (said.stdout, said.stderr) == ("first\nwithout a line's end", "")


ENDS_UNREAD = """
import sys
from dashboard import outbox

outbox.SLOWEST_S = 0.01
box = outbox.Outbox(1, print)
for i in range(100):  # of which the pipe holds 64
    box.put(b"%05d" % i + 1018 * b"x" + b"\\n")
outbox.SLOWEST_S = 60.0
print("ends", file=sys.stderr, flush=True)
"""


def test_a_process_that_ends_gives_its_reader_a_last_chance() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDS_UNREAD],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stderr
        assert process.stderr.readline() == b"ends\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        printed, _ = process.communicate()
    assert [line[:5] for line in printed.splitlines()] == [b"%05d" % i for i in range(100)]
