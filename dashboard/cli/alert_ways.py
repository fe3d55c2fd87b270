"""The ways in which an alert reaches a person: WAYS, and the webhook at an address that they give.

Each way has a thread of its own: one that hangs delays no other, no training and, for more than a
moment, no end. Trouble is said once for each way. What is told, and when, is
`dashboard.cli.alerts`.
"""

from __future__ import annotations

import argparse
import html
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dashboard.server.address import is_loopback

if TYPE_CHECKING:
    from requests import PreparedRequest

MOST_WAITING = 100  # alerts of a way; further ones are dropped
CLOSE_S = 3.0  # for what is still to be told when everything ends, in all ways together
DESKTOP_S = 5.0
CONNECT_S, ANSWER_S = 5.0, 10.0
TITLE = "Trainboard"
SCRIPT = (
    "on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run",
)  # fmt: skip


class UndeliveredError(Exception):
    """An alert did not reach the person; the message says why, and no secret."""


@dataclass(frozen=True)
class Alert:
    """kind: of `dashboard.cli.alerts.ALERTS`. run: empty for what concerns all.

    text: one line. time_s: seconds since 1970.
    """

    kind: str
    experiment: str
    run: str
    text: str
    time_s: float = field(default_factory=time.time)


Tell = Callable[[Alert], None]
"""Tells an alert. Raises UndeliveredError."""


def ring(alert: Alert) -> None:
    """Ring the terminal's bell."""
    terminal = next((stream for stream in (sys.stderr, sys.stdout) if stream.isatty()), None)
    if terminal is None:
        raise UndeliveredError("there is no terminal here")
    terminal.write("\a")
    terminal.flush()


def notify(alert: Alert) -> None:
    """Show it on the desktop, with what the system has for that."""
    if program := shutil.which("notify-send"):
        words = [program, f"--app-name={TITLE}", "--", TITLE, html.escape(alert.text, quote=False)]
    elif program := shutil.which("osascript"):
        script = [word for line in SCRIPT for word in ("-e", line)]
        words = [program, *script, TITLE, alert.text]
    else:
        raise UndeliveredError("neither notify-send (of libnotify) nor osascript is here")
    try:
        subprocess.run(
            words, check=True, timeout=DESKTOP_S, capture_output=True, stdin=subprocess.DEVNULL
        )
    except subprocess.SubprocessError as why:
        raise UndeliveredError(f"{program} failed ({type(why).__name__})") from None
    except OSError as why:
        raise UndeliveredError(f"{program} failed ({why.strerror})") from None


WAYS: Mapping[str, Tell] = {"bell": ring, "desktop": notify}
"""By the word that --alert takes; any other is the address of a webhook."""


@dataclass(frozen=True)
class Webhook:
    """Posts alerts as JSON to an address that a person gave.

    Only that address is asked: an answer that leads elsewhere is none. Through the proxy of the
    environment, unless the address is one of this machine; without passwords from elsewhere.
    """

    url: str

    def __call__(self, alert: Alert) -> None:
        import requests  # takes long to import
        from requests.utils import get_auth_from_url

        auth = get_auth_from_url(self.url)
        with requests.Session() as session:
            session.trust_env = not _is_here(self.url)
            try:
                with session.post(
                    self.url,
                    json=asdict(alert),
                    auth=auth if any(auth) else _as_it_is,
                    timeout=(CONNECT_S, ANSWER_S),
                    allow_redirects=False,
                    stream=True,  # what it says is of no interest, however long it is
                ) as answer:
                    status = answer.status_code
            except requests.RequestException as why:
                raise UndeliveredError(type(why).__name__) from None  # its text holds the address
        if not 200 <= status < 300:
            more = ", and redirects are not followed" if 300 <= status < 400 else ""
            raise UndeliveredError(f"it answers {status}{more}")


def _as_it_is(request: PreparedRequest) -> PreparedRequest:
    """In place of a login, so that none is looked up in .netrc."""
    return request


def _is_here(url: str) -> bool:
    name = urlsplit(url).hostname or ""
    return is_loopback(name) or name.endswith(".localhost")


def check_way(word: str) -> str:
    """The word, if --alert takes it. Raises ArgumentTypeError."""
    if word in WAYS:
        return word
    try:
        parts = urlsplit(word)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not (good and word.isprintable() and " " not in word):
        raise argparse.ArgumentTypeError(
            f"{word[:60]!r} is no way to alert anybody: write {', '.join(WAYS)}, or the address of "
            "a webhook, as https://HOST/PATH"
        )
    return word


def public(way: str) -> str:
    """What may be said of a way: a webhook's address without what is secret in it."""
    if way in WAYS:
        return way
    parts = urlsplit(way)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}/…"


class Post:
    """Delivers alerts in several ways at once. report: told of trouble, once for each way."""

    def __init__(self, ways: Sequence[str], report: Callable[[str], object]) -> None:
        self.ways = [_Way(way, report) for way in dict.fromkeys(ways)]

    def send(self, alert: Alert) -> None:
        """Have it delivered; never waits."""
        for way in self.ways:
            way.send(alert)

    def close(self) -> None:
        """Wait a moment for what is still to be told, then leave it."""
        until_s = time.monotonic() + CLOSE_S
        for way in self.ways:
            way.close(until_s)


class _Way:
    """One way: what waits for it, and the thread that tells it."""

    def __init__(self, way: str, report: Callable[[str], object]) -> None:
        self._tell = WAYS.get(way) or Webhook(way)
        self._name, self._report = public(way), report
        self._alerts: queue.Queue[Alert | None] = queue.Queue(MOST_WAITING)
        self._in_trouble = False
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self._thread.start()

    def send(self, alert: Alert) -> None:
        try:
            self._alerts.put_nowait(alert)
        except queue.Full:
            self._say(f"{MOST_WAITING} alerts wait already; others are dropped")

    def close(self, until_s: float) -> None:
        try:
            self._alerts.put_nowait(None)
            self._thread.join(max(0.0, until_s - time.monotonic()))
        except queue.Full:
            pass
        if self._thread.is_alive():
            self._say("it takes too long, and everything else has ended")

    def _run(self) -> None:
        while (alert := self._alerts.get()) is not None:
            try:
                self._tell(alert)
            except UndeliveredError as why:
                self._say(str(why))
            except Exception as why:  # whatever goes wrong here is no trouble of the training
                self._say(type(why).__name__)

    def _say(self, why: str) -> None:
        if not self._in_trouble:
            self._in_trouble = True
            self._report(f"--alert {self._name}: an alert was not delivered: {why}")
