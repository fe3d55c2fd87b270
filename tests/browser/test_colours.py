"""What the page says by colour it says by something else too: seen by eyes that miss red or green.

Chromium shows the page as a person with a colour vision deficiency sees it; the pictures lie in the
folder that COLOUR_PICTURES names, for a look. What is asserted needs no eye: no two lines, and no
two states of a cell, differ by their colour alone.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.invented import invent
from tests.support.page import window
from tests.support.viewing import Viewed

GRID = {"activation": ["relu", "tanh", "gelu"], "init": ["normal", "zeros"], "lr": [0.1, 0.01]}
STATES = {
    "tanh-zeros-0.1": "diverged",
    "tanh-zeros-0.01": "diverged",
    "gelu-zeros-0.1": "failed",
    "gelu-zeros-0.01": "failed",
    "gelu-normal-0.1": "queued",
    "gelu-normal-0.01": "queued",
}
DEFICIENCIES = ("deuteranopia", "protanopia", "achromatopsia")


@pytest.fixture(params=["light", "dark"], scope="module")
def page(viewed: Viewed, open_once: Callable[[str], Page], request: pytest.FixtureRequest) -> Page:
    viewed.add("colours", lambda folder: invent(folder, GRID, STATES))
    page = open_once(viewed.url("colours"))
    page.emulate_media(color_scheme=request.param)
    expect(page.locator("html")).to_have_attribute("data-theme", request.param)
    window(page, "train_loss").locator(".js-plotly-plot .scatterlayer .trace").first.wait_for()
    return page


def test_no_two_lines_of_a_plot_differ_by_colour_alone(page: Page) -> None:
    for name in ("train_loss", "test_accuracy"):
        plot = window(page, name).locator(".js-plotly-plot")
        looks = plot.evaluate(
            "plot => plot.data.filter(trace => trace.meta?.role === 'line').map("
            "trace => [trace.mode, trace.line.dash, trace.marker.symbol].join(' '))"
        )
        assert len(looks) > 4
        assert len(set(looks)) == len(looks), name
        assert all("markers" in look for look in looks), "a marker that is not drawn says nothing"


def test_every_state_of_a_cell_is_told_by_a_word_or_a_sign(page: Page) -> None:
    cells = window(page, "accuracy_grid").locator("td").all_inner_texts()
    said = " ".join(cells)
    for sign in ("✕", "!", "queued"):
        assert sign in said, cells


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_page_is_drawn_for_eyes_that_see_fewer_colours(page: Page, deficiency: str) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": deficiency})
    picture = page.screenshot()
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": "none"})
    assert len(picture) > 20_000
    folder = os.environ.get("COLOUR_PICTURES")
    if folder:
        theme = page.evaluate("() => document.documentElement.dataset.theme")
        Path(folder, f"{deficiency}-{theme}.png").write_bytes(picture)
