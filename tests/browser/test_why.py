"""Why a run is judged as it is, a click away: in the leaderboard, on its card, and in the atlas."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.record.recorder import Recorder
from tests.support.page import window
from tests.support.reading import add_runs, new_record
from tests.support.viewing import Viewed

OpenPage = Callable[[str], Page]
TANH = {"activation": "tanh", "lr": 0.1, "optimizer": "sgd", "loss": "cross_entropy"}
WEIGHTED = [
    {"name": "fc1", "fans": [784, 200], "std": 0.1, "flat": [-1.82, 1.82]},
    {"name": "out", "fans": [200, 10], "std": 0.1, "flat": [None, None]},
]
CAUSE = "The inputs of tanh in fc1 spread 2.8; tanh is flat beyond 1.8, so most of the gradient"
REMEDY = "Try xavier_normal (1.3 expected)."


def record(folder: Path) -> None:
    """good: learns. flat: guesses, its first layer saturated."""
    book = new_record(folder)
    configs = {"good": TANH | {"init": "xavier_normal"}, "flat": TANH | {"init": "normal"}}
    add_runs(book, list(configs.items()))
    for name in configs:
        bad = name == "flat"
        with Recorder(folder, name) as run:
            run.expect(300, 100)
            run.data("model", 0, {"weighted": WEIGHTED})
            run.scalar("signal/saturated_share/fc1", 0, 0.8 if bad else 0.0)
            run.scalar("signal/preactivation_std/fc1", 0, 2.8 if bad else 1.3)
            for step in (0, 100, 200, 300):
                run.scalar("test_accuracy", step, 0.1 if bad else 0.1 + step / 400)
                run.scalar("signal/saturated_share/fc1", step or 1, 0.8 if bad else 0.0)


@pytest.fixture(scope="module")
def address(viewed: Viewed) -> str:
    """Of a page, without the name of what it is of."""
    viewed.add("why", record)
    return viewed.url("why", "")


def tells_why(place: Locator) -> None:
    """It says cause, number, meaning, remedy, and the chain of evidence with its sources."""
    expect(place.locator(".why-cause")).to_contain_text(CAUSE)
    expect(place.locator(".why-try")).to_contain_text(REMEDY)
    saturated = place.locator(".why-numbers tbody tr").first
    expect(saturated).to_contain_text("fc1: saturated units")
    expect(saturated).to_contain_text("80%")
    expect(saturated).to_contain_text("≥ 50%")
    expect(saturated).to_contain_text("Glorot & Bengio 2010")


def test_the_leaderboard_tells_why_by_one_click(address: str, open_page: OpenPage) -> None:
    page = open_page(address + "compare")
    window(page, "leaderboard").get_by_role("button", name="saturated").click()
    tells_why(page.get_by_role("dialog"))


def test_the_card_tells_why_and_keeps_its_numbers_open(address: str, open_page: OpenPage) -> None:
    page = open_page(address + "flat")
    card = window(page, "card")
    expect(card.locator(".why-cause")).to_contain_text(CAUSE)
    expect(card.locator(".why-numbers")).to_be_hidden()
    card.get_by_text("The numbers behind it").click()
    expect(card.locator(".why-numbers")).to_be_visible()
    tells_why(card)


def test_the_link_shows_the_cause_in_the_atlas(address: str, open_page: OpenPage) -> None:
    page = open_page(address + "flat")
    window(page, "card").get_by_role("link", name="where tanh is flat").click()
    meant = window(page, "tanh")
    expect(meant).to_have_class("window window-plot meant", timeout=60_000)
    expect(meant).to_be_in_viewport()
    expect(meant.locator(".js-plotly-plot")).to_be_visible()
