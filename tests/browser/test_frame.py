"""The page's frame as a person uses it, click by click; the record's numbers are invented.

One `launch.py view` serves all tests of this file: nothing here changes what is recorded.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.windows.compare_windows import COMPARE_WINDOWS
from tests.support.chromium import Faults
from tests.support.page import as_opened
from tests.support.viewing import viewing

OpenPage = Callable[[str], Page]
MANY: dict[str, list[Any]] = {
    "activation": ["relu", "tanh", "gelu", "sigmoid", "leaky_relu:slope=0.01", "elu", "silu",
                   "selu", "softplus", "identity"],
    "init": ["xavier_normal", "xavier_uniform", "kaiming_normal", "kaiming_uniform", "orthogonal"],
    "lr": [0.001, 0.01, 0.1, 1.0],
}  # fmt: skip
GRID = {"activation": ["relu", "sigmoid"], "init": ["normal", "zeros"], "lr": [0.01, 0.1]}
RUNS = 8
RUN = "relu-zeros-0.1"
SIZES = {"other": 2, "twelve": 12, "sixty_four": 64, "two_hundred": 200}


@pytest.fixture(scope="module")
def viewed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that shows recorded experiments of many sizes, without a path."""
    grids: dict[str, dict[str, Any]] = {
        "frame": GRID,
        "other": {"activation": ["tanh", "gelu"]},
        "twelve": {key: MANY[key][:n] for key, n in {"activation": 4, "init": 3}.items()},
        "sixty_four": {key: values[:4] for key, values in MANY.items()},
        "two_hundred": MANY,
    }
    with viewing(tmp_path_factory.mktemp("frame"), grids) as address:
        yield address


@pytest.fixture
def page(viewed: str, open_once: OpenPage) -> Iterator[Page]:
    """The experiment's page, with every run."""
    url = f"{viewed}/env/frame_compare"
    page = open_once(url)
    expect(count(page)).to_have_text(f"{RUNS} runs")
    yield page
    as_opened(page, url)


@pytest.fixture
def own_page(viewed: str, open_page: OpenPage) -> Page:
    """The same, for a test that changes more than what the address says."""
    page = open_page(f"{viewed}/env/frame_compare")
    expect(count(page)).to_have_text(f"{RUNS} runs")
    return page


def count(page: Page) -> Locator:
    return page.locator(".controls .count")


def chip(page: Page, value: str) -> Locator:
    return page.locator(".chip", has_text=re.compile(f"^{re.escape(value)}$"))


def test_all_sigmoid_runs_are_hidden_by_one_click(page: Page) -> None:
    chip(page, "sigmoid").click()
    expect(count(page)).to_have_text("4 of 8 runs")
    expect(chip(page, "sigmoid")).to_have_attribute("aria-pressed", "false")


def test_a_double_click_on_a_chip_leaves_only_its_runs_and_another_brings_all_back(
    page: Page,
) -> None:
    chip(page, "sigmoid").dblclick()
    expect(chip(page, "relu")).to_have_attribute("aria-pressed", "false")
    expect(chip(page, "sigmoid")).to_have_attribute("aria-pressed", "true")
    chip(page, "sigmoid").dblclick()
    expect(count(page)).to_have_text("8 runs")


def test_lr_is_found_by_typing_and_escape_brings_all_back(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("lr=0.1 -zeros")
    expect(count(page)).to_have_text("2 of 8 runs")
    page.keyboard.press("Escape")
    expect(count(page)).to_have_text("8 runs")


def test_a_search_that_means_nothing_says_so_and_hides_no_run(page: Page) -> None:
    page.locator(".search").fill("/(/")
    expect(page.locator(".search-error")).to_have_text("/(/ is no regular expression.")
    expect(count(page)).to_have_text("8 runs")


def test_all_curves_are_smoothed_by_one_click(page: Page) -> None:
    slider = page.get_by_label("smoothing of all curves")
    box = slider.bounding_box()
    assert box
    slider.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(page).to_have_url(re.compile(r"[?&]smooth=0\.(4|5)"))


def test_the_axis_is_in_seconds_by_one_click(page: Page) -> None:
    page.get_by_role("button", name="x: seconds").click()
    expect(page).to_have_url(re.compile("[?&]x=seconds"))
    page.get_by_role("button", name="reset view").click()
    expect(page).to_have_url(re.compile("frame_compare$"))


def test_one_click_makes_the_page_dark_and_it_stays_so(own_page: Page) -> None:
    page = own_page
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="theme:").click()
    expect(html).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(html).to_have_attribute("data-theme", "dark")


