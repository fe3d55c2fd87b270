"""A real browser for the tests: Chromium, and pages that remember everything that went wrong."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
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


def chromium_path() -> str:
    """Where Chromium is; without one the tests fail in CI and are skipped elsewhere."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    if os.environ.get("CI"):
        pytest.fail("the browser tests need Chromium: apt-get install chromium")
    pytest.skip("no Chromium here; install it with: apt-get install chromium")


@pytest.fixture(scope="session", autouse=True)
def _pages_can_be_shown(page_files: Path) -> None:
    """No test here can do without the page's files."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
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


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def open_page(browser: Browser, faults: Faults) -> Iterator[Callable[[str], Page]]:
    """Opens an address in a fresh profile, 1400 x 900; at the end the page must be faultless.

    The pages forbid eval: give `wait_for_function` a function ("() => ..."), not an expression.
    """
    contexts = []

    def open_address(url: str) -> Page:
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        faults.watch(page)
        page.goto(url)
        return page

    yield open_address
    for context in contexts:
        context.close()
    assert faults.seen == []
