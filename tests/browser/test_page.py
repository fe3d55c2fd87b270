"""Visdom's page as we host it: clean, closed to other hosts, and back by itself after a loss."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from dashboard.server.process import Server
from tests.support.chromium import Faults
from tests.support.servers import serving

WINDOWS = ("train_loss", "test_loss", "test_accuracy")
# A laptop sleeps for longer: CUT_OFF_S=60 pytest … tries it.
CUT_OFF_S = float(os.environ.get("CUT_OFF_S", "2"))
LOST_SERVER = ["WebSocket", "/trainboard/alive", "net::ERR_"]  # what a page may say of one
OpenPage = Callable[[str], Page]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(8400, tmp_path / "server.log") as server:
        yield server


@pytest.fixture
def locked_server(tmp_path: Path) -> Iterator[Server]:
    log = tmp_path / "server.log"
    server = Server(
        "127.0.0.1", 8400, named_port=False, log_path=log, username="ada", password="lovelace"
    )
    with server:
        server.wait_ready()
        yield server


def post(server: Server, window: str, kind: str = "plot", text: str = "", **options: int) -> None:
    data: list[dict[str, object]] = [{"type": "text", "content": text}]
    if kind == "plot":
        data = [{"type": "scatter", "x": [1, 2, 3], "y": [3, 1, 2], "name": text}]
    body: dict[str, object] = {"eid": "exp_compare", "win": window, "data": data}
    body |= {"layout": {"title": text}, "opts": {"title": window, **options}}
    request = Request(server.url + "/events", json.dumps(body).encode(), server.headers)
    urlopen(request, timeout=5).close()


def draw(server: Server, text: str) -> None:
    for window in WINDOWS:
        post(server, window, text=text, width=450, height=300)
    post(server, "leaderboard", "text", f"<table><tr><td>{text}</td></tr></table>")


def shows(page: Page, text: str, within_s: float = 15) -> None:
    """Wait until every plot and the table show `text`."""
    timeout_ms = within_s * 1000
    expect(page.locator(".gtitle", has_text=text)).to_have_count(len(WINDOWS), timeout=timeout_ms)
    expect(page.locator(".content-text td", has_text=text)).to_have_count(1, timeout=timeout_ms)


def opened(server: Server, open_page: OpenPage) -> Page:
    """A page that shows what was drawn before it was opened."""
    draw(server, "before")
    page = open_page(server.url + "/env/exp_compare")
    shows(page, "before")
    return page


def restart(server: Server) -> None:
    while not server.restart_if_dead():
        time.sleep(0.02)
    server.wait_ready()


def test_the_page_opens_without_a_fault_and_asks_no_other_host(
    server: Server, open_page: OpenPage
) -> None:
    draw(server, "first")
    page = open_page(server.url + "/env/exp_compare")
    shows(page, "first")
    expect(page.locator(".visdom-title")).to_have_text("Trainboard")
    expect(page).to_have_title("exp_compare · Trainboard")
    page.wait_for_load_state("networkidle")


def test_windows_get_the_width_that_they_ask_for_on_any_screen(
    server: Server, open_page: OpenPage
) -> None:
    draw(server, "first")
    page = open_page(server.url + "/env/exp_compare")
    shows(page, "first")
    box = page.locator(".react-grid-item").first.bounding_box()
    assert box
    assert box["width"] == pytest.approx(450, abs=3)


def test_a_text_window_cannot_run_a_script(
    server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = ["Content Security Policy"]
    attack = "<img src='data:,' onerror='window.attacked = true'><td>done</td>"
    post(server, "attack", "text", attack)
    page = open_page(server.url + "/env/exp_compare")
    expect(page.locator(".content-text")).to_contain_text("done")
    page.locator(".content-text img").wait_for(state="attached")
    page.evaluate("() => new Promise(done => setTimeout(done, 200))")
    assert page.evaluate("() => window.attacked === undefined")


def test_a_page_comes_back_within_three_seconds_of_a_killed_server(
    server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = LOST_SERVER
    page = opened(server, open_page)
    page.evaluate("() => { window.survived = true; }")
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    killed_s = time.monotonic()
    restart(server)
    draw(server, "after")
    shows(page, "after")
    assert time.monotonic() - killed_s < 3
    assert page.evaluate("() => window.survived"), "the page was reloaded: its scrolling is lost"
    draw(server, "live again")
    shows(page, "live again")


def test_a_page_shows_windows_that_are_drawn_after_it_came_back(
    server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = LOST_SERVER
    page = opened(server, open_page)
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    expect(page.locator(".navbar-form .btn-danger")).to_have_text("offline")
    restart(server)
    expect(page.locator(".navbar-form .btn-success")).to_have_text("online")
    draw(server, "after")
    shows(page, "after")


def test_a_silent_connection_is_noticed_and_replaced(
    server: Server, open_page: OpenPage, faults: Faults
) -> None:
    """A stopped server is what a page sees of a laptop's sleep: open, and dead."""
    faults.expected = LOST_SERVER
    page = opened(server, open_page)
    assert server.pid
    os.kill(server.pid, signal.SIGSTOP)
    expect(page.locator(".navbar-form .btn-danger")).to_have_text("offline", timeout=12_000)
    os.kill(server.pid, signal.SIGCONT)
    expect(page.locator(".navbar-form .btn-success")).to_have_text("online")
    draw(server, "after")
    shows(page, "after")


