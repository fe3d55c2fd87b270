"""Chromium for tests: where it is, how it is started, and all that goes wrong on a page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Response,
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
]

VISDOM_NOISE = [
    "favicon.png",  # Visdom's page asks for it beside the environment's address
    "Failed to load resource: the server responded with a status of 404 (Not Found)",
]
"""What Visdom's own page says when it is as Visdom made it."""


def chromium_path() -> str:
    """Where Chromium is; without one the tests fail in CI and are skipped elsewhere."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    if os.environ.get("CI"):
        pytest.fail("the browser tests need Chromium: apt-get install chromium")
    pytest.skip("no Chromium here; install it with: apt-get install chromium")


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
    """What a page must not do. `expected` holds pieces of text of faults that a test causes."""

    host: str = ""
    seen: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self.hear)
        page.on("pageerror", self.catch)
        page.on("requestfailed", self.lose)
        page.on("response", self.receive)
        page.on("request", self.send)
        page.on("websocket", self.connect)

    def note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(part in text for part in self.expected):
            self.seen.append(text)

    def hear(self, message: ConsoleMessage) -> None:
        self.note(message.type, message.text)

    def catch(self, error: Error) -> None:
        self.note("error", str(error))

    def lose(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left or closed meanwhile
            self.note("error", f"failed: {request.url}")

    def send(self, request: Request) -> None:
        self.visit(request.url)

    def connect(self, socket: WebSocket) -> None:
        self.visit(socket.url)

    def receive(self, answer: Response) -> None:
        if answer.status >= 400:
            self.note("error", f"{answer.status}: {answer.url}")

    def visit(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss"):
            self.host = self.host or parts.netloc
            if parts.netloc != self.host:
                self.seen.append(f"another host was asked: {url}")
