"""A whole session of the page from an empty cache: nothing but its own server is ever asked."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.support.chromium import Faults
from tests.support.invented import invent
from tests.support.launching import Launched, until
from tests.support.page import window, zoom
from tests.support.reading import until_the_test_ends

OpenPage = Callable[[str], Page]
NO_REGISTRY = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0",
               "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}  # fmt: skip
FOREIGN = """() => [...document.querySelectorAll('[href], [src], form[action]')]
    .map(e => e.href?.baseVal ?? e.href ?? e.src ?? e.action)
    .filter(url => /^https?:/.test(url) && new URL(url).host !== location.host)"""


def test_a_session_from_an_empty_cache_asks_no_other_host(
    tmp_path: Path, open_anew: OpenPage, faults: Faults
) -> None:
    invent(tmp_path / "runs" / "exp", {"activation": ["relu", "tanh"], "init": ["a", "b"]})
    until_the_test_ends.close()
    empty = tmp_path / "cache"
    launched = Launched(
        ["view", "exp", "--no-browser"], tmp_path, {"XDG_CACHE_HOME": str(empty), **NO_REGISTRY}
    )
    try:
        until(lambda: launched.url, 60, "the page's address")
        hosts = session(launched.url, open_anew)
        assert hosts == {urlsplit(launched.url).netloc}
        kept = [path.name for path in (empty / "trainboard").iterdir()]
        assert kept == ["servers"], "browser files were fetched"
    finally:
        launched.clean_up()


def session(url: str, open_anew: OpenPage) -> set[str]:
    """Look at all that there is, and do what a person does; every host that was asked."""
    page = open_anew(url.split("/env/")[0] + "/")
    hosts: set[str] = {urlsplit(page.url).netloc}
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.get_by_role("link", name="exp", exact=True).click()
    look_through(page)
    zoom(page, "train_loss")
    page.locator(".chip", has_text=re.compile("^relu$")).click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    window(page, "leaderboard").locator("a", has_text="tanh").first.click()
    expect(page.locator("h1")).to_contain_text("tanh")
    look_through(page)
    return hosts


def look_through(page: Page) -> None:
    """Scroll over every window, so that all of them are drawn; no link leads elsewhere."""
    expect(page.locator("article.window .main-svg").first).to_be_visible()
    for each in page.locator("article.window").all():
        each.scroll_into_view_if_needed()
        each.hover()
    assert page.evaluate(FOREIGN) == []
    expect(page.locator("body")).not_to_contain_text("plotly")
    expect(
        page.locator("[data-title*=lotly], .js-plot-link-container, .modebar-btn--logo")
    ).to_have_count(0)
