"""report.html, which `export` writes: the whole page from one file, without server or network."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.cli.report import write_report
from tests.support.chromium import Faults, new_page
from tests.support.invented import GRID, accuracy, invent
from tests.support.page import window

START = "/env/told_compare"
MOST_BYTES = 15 * 2**20  # of a mail's attachment


@pytest.fixture(scope="module")
def file(new_folder: Callable[[str], Path]) -> Path:
    """The report of four runs."""
    path = new_folder("report") / "elsewhere" / "report.html"
    path.parent.mkdir(parents=True)
    assert write_report(invent(path.parents[1] / "told", GRID), path) == []
    return path


@pytest.fixture(scope="module")
def opened(file: Path, browser: Browser) -> Iterator[Page]:
    """One page for all tests; after them it is said what it has asked for and what went wrong."""
    page, faults = new_page(browser), Faults()
    faults.watch(page)
    page.context.set_offline(True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    yield page
    page.context.close()
    schemes = {url.partition(":")[0] for url in asked}
    assert schemes <= {"file", "blob", "data"}, asked
    assert faults.seen == []


@pytest.fixture
def report(opened: Page) -> Iterator[Page]:
    """The page of all runs, as it is when the file is opened."""
    file, _, there = opened.url.partition("#")
    if there not in ("", START):
        opened.goto("about:blank")  # else it goes there by itself, and is met while it does
        opened.goto(f"{file}#{START}")
    yield opened
    opened.emulate_media(color_scheme="light")


def test_it_shows_every_window_and_the_way_to_a_run_with_its_pictures_and_back(
    report: Page, file: Path
) -> None:
    assert file.stat().st_size < MOST_BYTES
    expect(window(report, "train_loss").locator(".main-svg").first).to_be_visible()
    board = window(report, "leaderboard")
    expect(board.locator("tbody tr")).to_have_count(4)
    expect(board.get_by_role("button", name="act…")).to_be_hidden()  # nothing can be done to it
    board.locator("a[href$='_tanh-kaiming_normal']").first.click()
    expect(window(report, "card")).to_contain_text("tanh")
    shows_pictures(report)
    report.get_by_role("link", name="told").click()
    expect(board.locator("tbody tr")).to_have_count(4)


def shows_pictures(report: Page) -> None:
    """Of the run whose page this is: they are in the file."""
    matrix = window(report, "confusion")
    matrix.scroll_into_view_if_needed()
    matrix.get_by_role("button", name="0 taken for 1: 301", exact=True).click()
    expect(matrix.locator(".confusion-picture")).to_have_css(
        "background-image", re.compile(r'url\("data:image/png;base64,')
    )


def test_the_time_cursor_goes_back(report: Page) -> None:
    grid = window(report, "accuracy_grid").locator(".cell-main").first
    expect(grid).to_contain_text(f"{accuracy(0, 300):.4f}")
    report.keyboard.press(",")
    expect(grid).to_contain_text(f"{accuracy(0, 200):.4f}")
    confusion = window(report, "confusion")
    confusion.scroll_into_view_if_needed()
    expect(confusion.get_by_role("button", name=re.compile("^1 taken for 1: 804"))).to_be_visible()
    report.keyboard.press("l")
    grid.scroll_into_view_if_needed()
    expect(grid).to_contain_text(f"{accuracy(0, 300):.4f}")


def test_it_is_dark_where_the_person_wants_it_dark(report: Page) -> None:
    report.emulate_media(color_scheme="dark")
    expect(report.locator("html")).to_have_attribute("data-theme", "dark")


def test_what_is_chosen_stands_in_its_address(report: Page) -> None:
    report.get_by_role("button", name="x: epoch").click()
    expect(report).to_have_url(re.compile(r"#/env/told_compare\?x=epoch$"))
    report.reload()
    epoch = report.get_by_role("button", name="x: epoch")
    expect(epoch).to_have_attribute("aria-pressed", "true")
