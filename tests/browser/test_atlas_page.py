"""The atlas in a real browser: every environment opens without a fault, sliders and menus work."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.atlas.pieces import ENVIRONMENTS
from dashboard.atlas.scene import AtlasScene
from tests.support.atlas_numbers import atlas_numbers
from tests.support.launching import Launched, until
from tests.support.page import is_drawn, wait_for_windows

OpenPage = Callable[[str], Page]
INITS = "atlas_inits"
OUTSIDE = """labels => labels.filter(label => {
    const [a, b] = [label, label.closest('.js-plotly-plot')].map(e => e.getBoundingClientRect());
    return a.left < b.left - 1 || a.right > b.right + 1 || a.bottom > b.bottom + 1;
}).map(label => label.textContent)"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The atlas as a person starts it; the address up to the environment's name."""
    folder: Path = tmp_path_factory.mktemp("atlas")
    launched = Launched(["atlas", "--no-browser"], folder, {})
    try:
        until(lambda: launched.url, 60)
        yield launched.url.removesuffix("atlas_activations")
    finally:
        launched.clean_up()


@pytest.fixture(scope="module")
def windows() -> dict[str, list[str]]:
    """The names of every environment's windows."""
    return {
        name: [place.name for place in places]
        for name, places in AtlasScene(atlas_numbers()).environments()
    }


def choose(page: Page, label: str) -> None:
    """Click beside a step of a slider; the rail lies over the labels and takes the click."""
    exactly = re.compile(f"^{label}$")
    page.locator(".slider-label").filter(has_text=exactly).click(force=True)


@pytest.mark.parametrize(
    "environment",
    sorted(ENVIRONMENTS, key=INITS.__eq__),  # last the one that the next tests have
)
def test_an_environment_shows_all_its_windows(
    environment: str, address: str, windows: dict[str, list[str]], open_once: OpenPage
) -> None:
    page = open_once(address + environment)
    wait_for_windows(page, windows[environment])
    expect(page.locator("article.window")).to_have_count(len(windows[environment]))
    for name in windows[environment]:
        is_drawn(page, name)


def test_the_labels_of_a_heat_map_lie_inside_their_plot(
    address: str, windows: dict[str, list[str]], open_once: OpenPage
) -> None:
    page = open_once(address + INITS)
    wait_for_windows(page, windows[INITS])
    for name in windows[INITS]:
        is_drawn(page, name)
    labels = page.locator(".js-plotly-plot:has(.hm) :is(.ytick, .xtick) text")
    expect(labels.first).to_be_attached()
    assert labels.evaluate_all(OUTSIDE) == []


def test_the_slider_goes_through_the_layers(address: str, open_once: OpenPage) -> None:
    page = open_once(address + INITS)
    cells = page.locator(".heatmap-label")
    expect(cells.filter(has_text="−7.8").first).to_be_visible()
    choose(page, "0")
    expect(cells.filter(has_text="−7.8")).to_have_count(0)


def test_a_button_shows_the_slopes(address: str, open_once: OpenPage) -> None:
    page = open_once(address + "atlas_activations")
    shown = page.locator(".plot-container", has_text="or with the button").locator(".legendtext")
    expect(shown).to_have_count(10)
    page.locator(".updatemenu-button", has_text="f′").click()
    expect(shown).to_have_count(10)


def test_a_link_opens_the_next_environment_whose_slider_goes_through_the_guesses(
    address: str, open_once: OpenPage
) -> None:
    page = open_once(address + "atlas_activations")
    page.get_by_role("link", name="entropy").click()
    expect(page.get_by_text("H(p, q) = 2.00 bits")).to_be_visible()
    choose(page, "q is p")
    expect(page.get_by_text("H(p, q) = 1.36 bits")).to_be_visible()
