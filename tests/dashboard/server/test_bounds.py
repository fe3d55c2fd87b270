"""dashboard.server.bounds: whose connection is closed for another, and how many there may be."""

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from tornado.iostream import IOStream

from dashboard.program import ROOT
from dashboard.server.bounds import Bodies, Bounds, Standing, Visits


def with_visits(most: int, act: Callable[[Visits, list[IOStream]], None]) -> list[bool]:
    """Let `act` use five real streams; which of them were closed."""

    async def run() -> list[bool]:
        with contextlib.ExitStack() as ends:
            pairs = [socket.socketpair() for _ in range(5)]
            for _, far in pairs:
                ends.enter_context(far)
            streams = [IOStream(near) for near, _ in pairs]
            act(Visits(Bounds(connections=most, first_request_s=0.0), []), streams)
            closed = [stream.closed() for stream in streams]
            for stream in streams:
                stream.close()
            return closed

    # A thread of its own: in this one a browser's event loop may run already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()


def test_at_the_bound_the_stranger_who_waits_longest_goes() -> None:
    def act(visits: Visits, streams: list[IOStream]) -> None:
        for stream in streams:
            visits.begin(stream)

    assert with_visits(3, act) == [True, True, False, False, False]


def test_strangers_go_before_people_and_people_before_the_board() -> None:
    def act(visits: Visits, streams: list[IOStream]) -> None:
        board, person, busy, stranger, _ = streams
        for stream in (board, person, busy, stranger):
            visits.begin(stream)
        visits.welcome(board, Standing.BOARD)
        visits.welcome(person, Standing.PERSON)
        visits.welcome(busy, Standing.PERSON)
        visits.wait(person)
        visits.answer(busy)
        for expected in (stranger, person, busy, board):
            assert not expected.closed()
            assert visits.drop_one()
            assert expected.closed()
        assert not visits.drop_one()

    assert with_visits(9, act) == [True, True, True, True, False]


def test_only_strangers_who_send_no_request_are_swept_away() -> None:
    def act(visits: Visits, streams: list[IOStream]) -> None:
        for stream in streams:
            visits.begin(stream)
        visits.welcome(streams[1], Standing.PERSON)
        visits.welcome(streams[2], Standing.BOARD)
        visits.answer(streams[3])
        visits.end(streams[4])
        visits.sweep()

    assert with_visits(9, act) == [True, False, False, False, False]


def test_bodies_are_counted_until_they_are_given_back() -> None:
    bodies = Bodies(10)
    assert bodies.take(6)
    assert not bodies.take(5)
    assert bodies.take(4)
    bodies.give_back(6)
    assert bodies.take(5)


SMALL_LIMIT = """
import resource, sys
soft, hard = int(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
from dashboard.server.bounds import bounds_here
print(bounds_here().connections, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "connections", "raised"),
    [(256, 4096, 512, 1088), (256, 1024, 480, 1024), (80, 80, 8, 80), (2048, 4096, 512, 2048)],
)
def test_the_limit_of_open_files_is_raised_and_then_kept(
    soft: int, hard: int, connections: int, raised: int
) -> None:
    command = [sys.executable, "-c", SMALL_LIMIT, str(soft), str(hard)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.split() == [str(connections), str(raised)]
