"""The time cursor: all windows of the page go back to an evaluation together, and come on again."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.record.recorder import Recorder
from dashboard.server.process import Server
from tests.support.drawn import Drawn
from tests.support.invented import GRID, accuracy, evaluate, invent
from tests.support.page import window

OpenPage = Callable[[str], Page]


def shown(folder: Path, server: Server) -> Drawn:
    drawn = Drawn(invent(folder, GRID, {"tanh-normal": "running"}), server)
    drawn.draw()
    return drawn


@pytest.fixture(scope="module")
def drawn(new_folder: Callable[[str], Path], shared_server: Server) -> Drawn:
    """An experiment that the tests only look at."""
    return shown(new_folder("past"), shared_server)


@pytest.fixture
def growing(folder: Path, shared_server: Server) -> Drawn:
    return shown(folder, shared_server)


def test_grid_predictions_and_confusion_go_back_together_and_follow_the_newest_again(
    drawn: Drawn, open_page: OpenPage
) -> None:
    page = open_page(drawn.url())
    bar = page.get_by_role("region", name="time", exact=True)
    expect(bar).to_contain_text("step 300")
    grid = window(page, "accuracy_grid").locator(".cell-main").first
    expect(grid).to_contain_text(f"{accuracy(0, 300):.4f}")
    page.keyboard.press(",")
    page.keyboard.press(",")
    expect(bar).to_contain_text("step 100")
    expect(page).to_have_url(re.compile(r"\?at=100$"))
    expect(grid).to_contain_text(f"{accuracy(0, 100):.4f}")
    confusions = window(page, "confusion")
    confusions.scroll_into_view_if_needed()
    expect(confusions.get_by_role("button", name="1 taken for 1: 404")).to_be_visible()
    page.get_by_role("button", name="newest").click()
    expect(bar).to_contain_text("step 300")
    expect(
        confusions.get_by_role("button", name=re.compile("1 taken for 1: 1,204"))
    ).to_be_visible()
    grid.scroll_into_view_if_needed()
    expect(grid).to_contain_text(f"{accuracy(0, 300):.4f}")
    assert "at=" not in page.url


def test_while_the_page_looks_back_what_comes_changes_nothing_but_the_way_on(
    growing: Drawn, open_page: OpenPage
) -> None:
    page = open_page(f"{growing.url()}?at=100")
    bar = page.get_by_role("region", name="time", exact=True)
    expect(bar).to_contain_text("step 100")
    grid = window(page, "accuracy_grid").locator(".cell-main").first
    expect(grid).to_contain_text(f"{accuracy(0, 100):.4f}")
    with Recorder(growing.experiment.record.folder, "late", {"activation": "relu"}) as run:
        for step in (0, 400):
            evaluate(run, 0, step)
        run.flush()
        growing.draw()
        expect(bar.get_by_role("slider")).to_have_attribute("max", "4")
        expect(grid).to_contain_text(f"{accuracy(0, 100):.4f}")
    page.get_by_role("button", name="newest").click()
    expect(bar).to_contain_text("step 400")


def test_it_plays_the_evaluations_to_the_last_one(drawn: Drawn, open_page: OpenPage) -> None:
    page = open_page(drawn.url())
    bar = page.get_by_role("region", name="time", exact=True)
    expect(bar).to_contain_text("step 300")
    page.keyboard.press("p")
    expect(bar).to_contain_text("step 0")
    expect(bar.get_by_role("button", name="stop playing")).to_be_visible()
    for step in (100, 200, 300):
        expect(bar).to_contain_text(f"step {step}")
    expect(bar.get_by_role("button", name="play from here on")).to_be_visible()


def test_a_cell_of_a_runs_matrix_shows_its_images(drawn: Drawn, open_page: OpenPage) -> None:
    page = open_page(drawn.url("tanh-kaiming_normal"))
    matrix = window(page, "confusion")
    matrix.scroll_into_view_if_needed()
    cell = matrix.get_by_role("button", name="0 taken for 1: 301", exact=True)
    cell.click()
    expect(matrix).to_contain_text("0 taken for 1: 301 test images, 1 of them among the first 40")
    picture = matrix.locator(".confusion-picture")
    expect(picture).to_have_count(1)
    expect(picture).to_have_css("background-image", re.compile("window=samples"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(matrix).to_contain_text("1 taken for 1")
