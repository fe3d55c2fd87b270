"""What is around the windows: theme, layout, explanations, and that all of it fits the screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from dashboard.windows.compare_windows import COMPARE_WINDOWS
from tests.support.page import count
from tests.support.viewing import SIZES, Viewed

OpenPage = Callable[[str], Page]


def test_what_a_window_shows_is_said_by_click_and_escape_gives_the_focus_back(
    frame_page: Page,
) -> None:
    page = frame_page
    button = page.get_by_role("button", name="what is test accuracy?")
    button.click()
    said = page.get_by_role("dialog")
    expect(said).to_contain_text(COMPARE_WINDOWS["test_accuracy"].says[1:])
    page.keyboard.press("Escape")
    expect(said).to_have_count(0)
    expect(button).to_be_focused()


def test_the_question_mark_explains_the_page_and_its_keys(frame_page: Page) -> None:
    page = frame_page
    page.keyboard.press("?")
    panel = page.get_by_role("dialog", name="How to read this page")
    expect(panel).to_contain_text("all experiments")


def test_what_a_person_changes_of_the_page_stays_so_until_they_change_it_back(
    own_frame_page: Page,
) -> None:
    """Dark by one click, a window hidden, and then one moved, by the keyboard."""
    page = own_frame_page
    html, window = page.locator("html"), page.locator("[data-window=test_loss]")
    expect(html).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="theme:").click()
    expect(html).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="edit layout").click()
    page.get_by_role("button", name="hide: test loss").click()
    expect(window).to_be_hidden()
    page.reload()
    expect(html).to_have_attribute("data-theme", "dark")
    expect(page.locator("[data-window=delta]")).to_be_visible()
    expect(window).to_be_hidden()
    page.keyboard.press("e")
    page.get_by_role("button", name="show test loss").click()
    expect(window).to_be_visible()

    first = order(page)
    button = page.get_by_role("button", name="move to the back: train loss")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_be_focused()
    assert order(page)[:2] == [first[1], first[0]]
    page.get_by_role("button", name="restore").click()
    assert order(page) == first


def order(page: Page) -> list[str]:
    windows = page.locator("[data-section=Compare] .window")
    names: list[str] = windows.evaluate_all("all => all.map(each => each.dataset.window)")
    return names


def test_no_screen_makes_the_page_scroll_sideways(frame_page: Page) -> None:
    page = frame_page
    for width in (390, 768, 1024, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("() => innerWidth") == width
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", SIZES)
def test_the_comparison_and_the_first_rows_of_the_board_are_seen_without_scrolling(
    viewed: Viewed, open_page: OpenPage, name: str
) -> None:
    page = open_page(viewed.url(name))
    page.set_viewport_size({"width": 1280, "height": 720})
    expect(count(page)).to_have_text(f"{SIZES[name]} runs")
    expect(page.locator("[data-window=leaderboard] tbody tr").nth(1)).to_be_visible()
    places = page.evaluate(
        """() => {
          const box = (selector) => document.querySelector(selector).getBoundingClientRect();
          const tops = ['train_loss', 'test_accuracy', 'accuracy_grid'].map(
            (name) => box(`[data-window=${name}]`).top);
          const rows = [...document.querySelectorAll('[data-window=leaderboard] tbody tr')];
          return { bar: box('#top').height, controls: box('.controls').height, tops,
            rows: rows.map((row) => row.getBoundingClientRect().bottom) };
        }"""
    )
    assert places["bar"] == 44
    assert places["controls"] < 30, "chips, search and switches in one row"
    assert len(set(places["tops"])) == 1
    assert places["tops"][0] < 160
    assert sum(bottom <= 720 for bottom in places["rows"]) >= min(SIZES[name], 3)


def test_nothing_moves_while_a_page_comes(own_frame_page: Page) -> None:
    page = own_frame_page
    expect(page.locator("[data-window=test_loss] .js-plotly-plot")).to_be_attached()
    moved = page.evaluate(
        """() => new Promise((done) => new PerformanceObserver((list) => done(
          list.getEntries().map(({ value, sources }) => [value, ...sources.map(
            ({ node, previousRect, currentRect }) =>
              [node?.className ?? node?.nodeName, previousRect.y, currentRect.y].join(' '))])
        )).observe({ type: 'layout-shift', buffered: true }) || setTimeout(done, 500, []))"""
    )
    assert sum(value for value, *_ in moved) < 0.002, moved
