"""A real browser for the tests: Chromium, and pages that remember everything that went wrong."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    Page,
)

from dashboard.server.process import Server
from tests.support.chromium import Faults, chromium
from tests.support.servers import serving


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(8400, tmp_path / "server.log") as server:
        yield server


@pytest.fixture
def locked_server(tmp_path: Path) -> Iterator[Server]:
    """A server that asks for a name and a password: ada, lovelace."""
    with serving(8400, tmp_path / "server.log", username="ada", password="lovelace") as server:
        yield server


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