def test_a_page_that_was_cut_off_recovers_alone_and_shows_what_it_missed(
    server: Server, open_page: OpenPage, faults: Faults
) -> None:
    """As with a laptop whose network is gone while the training goes on elsewhere."""
    faults.expected = LOST_SERVER
    page = opened(server, open_page)
    page.context.set_offline(True)
    expect(page.locator(".navbar-form .btn-danger")).to_have_text("offline", timeout=12_000)
    draw(server, "missed")
    page.wait_for_timeout(CUT_OFF_S * 1000)
    expect(page.locator(".content-text td", has_text="missed")).to_have_count(0)
    page.context.set_offline(False)
    shows(page, "missed")
    draw(server, "live again")
    shows(page, "live again")


def test_an_environment_that_comes_later_appears_without_a_reload_by_hand(
    server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = ["404"]
    page = open_page(server.url + "/env/exp_compare")
    expect(page.locator("body")).to_contain_text("looks again")
    draw(server, "at last")
    shows(page, "at last")


def test_a_person_logs_in_and_lands_on_the_page_that_was_asked_for(
    locked_server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = ["401"]
    draw(locked_server, "secret")
    page = open_page(locked_server.url + "/env/exp_compare")
    for password in ("wrong", "lovelace"):
        page.fill("[name=username]", "ada")
        page.fill("[name=password]", password)
        page.click("button")
        if password == "wrong":
            expect(page.locator("p")).to_contain_text("not the user name and password")
    shows(page, "secret")
    assert page.url == locked_server.url + "/env/exp_compare"


def test_a_person_logs_out_by_a_button_on_the_page(
    locked_server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = ["401", *LOST_SERVER]
    draw(locked_server, "secret")
    page = open_page(locked_server.url + "/env/exp_compare")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", "lovelace")
    page.click("button")
    shows(page, "secret")
    page.click("text=log out")
    expect(page.locator("[name=password]")).to_be_visible()
    page.goto(locked_server.url + "/env/exp_compare")
    expect(page.locator("[name=password]")).to_be_visible()


def test_a_window_of_the_board_that_a_page_closed_is_there_for_everybody_else(
    server: Server, open_page: OpenPage
) -> None:
    page = opened(server, open_page)
    pane = page.locator(".react-grid-item", has=page.locator(".content-text"))
    pane.locator("button[title=close], button.pull-left").first.click()
    expect(page.locator(".content-text")).to_have_count(0)
    shows(open_page(server.url + "/env/exp_compare"), "before")
    page.reload()
    shows(page, "before")


def test_a_login_outlives_a_killed_server(
    locked_server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = LOST_SERVER
    draw(locked_server, "before")
    page = open_page(locked_server.url + "/env/exp_compare")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", "lovelace")
    page.click("button")
    shows(page, "before")
    assert locked_server.pid
    os.kill(locked_server.pid, signal.SIGKILL)
    restart(locked_server)
    draw(locked_server, "after")
    shows(page, "after")
