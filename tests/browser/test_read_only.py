"""A page that `launch.py serve` shows: all of it, without what acts on runs."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.invented import invent
from tests.support.launching import Launch, answers, until
from tests.support.page import window


def test_a_page_that_is_served_shows_everything_but_the_buttons_that_act(
    launch: Launch, open_page: Callable[[str], Page], tmp_path: Path
) -> None:
    invent(tmp_path / "runs" / "exp").record.close()
    launched = launch("serve")
    launched.says("can be looked at")
    until(lambda: answers(launched.url))
    page = open_page(f"{launched.url}env/exp_compare")
    board = window(page, "leaderboard")
    expect(board.locator("tr[data-row]")).to_have_count(4)
    board.locator("tr[data-row]").first.hover()
    expect(page.locator(".row-acts")).to_be_attached()
    expect(page.locator(".row-acts, .acts").filter(visible=True)).to_have_count(0)
