"""How many connections and bytes the server holds at once, and whose connection goes first.

At the bound the newest comer gets in and the one that matters least is closed: strangers before
people, people before the board. Counts and closes only; accepts, reads and answers nothing.
"""

import contextlib
import resource
import time
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from tornado.iostream import IOStream

SPARE_DESCRIPTORS = 64  # for files, the event loop and what Visdom opens
DESCRIPTORS_EACH = 2  # a connection, and the file that it is being sent


@dataclass(frozen=True)
class Bounds:
    """What the server takes on at once; times in seconds."""

    connections: int = 512  # with the web sockets
    sockets: int = 128
    body_bytes: int = 256 * 2**20  # received and not yet handled, of all requests together
    first_request_s: float = 10.0  # until a stranger's request has come; slow ones are strangers
    idle_s: float = 120.0  # between two requests of one connection
    body_s: float = 60.0  # for one request's body


def bounds_here() -> Bounds:
    """The bounds that this process's limit of open files allows; it is raised where possible."""
    bounds = Bounds()
    descriptors = bounds.connections * DESCRIPTORS_EACH + SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < descriptors:
        most = descriptors if hard == resource.RLIM_INFINITY else min(hard, descriptors)
        with contextlib.suppress(OSError, ValueError):  # what is allowed may be less than `hard`
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == resource.RLIM_INFINITY or soft >= descriptors:
        return bounds
    connections = max((soft - SPARE_DESCRIPTORS) // DESCRIPTORS_EACH, 8)
    return Bounds(connections=connections, sockets=min(bounds.sockets, connections // 2))


class Standing(IntEnum):
    """What is known of who is at the other end of a connection; the least goes first."""

    STRANGER = 0  # has made no request that is let in without a login
    PERSON = 1
    BOARD = 2  # showed the token


@dataclass
class Visit:
    """One connection: since when it waits for a request, or `is_answering` one."""

    since_s: float
    standing: Standing = Standing.STRANGER
    is_answering: bool = False


class Visits:
    """All connections but the web sockets, which are told by `sockets` and never closed here."""

    def __init__(self, bounds: Bounds, sockets: Collection[object]) -> None:
        self._bounds, self._sockets = bounds, sockets
        self._visits: dict[IOStream, Visit] = {}

    def begin(self, stream: IOStream) -> None:
        """Count a connection that was just accepted; another is closed for it at the bound."""
        while len(self._visits) + len(self._sockets) >= self._bounds.connections:
            if not self.drop_one():
                break
        self._visits[stream] = Visit(time.monotonic())

    def end(self, stream: IOStream) -> None:
        """Forget a connection that was closed or became a web socket."""
        self._visits.pop(stream, None)

    def wait(self, stream: IOStream) -> None:
        """Note that the connection has nothing to do until its next request."""
        if visit := self._visits.get(stream):
            visit.since_s, visit.is_answering = time.monotonic(), False

    def welcome(self, stream: IOStream, standing: Standing) -> None:
        """Note who makes the request whose headers have come."""
        if visit := self._visits.get(stream):
            visit.standing = standing

    def answer(self, stream: IOStream) -> None:
        """Note that a request is complete: its answer is ours to make."""
        if visit := self._visits.get(stream):
            visit.is_answering = True

    def drop_one(self) -> bool:
        """Close the connection that matters least; False when there is none."""
        if not self._visits:
            return False
        self._drop(min(self._visits, key=self._worth))
        return True

    def sweep(self) -> None:
        """Close what has waited too long for a stranger's request."""
        oldest_s = time.monotonic() - self._bounds.first_request_s
        for stream, visit in list(self._visits.items()):
            stranger = visit.standing is Standing.STRANGER and not visit.is_answering
            if stranger and visit.since_s < oldest_s:
                self._drop(stream)

    def _worth(self, stream: IOStream) -> tuple[Standing, bool, float]:
        visit = self._visits[stream]
        return visit.standing, visit.is_answering, visit.since_s

    def _drop(self, stream: IOStream) -> None:
        del self._visits[stream]
        stream.close()


class Bodies:
    """The bytes of all bodies that are being received."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._held_bytes = 0

    def take(self, size: int) -> bool:
        """Whether there is room for `size` more bytes; they are then held until given back."""
        if self._held_bytes + size > self._most_bytes:
            return False
        self._held_bytes += size
        return True

    def give_back(self, size: int) -> None:
        self._held_bytes -= size
