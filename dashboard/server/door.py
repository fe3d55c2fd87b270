"""Accepts the connections of the server and keeps `dashboard.server.bounds` informed of each.

Never spins: without a descriptor for the next one it closes another, and rests when there is none.
What a request may do is decided behind it, in `dashboard.server.front`.
"""

import asyncio
import socket
from typing import Any

import tornado.web
from tornado.http1connection import HTTP1ServerConnection
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPConnection, HTTPMessageDelegate
from tornado.ioloop import PeriodicCallback
from tornado.iostream import IOStream

from dashboard.server import peers
from dashboard.server.bounds import Bounds, Visits

ACCEPTED_AT_ONCE = 64  # then those who are inside get their turn
REST_S = 0.5  # when nobody can be accepted and nobody can be closed
SWEEP_MS = 250


class Door(HTTPServer):
    """tornado's server behind an accept loop of our own, for one listening socket.

    owners_only: turn connections of other users away before anything of them is read.
    """

    owners_only = False

    def initialize(  # type: ignore[override]
        self, application: tornado.web.Application, bounds: Bounds, visits: Visits, **limits: int
    ) -> None:
        super().initialize(
            application,
            idle_connection_timeout=bounds.idle_s,
            body_timeout=bounds.body_s,
            **limits,  # type: ignore[arg-type]
        )
        self._visits = visits
        self._refusals = peers.Refusals()
        self._sweep_timer = PeriodicCallback(visits.sweep, SWEEP_MS)

    def open(self, listener: socket.socket) -> None:
        """Begin to accept; `listener` is closed by `stop`."""
        listener.setblocking(False)
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(listener, self._accept)
        self._sweep_timer.start()

    def stop(self) -> None:
        self._sweep_timer.stop()
        self._loop.remove_reader(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                connection, address = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError:  # no descriptor or no memory for it
                if not self._visits.drop_one():
                    self._rest()
                return
            stream = IOStream(
                connection,
                max_buffer_size=self.max_buffer_size,
                read_chunk_size=self.read_chunk_size,
            )
            if self.owners_only and not peers.is_ours(connection):
                self._refusals.turn_away(stream)
                continue
            self._visits.begin(stream)
            self.handle_stream(stream, address)

    def _rest(self) -> None:
        self._loop.remove_reader(self._listener)
        self._loop.call_later(REST_S, self._wake)

    def _wake(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.add_reader(self._listener, self._accept)

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """tornado calls this when a connection begins to wait for a request."""
        self._visits.wait(stream_of(server_conn))
        return super().start_request(server_conn, request_conn)

    def on_close(self, server_conn: object) -> None:
        """tornado calls this when a connection has ended or has become a web socket."""
        self._visits.end(stream_of(server_conn))
        super().on_close(server_conn)


def stream_of(server_conn: Any) -> IOStream:
    """The stream of one of tornado's server connections."""
    assert isinstance(server_conn, HTTP1ServerConnection)
    return server_conn.stream
