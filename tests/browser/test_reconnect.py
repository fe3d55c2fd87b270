"""Our page comes back by itself after a killed server, a silent line, a network that was gone."""

import os
import signal
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from dashboard.server.process import Server
from tests.support.chromium import Faults
from tests.support.page import LOST_SERVER, connection, window
from tests.support.posted import ENVIRONMENT, close, draw, post, shows

# A laptop sleeps for longer: CUT_OFF_S=60 pytest … tries it. Chromium, told to be offline, takes a
# whole core for as long as a page has a WebSocket.
CUT_OFF_S = float(os.environ.get("CUT_OFF_S", "0.5"))
OpenPage = Callable[[str], Page]


def opened(server: Server, open_page: OpenPage) -> Page:
    """A page that shows what was drawn before it was opened."""
    draw(server, "before")
    page = open_page(f"{server.url}/env/{ENVIRONMENT}")
    shows(page, "before")
    return page


def kill(server: Server) -> None:
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)


def restart(server: Server) -> None:
    while not server.restart_if_dead():
        time.sleep(0.02)
    server.wait_ready()


@pytest.mark.alone
def test_a_page_comes_back_within_three_seconds_of_a_killed_server(
    own_server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = LOST_SERVER
    page = opened(own_server, open_page)
    page.evaluate("() => { window.survived = true; }")
    kill(own_server)
    killed_s = time.monotonic()
    restart(own_server)
    draw(own_server, "after")
    shows(page, "after")
    assert time.monotonic() - killed_s < 3
    assert page.evaluate("() => window.survived"), "the page was reloaded: its scrolling is lost"
    draw(own_server, "live again")
    shows(page, "live again")


def test_a_page_shows_windows_that_are_drawn_after_it_came_back(
    own_server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = LOST_SERVER
    page = opened(own_server, open_page)
    kill(own_server)
    connection(page, "offline")
    restart(own_server)
    connection(page, "online")
    draw(own_server, "after")
    shows(page, "after")


def test_a_silent_connection_is_noticed_and_replaced(
    server: Server, open_page: OpenPage, faults: Faults
) -> None:
    """A stopped server is what a page sees of a laptop's sleep: open, and dead."""
    faults.expected = LOST_SERVER
    page = opened(server, open_page)
    assert server.pid
    os.kill(server.pid, signal.SIGSTOP)
    try:
        connection(page, "offline")
    finally:
        os.kill(server.pid, signal.SIGCONT)
    connection(page, "online")
    draw(server, "after")
    shows(page, "after")


def test_a_page_that_was_cut_off_says_so_and_recovers_alone_to_what_there_is_by_then(
    server: Server, open_page: OpenPage, faults: Faults
) -> None:
    """As with a laptop whose network is gone while the training goes on elsewhere."""
    faults.expected = LOST_SERVER
    page = opened(server, open_page)
    post(server, "note", "text", "there before")
    expect(window(page, "note")).to_contain_text("there before")
    page.context.set_offline(True)
    connection(page, "offline")
    expect(page.locator(".connection")).to_have_text("offline")
    draw(server, "missed")
    close(server, "note")
    page.wait_for_timeout(CUT_OFF_S * 1000)
    expect(window(page, "leaderboard").locator("td", has_text="missed")).to_have_count(0)
    expect(window(page, "note")).to_be_attached()
    page.context.set_offline(False)
    shows(page, "missed")
    expect(window(page, "note")).to_have_count(0)
    draw(server, "live again")
    shows(page, "live again")


def test_a_login_outlives_a_killed_server(
    locked_server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = ["401", *LOST_SERVER]
    draw(locked_server, "before")
    page = open_page(f"{locked_server.url}/env/{ENVIRONMENT}")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", "lovelace")
    page.click("button")
    shows(page, "before")
    kill(locked_server)
    restart(locked_server)
    draw(locked_server, "after")
    shows(page, "after")
