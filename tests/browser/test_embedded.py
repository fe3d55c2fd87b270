"""Our page in a frame of another site's: for the origin that a person named, and for no other.

And the figures that stand in a notebook without a server.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from dashboard import show
from dashboard.notebook.shown import close_all
from tests.support.chromium import new_page
from tests.support.invented import invent


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        pass


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Another site, of the files in a folder; its origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The notebook's site, which is named, and one that is not; both show the page in a frame."""
    folder = tmp_path_factory.mktemp("embedded")
    invent(folder / "runs" / "exp").record.close()
    with ExitStack() as stack:
        named, other = (stack.enter_context(site(folder)) for _ in range(2))
        frame = show("exp", runs_dir=folder / "runs", origin=named)
        html = f"<!doctype html><body>{frame._repr_html_()}</body>"
        (folder / "page.html").write_text(html)
        # The same by another name of this machine: then the browser takes them for two sites.
        (folder / "far.html").write_text(html.replace("//localhost:", "//127.0.0.1:"))
        figures = show("exp", runs_dir=folder / "runs", static=True)
        (folder / "figures.html").write_text(f"<!doctype html><body>{figures._repr_html_()}</body>")
        yield named, other
        close_all()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens an address on a page of its own, which may ask more than one site."""
    with closing(new_page(browser)) as page:
        yield lambda url: opened(page, url)


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    return page


@pytest.mark.parametrize("page", ["page.html", "far.html"])
def test_the_named_site_shows_the_live_page(
    browser_page: Callable[[str], Page], sites: tuple[str, str], page: str
) -> None:
    shown = browser_page(f"{sites[0]}/{page}").frame_locator("iframe")
    expect(shown.locator(".connection")).to_have_attribute("data-state", "ended")
    expect(shown.locator("article.window[data-window=leaderboard]")).to_contain_text("relu")
    expect(shown.locator(".js-plotly-plot").first).to_be_visible()


@pytest.mark.parametrize("page", ["page.html", "far.html"])
def test_no_other_site_does(
    browser_page: Callable[[str], Page], sites: tuple[str, str], page: str
) -> None:
    said: list[str] = []
    around = browser_page("about:blank")
    around.on("console", lambda message: said.append(message.text))
    around.goto(f"{sites[1]}/{page}")
    address = around.locator("iframe").get_attribute("src")
    assert address
    assert requests.get(address, timeout=20).ok  # it is there, and not for this page
    assert any("frame-ancestors" in sentence for sentence in said), said
    expect(around.frame_locator("iframe").locator("#top")).to_have_count(0)


def test_figures_stand_in_a_frame_without_a_server(
    browser_page: Callable[[str], Page], sites: tuple[str, str]
) -> None:
    figures = browser_page(f"{sites[0]}/figures.html").frame_locator("iframe")
    expect(figures.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(figures.locator("body")).to_contain_text("kaiming")
    drawn = figures.locator("[data-figure]")
    expect(figures.locator(".js-plotly-plot")).to_have_count(drawn.count())
