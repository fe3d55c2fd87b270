"""Our page as we serve it: clean, closed to other hosts and to scripts, behind its login."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.server.process import Server
from tests.support.chromium import VISDOM_NOISE, Faults, new_page
from tests.support.launching import until
from tests.support.page import LOST_SERVER, window
from tests.support.posted import ENVIRONMENT, close, draw, post, shows
from tests.support.servers import serving

OpenPage = Callable[[str], Page]


@pytest.fixture(scope="module")
def locked_server(
    shared_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One for the tests of this file, which log in and out and leave it as it is."""
    log = tmp_path_factory.mktemp("locked") / "server.log"
    port = shared_server.port + 1
    with serving(port, log, username="ada", password="lovelace") as server:
        yield server


def log_in(page: Page, password: str) -> None:
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", password)
    page.click("button")


def test_the_page_opens_without_a_fault_and_asks_no_other_host(
    server: Server, open_page: OpenPage
) -> None:
    draw(server, "first")
    page = open_page(f"{server.url}/env/{ENVIRONMENT}")
    shows(page, "first")
    expect(page.locator("header a", has_text="Trainboard")).to_have_attribute("href", "/")
    expect(page).to_have_title("exp_compare · Trainboard")
    page.wait_for_load_state("networkidle")


DOINGS = {
    "404": "fetch('/trainboard/page/js/nowhere.js')",
    "Content Security Policy": "fetch('http://example.com/')",
    "thrown for a test": "setTimeout(() => { throw new Error('thrown for a test'); })",
    "only warned": "console.warn('only warned')",
    "chrome-error": "open('http://example.com/', '_self')",  # which leaves the page
}


def test_what_goes_wrong_on_a_page_is_noticed_by_these_tests(
    server: Server, browser: Browser
) -> None:
    page, faults = new_page(browser), Faults()
    faults.watch(page)
    page.goto(f"{server.url}/")
    for fault, doing in DOINGS.items():
        assert not any(fault in text for text in faults.seen)
        page.evaluate(f"() => {{ {doing}; }}")
        until(lambda: [page.title()] and any(fault in text for text in faults.seen))  # noqa: B023
    page.context.close()


@pytest.mark.parametrize("path", ["/env/", "/visdom/env/"])
def test_a_text_window_cannot_run_a_script(
    server: Server, open_page: OpenPage, faults: Faults, path: str
) -> None:
    faults.expected = ["Content Security Policy", *VISDOM_NOISE]
    attack = "<img src='data:,' onerror='window.attacked = true'><td>done</td>"
    post(server, "attack", "text", attack)
    page = open_page(f"{server.url}{path}{ENVIRONMENT}")
    text = page.locator(".content-text")
    expect(text).to_contain_text("done")
    text.locator("img").wait_for(state="attached")
    page.evaluate("() => new Promise(done => setTimeout(done, 200))")
    assert page.evaluate("() => window.attacked === undefined")


def test_an_environment_whose_windows_all_went_is_waited_for_again(
    server: Server, open_page: OpenPage
) -> None:
    post(server, "leaderboard", "text", "there")
    page = open_page(f"{server.url}/env/{ENVIRONMENT}")
    expect(window(page, "leaderboard")).to_contain_text("there")
    said = page.get_by_text("There are no windows of exp_compare now")
    expect(said).to_have_count(0)
    close(server, "leaderboard")
    expect(said).to_be_visible()


def test_a_window_that_a_person_hid_is_there_for_everybody_else(
    server: Server, open_page: OpenPage
) -> None:
    draw(server, "before")
    page = open_page(f"{server.url}/env/{ENVIRONMENT}")
    shows(page, "before")
    page.keyboard.press("e")
    page.get_by_role("button", name="hide: leaderboard").click()
    expect(window(page, "leaderboard")).to_be_hidden()
    shows(open_page(f"{server.url}/env/{ENVIRONMENT}"), "before")


def test_a_person_logs_in_and_lands_on_the_page_that_was_asked_for(
    locked_server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = ["401"]
    draw(locked_server, "secret")
    page = open_page(f"{locked_server.url}/env/{ENVIRONMENT}")
    log_in(page, "wrong")
    expect(page.locator("p")).to_contain_text("not the user name and password")
    log_in(page, "lovelace")
    shows(page, "secret")
    assert page.url == f"{locked_server.url}/env/{ENVIRONMENT}"


def test_a_person_logs_out_by_a_button_on_the_page(
    locked_server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = ["401", *LOST_SERVER]
    draw(locked_server, "secret")
    page = open_page(f"{locked_server.url}/env/{ENVIRONMENT}")
    log_in(page, "lovelace")
    shows(page, "secret")
    page.click("text=log out")
    expect(page.locator("[name=password]")).to_be_visible()
    page.goto(f"{locked_server.url}/env/{ENVIRONMENT}")
    expect(page.locator("[name=password]")).to_be_visible()