def test_one_click_leads_back_from_a_run_with_the_same_view(
    viewed: str, open_page: OpenPage
) -> None:
    page = open_page(f"{viewed}/env/frame_{RUN}?x=epoch")
    expect(page.locator(".card-number")).to_contain_text("test accuracy")
    page.get_by_role("link", name="frame", exact=True).click()
    expect(count(page)).to_have_text("8 runs")
    expect(page).to_have_url(f"{viewed}/env/frame_compare?x=epoch")


def test_keys_lead_to_the_next_run_and_back(viewed: str, open_page: OpenPage) -> None:
    page = open_page(f"{viewed}/env/frame_{RUN}")
    here = page.locator("h1")
    expect(here).to_have_text(RUN)
    page.keyboard.press("]")
    expect(here).to_have_text("sigmoid-normal-0.01")
    page.keyboard.press("[")
    expect(here).to_have_text(RUN)


def test_the_card_says_what_differs_from_the_best_run(viewed: str, open_page: OpenPage) -> None:
    page = open_page(f"{viewed}/env/frame_{RUN}")
    differs = page.locator(".difference")
    expect(differs).to_have_text(["init zeros → normal", "lr 0.1 → 0.01"])
    expect(page.locator(".card-result")).to_contain_text("place 4 of 8")


def test_a_chip_is_reached_and_turned_by_the_keyboard_alone(own_page: Page) -> None:
    page = own_page
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.textContent") == "zeros":
            break
    expect(chip(page, "zeros")).to_be_focused()
    page.keyboard.press("Space")
    expect(count(page)).to_have_text("4 of 8 runs")
    expect(chip(page, "zeros")).to_be_focused()


def test_a_link_with_choices_opens_the_same_view(page: Page, open_page: OpenPage) -> None:
    chip(page, "sigmoid").click()
    page.locator(".search").fill("normal")
    page.get_by_role("button", name="x: epochs").click()
    expect(count(page)).to_have_text("2 of 8 runs")
    expect(page).to_have_url(re.compile("q=normal"))
    other = open_page(page.url)
    expect(count(other)).to_have_text("2 of 8 runs")
    expect(other.locator(".search")).to_have_value("normal")
    expect(chip(other, "sigmoid")).to_have_attribute("aria-pressed", "false")
    expect(other.get_by_role("button", name="x: epochs")).to_have_attribute("aria-pressed", "true")


def test_what_a_window_shows_is_said_by_click_and_escape_gives_the_focus_back(page: Page) -> None:
    button = page.get_by_role("button", name="what is test accuracy?")
    button.click()
    said = page.get_by_role("dialog")
    expect(said).to_contain_text(COMPARE_WINDOWS["test_accuracy"].says[1:])
    page.keyboard.press("Escape")
    expect(said).to_have_count(0)
    expect(button).to_be_focused()


def test_the_question_mark_explains_the_page_and_its_keys(page: Page) -> None:
    page.keyboard.press("?")
    panel = page.get_by_role("dialog", name="How to read this page")
    expect(panel).to_contain_text("all experiments")


def test_a_hidden_window_stays_hidden_until_it_is_brought_back(own_page: Page) -> None:
    page = own_page
    window = page.locator("[data-window=test_loss]")
    page.get_by_role("button", name="edit layout").click()
    page.get_by_role("button", name="hide: test loss").click()
    expect(window).to_be_hidden()
    page.reload()
    expect(page.locator("[data-window=delta]")).to_be_visible()
    expect(window).to_be_hidden()
    page.keyboard.press("e")
    page.get_by_role("button", name="show test loss").click()
    expect(window).to_be_visible()


