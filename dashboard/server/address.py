"""Where the dashboard's server listens: the rules for hosts, ports and logins. Starts nothing."""

import errno
import ipaddress
import socket
from typing import Literal

from dashboard.errors import UserError
from dashboard.server import peers

USERNAME_VARIABLE, PASSWORD_VARIABLE = "VISDOM_USERNAME", "VISDOM_PASSWORD"
PORTS_TRIED = 100  # from the default port upwards
Entry = Literal["owner", "token", "login", "anybody"]  # what lets a visitor in
BACKLOG = 256  # connections that wait while a killed host is started again


class ServerError(UserError):
    """The server cannot start as asked; the message names the reason and what is allowed."""


def take(host: str, port: int, named_port: bool) -> tuple[socket.socket, str | None]:
    """A listening socket, and a notice for the person where it is on another port than asked.

    A taken port is an error when the person named it; otherwise the next free one is taken.
    Raises ServerError.
    """
    if not 0 <= port <= 65535:
        raise ServerError(f"Port {port} does not exist: a port is from 1 to 65535.")
    last = port if named_port else min(port + PORTS_TRIED - 1, 65535)
    for candidate in range(port, last + 1):
        try:
            listener = listen(host, candidate)
        except (OSError, UnicodeError) as error:
            if getattr(error, "errno", None) == errno.EADDRINUSE:
                continue
            reason = getattr(error, "strerror", None) or error
            raise ServerError(
                f"Cannot listen on {host} port {candidate} ({reason}): "
                "name an address of this machine and a port that you may use."
            ) from error
        if candidate == port:
            return listener, None
        return listener, f"Port {port} is taken; the dashboard is on port {candidate}."
    if named_port:
        raise ServerError(f"Port {port} is taken; name another with --port, or none.")
    raise ServerError(f"Ports {port} to {last} are all taken; name another with --port.")


def check_exposure(host: str, username: str | None, password: str | None) -> None:
    """Raise ServerError unless `host` is loopback or a user name and a password are given."""
    both = f"{USERNAME_VARIABLE} and {PASSWORD_VARIABLE}"
    if bool(username) != bool(password):
        raise ServerError(f"{both} must be set together, or neither.")
    if not is_loopback(host) and not username:
        raise ServerError(
            f"--host {host} opens the dashboard to other machines: set {both}, "
            "or keep --host 127.0.0.1."
        )


def choose_entry(username: str | None, no_token: bool = False) -> Entry:
    """What lets a visitor in: a login where there is one, being the same user where that is known.

    Elsewhere a token in the opened address, unless the person does without (`no_token`): then
    every user of this machine gets in.
    """
    if username:
        return "login"
    if peers.owners_known():
        return "owner"
    return "anybody" if no_token else "token"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket on `host` and `port` (0: any free one).

    Raises OSError or, for a name that cannot be one, UnicodeError.
    """
    name = "127.0.0.1" if host == "localhost" else host
    family, kind, protocol, _, place = socket.getaddrinfo(
        name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
