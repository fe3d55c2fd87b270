"""Who is at the other end of a connection: the user that owns the socket, as the kernel knows it.

Linux only, and only for processes of this machine; elsewhere the owner is unknown. What an owner
may do is not decided here.
"""

import asyncio
import contextlib
import os
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tornado.iostream import IOStream

NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST = 4, 20, 1  # linux/sock_diag.h
ESTABLISHED = 1  # of linux/tcp_states.h
NO_INODE = 0  # of a socket that its process has closed: the kernel then calls it root's
LINGER_S = 1.0
MOST_LINGERING = 32

SENTENCE = (
    b"Only the user who started this dashboard may use it: to let others of this machine in, "
    b"start it with VISDOM_USERNAME and VISDOM_PASSWORD."
)
REFUSAL = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    b"X-Content-Type-Options: nosniff\r\nContent-Length: %d\r\n\r\n%s" % (len(SENTENCE), SENTENCE)
)
TABLES = Path("/proc/net")
Place = tuple[str, int]  # a numeric address and a port


def owners_known() -> bool:
    """Whether the kernel tells who owns a connection, tried on one of our own.

    Under WSL it does, but the person's browser comes from Windows, as somebody else.
    """
    with contextlib.suppress(OSError):
        if "microsoft" in Path("/proc/sys/kernel/osrelease").read_text().lower():
            return False
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.create_connection(listener.getsockname(), timeout=1.0),
        ):
            connection, _ = listener.accept()
            with connection:
                return is_ours(connection)
    return False


def is_ours(connection: socket.socket) -> bool:
    """Whether a process of our own user is at the other end, for certain."""
    return owner(connection) == os.geteuid()


def owner(connection: socket.socket) -> int | None:
    """The user id that owns the other end of an accepted connection; None where it is unknown.

    Unknown too is an end that was closed: then nobody can tell any more whose it was.
    """
    try:
        client, server = connection.getpeername()[:2], connection.getsockname()[:2]
        try:
            user_id = _ask_kernel(connection.family, client, server)
        except OSError:
            user_id = _search_table(client, server)
        connection.getpeername()  # raises if it was reset: the ports may be another's by now
    except OSError:
        return None
    return user_id


class Refusals:
    """Answers 403 and closes, whatever was asked; nothing that arrives is kept.

    Closing at once would reset the connection and the answer might be lost, so a few wait for the
    other side to close, not long.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def turn_away(self, stream: "IOStream") -> None:
        if len(self._tasks) >= MOST_LINGERING:
            stream.close()
            return
        task = asyncio.create_task(_refuse(stream))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _refuse(stream: "IOStream") -> None:
    try:
        async with asyncio.timeout(LINGER_S):
            await stream.write(REFUSAL)
            stream.socket.shutdown(socket.SHUT_WR)
            while True:
                await stream.read_bytes(2**16, partial=True)
    except OSError:  # of which TimeoutError and tornado's StreamClosedError are kinds
        pass
    finally:
        stream.close()


def _ask_kernel(family: int, client: Place, server: Place) -> int | None:
    """Ask sock_diag for one socket: its cost does not grow with the number of connections.

    Raises OSError where the kernel does not answer such questions.
    """
    if not hasattr(socket, "AF_NETLINK"):
        raise OSError("netlink is Linux's")
    places = [(port, socket.inet_pton(family, host)) for host, port in (client, server)]
    (source_port, source), (target_port, target) = places
    identity = struct.pack("!HH16s16s", source_port, target_port, source, target)
    no_cookie = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
    request = struct.pack("=BBBBI", family, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF)
    body = request + identity + no_cookie
    head = struct.pack("=IHHII", 16 + len(body), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as kernel:
        kernel.settimeout(1.0)
        kernel.send(head + body)
        answer = kernel.recv(4096)
    kind = struct.unpack_from("=H", answer, 4)[0]
    if kind != SOCK_DIAG_BY_FAMILY:
        error = -int(struct.unpack_from("=i", answer, 16)[0])
        if error in (2, 0):  # ENOENT: no such socket
            return None
        raise OSError(error, os.strerror(error))
    state, user, inode = answer[17], *struct.unpack_from("=II", answer, 16 + 4 + 48 + 12)
    return user if state == ESTABLISHED and inode != NO_INODE else None


def _search_table(client: Place, server: Place) -> int | None:
    """Search the kernel's tables of connections, for kernels without sock_diag."""
    for table, write in (("tcp", _written), ("tcp6", _written_long)):
        try:
            addresses = [write(client), write(server)]
        except OSError:
            continue
        for row in (TABLES / table).read_text().splitlines()[1:]:
            columns = row.split()
            if columns[1:3] == addresses:
                state, user, inode = int(columns[3], 16), int(columns[7]), int(columns[9])
                return user if state == ESTABLISHED and inode != NO_INODE else None
    return None


def _written(place: Place) -> str:
    """An IPv4 address and port as /proc/net/tcp writes them. Raises OSError for IPv6."""
    host = place[0].removeprefix("::ffff:")
    return _words(socket.inet_pton(socket.AF_INET, host)) + f":{place[1]:04X}"


def _written_long(place: Place) -> str:
    """The same for /proc/net/tcp6, where IPv4 addresses are mapped ones."""
    host = place[0] if ":" in place[0] else f"::ffff:{place[0]}"
    return _words(socket.inet_pton(socket.AF_INET6, host)) + f":{place[1]:04X}"


def _words(address: bytes) -> str:
    return "".join(f"{word:08X}" for word in struct.unpack(f"={len(address) // 4}I", address))
