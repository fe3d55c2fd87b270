"""What a page with several seeds says: who wins, shared places, dots, intervals, what matters.

The runs' results are invented; the record, the board, the server and the browser are real.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.server.process import Server
from tests.support.drawn import Drawn
from tests.support.page import window
from tests.support.reading import until_the_test_ends
from tests.support.results import record, seeds

RESULTS = {
    ("relu", "kaiming_normal"): [0.9312, 0.9290, 0.9341],
    ("relu", "xavier_normal"): [0.8611, 0.8592, 0.8639],
    ("leaky_relu", "kaiming_normal"): [0.9309, 0.9301, 0.9330],
    ("leaky_relu", "xavier_normal"): [0.8608, 0.8603, 0.8628],
}


@pytest.fixture(scope="module")
def page(
    new_folder: Callable[[str], Path],
    shared_server: Server,
    open_once: Callable[[str], Page],
) -> Page:
    runs = [
        run
        for (activation, init), values in RESULTS.items()
        for run in seeds(values, activation=activation, init=init)
    ]
    shown = Drawn(record(new_folder("real"), runs), shared_server)
    shown.draw()
    until_the_test_ends.close()  # nothing more is recorded
    return open_once(shown.url())


def test_the_answer_says_what_is_real_and_what_is_undecided(page: Page) -> None:
    answer = page.locator(".answer")
    expect(answer.locator(".says-answer")).to_have_text(
        re.compile("^relu and leaky_relu with kaiming_normal: undecided after 3 seeds")
    )
    expect(answer.locator(".says-finding").nth(0)).to_have_text(
        re.compile("^More seeds may tell: launch.py resume real.* --decide 10$")
    )
    expect(answer.locator(".says-finding").nth(1)).to_have_text(
        "Best for relu: kaiming_normal, +0.070 over xavier_normal (better on 3 of 3 seeds): real."
    )


def test_the_leaderboard_shares_places_and_shows_every_seed(page: Page) -> None:
    rows = window(page, "leaderboard").locator("tbody tr")
    expect(rows.nth(0)).to_contain_text("1–2")
    expect(rows.nth(3)).to_contain_text("3–4")
    dots = rows.nth(0).get_by_role("img", name="3 seeds: 0.9312, 0.9290, 0.9341")
    expect(dots.locator("circle")).to_have_count(3)
    difference = rows.nth(2).locator(".delta-cell span").first
    expect(difference).to_have_attribute("title", re.compile("95 % interval.*0 of 3 seeds"))


def test_a_window_says_which_setting_matters(page: Page) -> None:
    matters = window(page, "importance")
    matters.scroll_into_view_if_needed()
    expect(matters).to_contain_text("test accuracy of 4 choices")
    expect(matters).to_contain_text("init")
    expect(matters.get_by_role("group", name="which setting matters")).to_be_visible()
    expect(matters.get_by_role("button", name="Zoom in")).to_have_count(1)
    expect(matters.get_by_role("button", name="Share")).to_have_count(0)
