"""The page of runs that are compared by a metric of a person's own, of which less is better."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard import Recorder
from tests.support.page import as_opened, chart, window
from tests.support.viewing import Viewed

OpenPage = Callable[[str], Page]
FID = {("a", 1): 30.0, ("a", 2): 20.0, ("b", 1): 25.0, ("b", 2): 45.0}


def record(folder: Path) -> None:
    """The first of its runs is the baseline."""
    for (model, depth), last in FID.items():
        with Recorder(folder, f"{model}{depth}", {"model": model, "depth": depth}) as run:
            run.expect(3, 1, metric="fid", goal="min", milestones=[28])
            run.scalars("fid", 1, [90.0, 60.0, last])
            run.scalars("test_accuracy", 1, [0.1, 0.2, 0.3])


@pytest.fixture(scope="module")
def address(viewed: Viewed) -> str:
    """Of all pages of the server that shows the experiment."""
    viewed.add("gan", record)
    return viewed.address


@pytest.fixture
def page(address: str, open_once: OpenPage) -> Iterator[Page]:
    url = f"{address}/env/gan_compare"
    page = open_once(url)
    expect(board(page).locator("tbody tr")).to_have_count(len(FID))
    yield page
    as_opened(page, url)


def board(page: Page) -> Locator:
    return window(page, "leaderboard").locator("table.board")


def column(page: Page, key: str) -> Locator:
    """The cells of a column, from the top row down."""
    place = board(page).locator(f'thead th[data-column="{key}"]').evaluate("th => th.cellIndex + 1")
    return board(page).locator(f"tbody tr > :nth-child({place})")


def test_the_lowest_stands_first_and_a_column_says_what_it_is(page: Page) -> None:
    expect(board(page).locator('th[data-column="result"]')).to_contain_text("fid")
    expect(board(page).locator('th[data-column="reached:28"]')).to_contain_text("steps to 28")
    expect(column(page, "result")).to_have_text(["20.0000", "25.0000", "30.0000", "45.0000"])
    expect(column(page, "reached:28")).to_have_text(
        [re.compile(r"^3 "), re.compile(r"^3 "), "–", "–"]
    )
    expect(column(page, "measure:test_accuracy")).to_have_text(["0.3000"] * 4)
    expect(page.locator("body")).to_contain_text("Best: a · depth 2 with fid 20.0000")


def test_a_difference_below_0_is_good(page: Page) -> None:
    delta = column(page, "delta").locator("span")
    expect(delta).to_have_text(["−10.0000", "−5.0000", "baseline", "+15.0000"])
    colours = [delta.nth(i).evaluate("e => getComputedStyle(e).color") for i in range(4)]
    assert colours[0] == colours[1]
    assert len(set(colours)) == 3
    expect(delta.nth(0)).to_have_class("tone-good")
    expect(delta.nth(3)).to_have_class("tone-bad")


def test_a_click_on_the_head_puts_the_worst_on_top_and_another_the_best(page: Page) -> None:
    head = board(page).locator('th[data-column="result"] button.sort')
    head.click()
    head.click()
    expect(column(page, "result").first).to_have_text("45.0000")
    head.click()
    expect(column(page, "result").first).to_have_text("20.0000")


def test_the_best_cell_of_the_grid_is_the_darkest_and_windows_are_called_after_it(
    page: Page,
) -> None:
    grid = window(page, "accuracy_grid")
    expect(grid.get_by_role("heading", level=3)).to_have_text("fid grid")
    cells = {
        name: grid.get_by_role("button", name=re.compile(f"^{model}, (depth )?{depth}: fid"))
        for name, (model, depth) in {"best": ("a", 2), "worst": ("b", 2)}.items()
    }
    light = {name: cell.evaluate(BRIGHTNESS) for name, cell in cells.items()}
    assert light["best"] < light["worst"]
    assert chart(page, "delta").evaluate("plot => plot.data.some(t => t.y.includes(-10))")
    expect(window(page, "delta").get_by_role("heading", level=3)).to_have_text("Δ fid")


BRIGHTNESS = """cell => getComputedStyle(cell).backgroundColor.match(/\\d+/g)
    .slice(0, 3).reduce((sum, part) => sum + Number(part), 0)"""


def test_the_home_page_and_a_runs_card_follow_it_too(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/")
    experiment = page.locator("tr", has=page.get_by_role("link", name="gan", exact=True))
    expect(experiment.locator(".cell-best")).to_contain_text("20.0000 fid")
    page.goto(f"{address}/env/gan_a1")
    expect(page.locator(".card-number")).to_have_text("30.0000 fid")
    expect(page.locator(".card")).to_contain_text("place 3 of 4")
