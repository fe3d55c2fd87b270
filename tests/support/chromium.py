"""Chromium for tests: where it is, how it is started, and all that goes wrong on a page."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Frame,
    Page,
    ViewportSize,
    WebSocket,
    sync_playwright,
)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]

PATIENCE_S = 30.0
"""Until something is expected in vain: many times what it takes on a machine that is busy."""

VISDOM_NOISE = [
    "favicon.png",  # Visdom's page asks for it beside the environment's address
    "Failed to load resource: the server responded with a status of 404 (Not Found)",
    # It asks Plotly for a plot again before the first is there, which then draws axes that have
    # no length yet; the second draws them right.
    'attribute d: Expected number, "MNaN,NaN',
]
"""What Visdom's own page says when it is as Visdom made it."""

SLOWNESS = ["preload but not used within a few seconds"]
"""What Chromium says where the machine is busy: the plots' script came, their turn has not."""

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Commands that are Chromium. The first, without what is for people, takes a fifth less work."""


def chromium_path() -> str:
    """Where Chromium is; without one the tests fail in CI and are skipped elsewhere."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    if os.environ.get("CI"):
        pytest.fail(f"the browser tests need Chromium: apt-get install {NAMES[0]}")
    pytest.skip(f"no Chromium here; install it with: apt-get install {NAMES[0]}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, closed with the block."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Faults:
    """What a page must not do. `expected` holds pieces of text of faults that a test causes.

    A request that fails, or is answered with an error, the console says, and one to another host
    fails in this Chromium. Playwright would tell of each request too, which costs about as much as
    a tenth of opening the page: it asks for a hundred files.
    """

    host: str = ""
    seen: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        for event, listener in self.listeners.items():
            page.on(event, listener)  # type: ignore[call-overload]

    def leave(self, page: Page) -> None:
        """What the page does from now on is nothing to us."""
        for event, listener in self.listeners.items():
            page.remove_listener(event, listener)

    @property
    def listeners(self) -> dict[str, Callable[[Any], None]]:
        return {
            "console": self.hear,
            "pageerror": self.catch,
            "framenavigated": self.arrive,
            "websocket": self.connect,
        }

    def note(self, kind: str, text: str) -> None:
        expected = [*self.expected, *SLOWNESS]
        if kind in ("error", "warning") and not any(part in text for part in expected):
            self.seen.append(text)

    def hear(self, message: ConsoleMessage) -> None:
        self.note(message.type, message.text)

    def catch(self, error: Error) -> None:
        self.note("error", str(error))

    def arrive(self, frame: Frame) -> None:
        self.visit(frame.url)

    def connect(self, socket: WebSocket) -> None:
        self.visit(socket.url)

    def visit(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme == "chrome-error":
            self.note("error", "chrome-error: a page that was asked for did not come")
        if parts.scheme in ("http", "https", "ws", "wss"):
            self.host = self.host or parts.netloc
            if parts.netloc != self.host:
                self.seen.append(f"another host was asked: {url}")


@contextmanager
def listening(page: Page, event: str, listener: Callable[[Any], None]) -> Iterator[None]:
    """Have the listener hear an event of the page until the end of the block."""
    page.on(event, listener)  # type: ignore[call-overload]
    try:
        yield
    finally:
        page.remove_listener(event, listener)


SIZE = ViewportSize(width=1400, height=900)


def new_page(browser: Browser) -> Page:
    """A page in a profile of its own."""
    page = browser.new_context(viewport=SIZE).new_page()
    page.set_default_timeout(1000 * PATIENCE_S)
    return page


class Tabs:
    """Pages that many tests have one after the other: a new one takes Chromium thrice the work.

    So does a page's first look at an address with another port, for which all scripts are compiled
    anew; one at a file or another site ends the process that has compiled them.

    Each is a profile of its own. Between two tests nothing is left of what was stored, pointed at,
    resized, allowed or cut off. What else stays with a page, such as who listens to it, is for a
    page that no other test has.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: list[Page] = []

    def lend(self) -> Page:
        return self._free.pop() if self._free else new_page(self._browser)

    def take_back(self, page: Page, host: str) -> None:
        """Make it as new; a page with which that does not go is closed. host: all that it asked."""
        try:
            self._clean(page, host)
        except Error:
            page.context.close()
        else:
            self._free.append(page)

    def _clean(self, page: Page, host: str) -> None:
        page.context.set_offline(False)
        page.context.clear_permissions()
        page.context.clear_cookies()
        page.goto("about:blank")
        page.mouse.move(-10, -10)
        page.set_viewport_size(SIZE)
        page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        if not host:
            return
        session = page.context.new_cdp_session(page)
        kept = {"origin": f"http://{host}", "storageTypes": "local_storage"}
        session.send("Storage.clearDataForOrigin", kept)
        session.detach()
