"""A real browser for the tests: Chromium, and pages that remember everything that went wrong.

Tests that only look share what is dear to start: the browser, one tab, one server, and within a
module the page itself. What a test would leave behind in them is taken away after it; a test that
kills its server, cuts its line or listens to its page has a server and a page of its own.
"""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.board.dashboard import ROUTES
from dashboard.server.process import Server
from tests.support.chromium import PATIENCE_S, Faults, Tab, chromium, new_page
from tests.support.posted import ENVIRONMENT, clear
from tests.support.servers import serving

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=1000 * PATIENCE_S)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def tab(browser: Browser) -> Tab:
    return Tab(browser)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shared server looks for records, as a launcher's does."""
    return tmp_path_factory.mktemp("records")


@pytest.fixture(scope="session")
def new_folder(records: Path) -> Callable[[str], Path]:
    """Makes the folder of a new experiment, whose name no other on the shared server has."""
    return lambda name: records / f"{name}{next(NUMBERS)}"


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory, records: Path) -> Iterator[Server]:
    """One for all tests that only draw on it, each under names of its own."""
    log = tmp_path_factory.mktemp("server") / "server.log"
    with serving(8400, log, routes=ROUTES, runs_dir=records) as server:
        yield server


@pytest.fixture
def server(shared_server: Server) -> Server:
    """The shared server, with no windows in the one environment that tests post to by hand."""
    clear(shared_server, ENVIRONMENT)
    return shared_server


@pytest.fixture
def folder(new_folder: Callable[[str], Path]) -> Path:
    """Of a new experiment, whose name no other test on the shared server has."""
    return new_folder("exp")


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that the test may kill or stop."""
    with serving(8400, tmp_path / "server.log") as server:
        yield server


@pytest.fixture
def locked_server(tmp_path: Path) -> Iterator[Server]:
    """A server that asks for a name and a password: ada, lovelace."""
    with serving(8400, tmp_path / "server.log", username="ada", password="lovelace") as server:
        yield server


@pytest.fixture(scope="module")
def open_once(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens an address the first time; all tests of a module have that page one after the other.

    For tests that leave nothing behind but what `tests.support.page.as_opened` takes back. At the
    module's end the pages must be faultless.
    """
    pages: dict[str, Page] = {}
    faults = Faults()

    def open_address(url: str) -> Page:
        if url not in pages:
            pages[url] = new_page(browser)
            faults.watch(pages[url])
            pages[url].goto(url)
        pages[url].bring_to_front()  # or it has no focus to give
        return pages[url]

    yield open_address
    for page in pages.values():
        page.context.close()
    assert faults.seen == []


@pytest.fixture
def open_anew(browser: Browser, faults: Faults) -> Iterator[Callable[[str], Page]]:
    """Opens an address in a fresh profile, 1400 x 900; at the end the page must be faultless.

    The pages forbid eval: give `wait_for_function` a function ("() => ..."), not an expression.
    """
    pages: list[Page] = []

    def open_address(url: str) -> Page:
        pages.append(new_page(browser))
        faults.watch(pages[-1])
        pages[-1].goto(url)
        return pages[-1]

    yield open_address
    for page in pages:
        page.context.close()
    assert faults.seen == []


@pytest.fixture
def open_page(
    tab: Tab, open_anew: Callable[[str], Page], faults: Faults
) -> Iterator[Callable[[str], Page]]:
    """As `open_anew`, but the first page is the tab that every test has for a while.

    It is as if new: nothing is stored, and nobody points at anything.
    """
    lent: list[Page] = []

    def open_address(url: str) -> Page:
        if lent:
            return open_anew(url)
        lent.append(tab.lend(faults))
        lent[0].goto(url)
        return lent[0]

    yield open_address
    if lent:
        tab.take_back(faults)
