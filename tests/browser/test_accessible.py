"""axe-core finds nothing serious on home, the experiment's page and a run's, light and dark; what
moves stands still for who asked for that; nothing leads to another site."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.viewing import Viewed

OpenPage = Callable[[str], Page]
PAGES = {
    "/": ".experiments a",
    "/env/frame_relu-zeros-0.1": ".card-number",
    "/env/frame_compare": ".chip",
}


@pytest.fixture(params=PAGES, scope="module")
def path(request: pytest.FixtureRequest) -> str:
    """Each test of a page, then the next page."""
    return str(request.param)


@pytest.fixture
def page(viewed: Viewed, open_once: OpenPage, path: str) -> Page:
    page = open_once(viewed.address + path)
    expect(page.locator(PAGES[path]).first).to_be_visible()
    return page


@pytest.fixture
def compare_page(viewed: Viewed, open_once: OpenPage) -> Page:
    page = open_once(viewed.url("frame"))
    expect(page.locator(".js-plotly-plot .trace").first).to_be_attached()
    return page


def findings(page: Page, within: str | None = None) -> list[str]:
    """What axe-core calls serious or critical, each with the elements it is about.

    within: a selector of the part that is looked at; without it, all.
    """
    result = Axe().run(page, context=within)
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]} {node['failureSummary']}"
        for rule in result.response["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"][:3]
    ]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_page_has_a_serious_barrier_light_or_dark(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    assert findings(page) == []


MOVING = """() => [...document.querySelectorAll('*')].filter((element) => {
  const { transitionDuration, animationName } = getComputedStyle(element);
  return parseFloat(transitionDuration) > 0 || animationName !== 'none';
}).length"""


def test_nothing_moves_for_who_asked_for_less_motion(compare_page: Page) -> None:
    assert compare_page.evaluate(MOVING) > 0
    compare_page.emulate_media(reduced_motion="reduce")
    assert compare_page.evaluate(MOVING) == 0
    compare_page.emulate_media(reduced_motion="no-preference")


def test_an_open_help_panel_has_no_serious_barrier(compare_page: Page) -> None:
    compare_page.keyboard.press("?")
    expect(compare_page.get_by_role("dialog")).to_be_visible()
    assert findings(compare_page, "[role=dialog]") == []
    compare_page.keyboard.press("Escape")


def test_every_link_stays_on_the_page_s_own_server(viewed: Viewed, page: Page, path: str) -> None:
    if path != "/":
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_attached()
    links = page.evaluate("() => [...document.links].map((link) => link.host)")
    assert {*links} == {viewed.address.removeprefix("http://")}
