"""Who may use the server, and what a request may hold: the rules alone, without any handler."""

import hashlib
import hmac
import ipaddress
import json
import math
import re
import socket
from dataclasses import dataclass
from typing import Any

from tornado.web import HTTPError

from dashboard.names import LONGEST_ENVIRONMENT, is_environment
from dashboard.server.address import Entry

TOKEN_HEADER = "X-Trainboard-Token"
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?")
HUGE = re.compile(rb"[eE][+]?\d{3}|\d{300}")  # perhaps too large for a float
READ_ONLY = "This page is served to be looked at: nothing can be changed here."
ENVIRONMENT_KEYS = ("eid", "prev_eid", "env")


class RefusedError(HTTPError):
    """A request that a guard turned away; the sentence is shown to whoever asked.

    With `retry_s` a browser asks again after that many seconds.
    """

    def __init__(self, status: int, sentence: str, retry_s: int | None = None) -> None:
        super().__init__(status)
        self.sentence = sentence
        self.retry_s = retry_s


@dataclass(frozen=True)
class Access:
    """Who may talk to this server: its own host names, the board's token, a person's login.

    entry: what lets a visitor in. entry_token: what the opened address carries for "token".
    embed: the origins of pages within which ours may be shown. read_only: nobody but the board may
    change anything.
    """

    host: str
    port: int
    token: str
    username: str = ""
    password: str = ""
    entry: Entry = "anybody"
    entry_token: str = ""
    embed: tuple[str, ...] = ()
    read_only: bool = False

    @property
    def cookie(self) -> str:
        """Cookies are shared by all ports of a host, so the port is part of the name."""
        return f"trainboard_{self.port}"

    def knows_host(self, header: str) -> bool:
        """Whether a Host header names this server; any other name is DNS rebinding.

        The port is free because a tunnel may change it. With a login every address is welcome:
        a rebound name carries no cookie.
        """
        match = HOST.fullmatch(header.lower())
        if not match:
            return False
        name = match[1].strip("[]")
        if name in ("localhost", self.host.lower()):
            return True
        try:
            return ipaddress.ip_address(name).is_loopback or bool(self.username)
        except ValueError:
            own = socket.gethostname().lower().partition(".")[0]
            return bool(self.username) and name.partition(".")[0] == own

    @property
    def needs_session(self) -> bool:
        """Whether a browser shows that it was let in by a cookie."""
        return self.entry in ("login", "token")

    def is_board(self, token: str) -> bool:
        """Whether a request carries the board's token."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    @property
    def sentence(self) -> str:
        """What a visitor is told who was not let in."""
        if self.entry == "token":
            return "Open the address that the terminal shows: it lets this browser in."
        return "Log in first."

    def opens_with(self, token: bytes) -> bool:
        """Whether this is the token of the opened address."""
        same = hmac.compare_digest(token, self.entry_token.encode())
        return self.entry == "token" and same

    def accepts(self, username: str, password: str) -> bool:
        """Compare both in a time that does not depend on where they differ."""
        return self._same(username, password, self.password)

    def accepts_digest(self, username: str, digest: str) -> bool:
        """The same of the password's SHA-256 in hexadecimal, which is what stock clients send."""
        own = hashlib.sha256(self.password.encode()).hexdigest()
        return self._same(username, digest, own)

    def _same(self, username: str, password: str, own_password: str) -> bool:
        same_name = hmac.compare_digest(username.encode(), self.username.encode())
        same_password = hmac.compare_digest(password.encode(), own_password.encode())
        return same_name and same_password and bool(self.username)


def strict_json(text: str | bytes) -> Any:
    """Decode JSON as browsers understand it: no NaN, no Infinity, not even spelled 1e999.

    Raises RefusedError (400).
    """
    digits = HUGE.search(text if isinstance(text, bytes) else text.encode())
    try:
        return json.loads(text, parse_constant=refuse, parse_float=finite if digits else None)
    except (ValueError, RecursionError):
        raise RefusedError(400, "The body is not JSON (NaN and Infinity are not).") from None


def refuse(token: str) -> None:
    raise ValueError(token)


def finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(digits)
    return value


def check_environment(name: object) -> None:
    """Raise RefusedError (400) unless `name` is a plain environment name."""
    if not is_environment(name):
        raise RefusedError(
            400,
            f"An environment name has up to {LONGEST_ENVIRONMENT} bytes of letters, digits, blanks "
            "and _ - . , = @ : ~ and begins with a letter, a digit or _.",
        )


def check_message(message: object) -> None:
    """Raise RefusedError (400) unless `message` is an object whose environment names are plain."""
    if not isinstance(message, dict):
        raise RefusedError(400, "The body must be a JSON object.")
    inner = message.get("data")
    for part in (message, inner if isinstance(inner, dict) else {}):
        for key in ENVIRONMENT_KEYS:
            if part.get(key) is not None:
                check_environment(part[key])