def test_a_window_is_moved_within_its_section_by_the_keyboard_and_restored(own_page: Page) -> None:
    page = own_page

    def order() -> list[str]:
        windows = page.locator("[data-section=Compare] .window")
        return windows.evaluate_all("all => all.map(each => each.dataset.window)")

    first = order()
    page.keyboard.press("e")
    button = page.get_by_role("button", name="move to the back: train loss")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_be_focused()
    assert order()[:2] == [first[1], first[0]]
    page.get_by_role("button", name="restore").click()
    assert order() == first


def test_no_screen_makes_the_page_scroll_sideways(page: Page) -> None:
    for width in (390, 768, 1024, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("() => innerWidth") == width
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", SIZES)
def test_the_comparison_and_the_first_rows_of_the_board_are_seen_without_scrolling(
    viewed: str, open_page: OpenPage, name: str
) -> None:
    page = open_page(f"{viewed}/env/{name}_compare")
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


def test_nothing_moves_while_a_page_comes(own_page: Page) -> None:
    page = own_page
    expect(page.locator("[data-window=test_loss] .js-plotly-plot")).to_be_attached()
    moved = page.evaluate(
        """() => new Promise((done) => new PerformanceObserver((list) => done(
          list.getEntries().map(({ value, sources }) => [value, ...sources.map(
            ({ node, previousRect, currentRect }) =>
              [node?.className ?? node?.nodeName, previousRect.y, currentRect.y].join(' '))])
        )).observe({ type: 'layout-shift', buffered: true }) || setTimeout(done, 500, []))"""
    )
    assert sum(value for value, *_ in moved) < 0.002, moved


def test_values_without_room_stand_behind_a_button_that_the_keyboard_opens(
    viewed: str, open_page: OpenPage
) -> None:
    page = open_page(f"{viewed}/env/two_hundred_compare")
    page.set_viewport_size({"width": 1280, "height": 720})
    menu = page.get_by_role("button", name=re.compile("^init: 5 values"))
    menu.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="init")
    expect(panel.locator(".chip")).to_have_count(5)
    page.keyboard.press("Tab")
    expect(chip(page, "xavier_normal")).to_be_focused()
    page.keyboard.press("Space")
    expect(count(page)).to_have_text("160 of 200 runs")
    expect(chip(page, "xavier_normal")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("button", name="init: 5 values, 1 off")).to_have_text("init4/5")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.get_by_role("button", name="init: 5 values, 1 off")).to_be_focused()


def test_yesterdays_experiment_is_one_click_from_home(viewed: str, open_page: OpenPage) -> None:
    page = open_page(viewed + "/")
    page.get_by_role("link", name="other", exact=True).click()
    expect(page).to_have_url(f"{viewed}/env/other_compare")


def test_two_experiments_are_compared_by_three_clicks(viewed: str, open_page: OpenPage) -> None:
    page = open_page(viewed + "/")
    page.get_by_label("compare frame with others").click()
    page.get_by_label("compare other with others").click()
    page.get_by_role("button", name="compare 2 together").click()
    expect(page).to_have_url(f"{viewed}/env/frame~other_compare")
    expect(page.locator("[data-chip='experiment frame']")).to_be_visible()
    expect(page.locator("[data-chip='experiment other']")).to_be_visible()


def test_two_experiments_are_compared_by_the_keyboard_alone(page: Page, viewed: str) -> None:
    page.goto(viewed + "/")
    boxes = [page.get_by_label(f"compare {name} with others") for name in ("frame", "other")]
    expect(boxes[0]).to_be_visible()
    ticked = 0
    for _ in range(60):
        page.keyboard.press("Tab")
        if any(box.evaluate("box => box === document.activeElement") for box in boxes):
            page.keyboard.press("Space")
            ticked += 1
        if ticked == len(boxes):
            break
    page.keyboard.press("c")
    expect(page).to_have_url(
        re.compile(f"{re.escape(viewed)}/env/(frame~other|other~frame)_compare")
    )


def test_the_bar_says_offline_when_the_line_is_cut(
    viewed: str, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = ["ERR_INTERNET_DISCONNECTED", "failed:", "WebSocket"]
    page = open_page(f"{viewed}/env/frame_compare")
    expect(page.locator(".connection")).to_have_text("ended")
    page.context.set_offline(True)
    expect(page.locator(".connection")).to_have_text("offline")
