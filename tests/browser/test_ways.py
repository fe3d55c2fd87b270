"""The ways between the pages: home, the comparison, a run's own, two experiments together."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.page import as_opened, count
from tests.support.viewing import Viewed

OpenPage = Callable[[str], Page]
RUN = "relu-zeros-0.1"


@pytest.fixture
def run_page(viewed: Viewed, open_once: OpenPage) -> Iterator[Page]:
    """A run's own page."""
    url = viewed.url("frame", RUN)
    page = open_once(url)
    yield page
    as_opened(page, url)


@pytest.fixture
def home(viewed: Viewed) -> str:
    """The address of the page that lists `frame` and `other`."""
    assert viewed.url("other")
    return f"{viewed.address}/"


def test_one_click_leads_back_from_a_run_with_the_same_view(
    viewed: Viewed, open_page: OpenPage
) -> None:
    page = open_page(viewed.url("frame", RUN) + "?x=epoch")
    expect(page.locator(".card-number")).to_contain_text("test accuracy")
    page.get_by_role("link", name="frame", exact=True).click()
    expect(count(page)).to_have_text("8 runs")
    expect(page).to_have_url(viewed.url("frame") + "?x=epoch")


def test_keys_lead_to_the_next_run_and_back(run_page: Page) -> None:
    page = run_page
    here = page.locator("h1")
    expect(here).to_have_text(RUN)
    page.keyboard.press("]")
    expect(here).to_have_text("sigmoid-normal-0.01")
    page.keyboard.press("[")
    expect(here).to_have_text(RUN)


def test_the_card_says_what_differs_from_the_best_run(run_page: Page) -> None:
    differs = run_page.locator(".difference")
    expect(differs).to_have_text(["init zeros → normal", "lr 0.1 → 0.01"])
    expect(run_page.locator(".card-result")).to_contain_text("place 4 of 8")


def test_yesterdays_experiment_is_one_click_from_home(
    viewed: Viewed, home: str, open_page: OpenPage
) -> None:
    page = open_page(home)
    page.get_by_role("link", name="other", exact=True).click()
    expect(page).to_have_url(viewed.url("other"))


def test_two_experiments_are_compared_by_three_clicks(
    viewed: Viewed, home: str, open_page: OpenPage
) -> None:
    page = open_page(home)
    page.get_by_label("compare frame with others").click()
    page.get_by_label("compare other with others").click()
    page.get_by_role("button", name="compare 2 together").click()
    expect(page).to_have_url(viewed.url("frame~other"))
    expect(page.locator("[data-chip='experiment frame']")).to_be_visible()
    expect(page.locator("[data-chip='experiment other']")).to_be_visible()


def test_two_experiments_are_compared_by_the_keyboard_alone(
    viewed: Viewed, home: str, open_page: OpenPage
) -> None:
    page = open_page(home)
    boxes = [page.get_by_label(f"compare {name} with others") for name in ("frame", "other")]
    expect(boxes[0]).to_be_visible()
    ticked = 0
    for _ in range(200):
        page.keyboard.press("Tab")
        if any(box.evaluate("box => box === document.activeElement") for box in boxes):
            page.keyboard.press("Space")
            ticked += 1
        if ticked == len(boxes):
            break
    page.keyboard.press("c")
    expect(page).to_have_url(
        re.compile(f"{re.escape(viewed.address)}/env/(frame~other|other~frame)_compare")
    )
