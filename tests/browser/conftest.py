"""A real browser for the tests: Chromium, and pages that remember everything that went wrong.

Tests that only look share what is dear to start: the browser, its tabs, one server, and within a
module the page itself. What a test would leave behind in them is taken away after it; a test that
kills its server or closes its page has a server or a page of its own.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.board.dashboard import ROUTES
from dashboard.server import address
from dashboard.server.process import Server
from tests.support.chromium import PATIENCE_S, Faults, Tabs, chromium, new_page
from tests.support.launching import Launch, Launched
from tests.support.page import as_opened, count, wait_for_windows
from tests.support.posted import ENVIRONMENT, clear
from tests.support.servers import serving
from tests.support.viewing import Viewed, viewing

NUMBERS = itertools.count()
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
SERVER_PORT, LAUNCH_PORT = 9000 + 20 * WORKER, 9010 + 20 * WORKER
"""Where this worker's servers and launchers are, one after the other, and no other worker's: at an
address that Chromium knows it has the scripts compiled, for which another takes a second.
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=1000 * PATIENCE_S)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


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
    with serving(SERVER_PORT, log, routes=ROUTES, runs_dir=records) as server:
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


@pytest.fixture(scope="session")
def viewed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewed]:
    """What one launcher views for all tests that only look at what it shows."""
    with viewing(tmp_path_factory.mktemp("viewed")) as viewed:
        yield viewed


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that the test may kill or stop."""
    with serving(SERVER_PORT, tmp_path / "server.log") as server:
        yield server


@pytest.fixture
def locked_server(tmp_path: Path) -> Iterator[Server]:
    """A server that asks for a name and a password: ada, lovelace."""
    log = tmp_path / "server.log"
    with serving(SERVER_PORT, log, username="ada", password="lovelace") as server:
        yield server


@pytest.fixture(scope="module")
def open_once(tabs: Tabs) -> Iterator[Callable[[str], Page]]:
    """Opens an address unless the test before had it: all tests of a module have one page.

    For tests that leave nothing behind but what `tests.support.page.as_opened` takes back; those
    of one address stand together. At the module's end the page must be faultless.
    """
    page, faults = tabs.lend(), Faults()
    faults.watch(page)
    opened = ""

    def open_address(url: str) -> Page:
        nonlocal opened
        page.bring_to_front()  # or it has no focus to give
        if opened != url:
            page.goto(url)
            opened = url
        return page

    yield open_address
    faults.leave(page)
    tabs.take_back(page, faults.host)
    assert faults.seen == []


@pytest.fixture
def open_page(tabs: Tabs, faults: Faults) -> Iterator[Callable[[str], Page]]:
    """Opens an address on a page as if new, 1400 x 900; at the end the page must be faultless.

    The pages forbid eval: give `page.when` a function ("() => ..."), not an expression.
    """
    pages: list[Page] = []

    def open_address(url: str) -> Page:
        pages.append(tabs.lend())
        faults.watch(pages[-1])
        pages[-1].bring_to_front()
        pages[-1].goto(url)
        return pages[-1]

    yield open_address
    for page in pages:
        faults.leave(page)
        tabs.take_back(page, faults.host)
    assert faults.seen == []


@pytest.fixture
def launch(launch: Launch) -> Launch:
    """As everywhere, with its page at the same address each time."""

    def start(*arguments: str, **how: Any) -> Launched:
        socket, _ = address.take("127.0.0.1", LAUNCH_PORT, named_port=False)
        with closing(socket):
            port = socket.getsockname()[1]
        return launch(*arguments, "--port", str(port), **how)

    return start


@pytest.fixture
def frame_page(viewed: Viewed, open_once: Callable[[str], Page]) -> Iterator[Page]:
    """The page of the experiment `frame`, with every run."""
    url = viewed.url("frame")
    page = open_once(url)
    is_there(page)
    yield page
    as_opened(page, url)


@pytest.fixture
def own_frame_page(viewed: Viewed, open_page: Callable[[str], Page]) -> Page:
    """The same, for a test that changes more than what the address says."""
    page = open_page(viewed.url("frame"))
    is_there(page)
    return page


def is_there(page: Page) -> None:
    """Wait until the page has its runs and windows, which come over two lines."""
    expect(count(page)).to_have_text("8 runs")
    wait_for_windows(page, ("train_loss", "test_accuracy", "test_loss", "leaderboard"))


@pytest.fixture
def open_anew(browser: Browser, faults: Faults) -> Iterator[Callable[[str], Page]]:
    """As `open_page`, on a page that no other test has: for one that needs an empty cache, closes
    its page or opens files.
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
