"""The launcher and its page together: a person starts a comparison and watches it in a browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.support.chromium import Faults
from tests.support.few import STEPS as EPOCH
from tests.support.few import TRAIN, few
from tests.support.invented import invent
from tests.support.launching import Launch, Launched, until
from tests.support.paced import paced
from tests.support.page import (
    LAST_STEP,
    LOST_SERVER,
    chart,
    connection,
    lines,
    plot_shows,
    scroll_to,
    wait_for_windows,
    when,
    window,
    zoom,
)
from tests.support.reading import until_the_test_ends

OpenPage = Callable[[str], Page]
COMPARISON = ["--experiment", "exp", "--workers", "2", "--no-browser"]
QUICK = ["--activation", "relu", "tanh", "--init", "kaiming_normal"]
STEPS = 200


def slow(folder: Path) -> list[str]:
    """Flags of two runs, named by their initialisations, of 200 steps and 8 s an epoch."""
    inits = ["--init", "xavier_uniform", "kaiming_normal"]
    return [*paced(folder), *inits, "--batch-size", str(TRAIN // STEPS), *COMPARISON]


def url_of(launched: Launched, run: str = "compare") -> str:
    """The address of a page, once something has been drawn there."""
    until(lambda: launched.url, 60)
    until(lambda: f"exp_{run}" in environments(launched))
    return launched.url.replace("exp_compare", f"exp_{run}")


def environments(launched: Launched) -> str:
    try:
        return requests.post(f"{launched.url.split('/env/')[0]}/env_state", json={}, timeout=5).text
    except requests.RequestException:
        return ""


def fits(page: Page, browser: str) -> None:
    for name in ("train_loss", "test_accuracy", "leaderboard"):
        assert in_view(page, name), f"{name} is cut off in {browser}"


def in_view(page: Page, name: str) -> bool:
    """Whether a window is on the screen from top to bottom."""
    box = window(page, name).bounding_box()
    return bool(box) and box["y"] >= 0 and box["y"] + box["height"] <= 900  # type: ignore[index]


@pytest.mark.smoke
def test_the_compare_page_grows_live_and_fits_the_screen(
    launch: Launch, open_page: OpenPage, tmp_path: Path
) -> None:
    launched = launch(*slow(tmp_path), "--epochs", "1")
    page = open_page(url_of(launched))
    when(page, f"() => ({LAST_STEP})() > 20")
    first = page.evaluate(LAST_STEP)
    when(page, f"() => ({LAST_STEP})() > {first}")
    fits(page, "the first browser")
    page.goto("about:blank")  # what nobody looks at is not drawn on
    page = open_page(launched.url)
    when(page, f"() => ({LAST_STEP})() > {first}")
    fits(page, "a later browser")
    launched.says("stays up", 90)
    when(page, f"() => ({LAST_STEP})() == {STEPS}")
    page.get_by_role("link", name="kaiming_normal").first.click()
    when(page, "() => location.pathname.includes('exp_kaiming_normal')")
    when(page, f"() => ({LAST_STEP})() == {STEPS}")
    wait_for_windows(page, ("train_loss", "config"))


def test_a_training_ends_on_the_page_of_all_runs_and_on_a_runs_own(
    launch: Launch, open_page: OpenPage, tmp_path: Path
) -> None:
    launched = launch(*few(tmp_path), *QUICK, *COMPARISON, "--epochs", "2")
    page = open_page(url_of(launched, "relu"))
    for name in ("x", "pred"):
        scroll_to(page, name)
    expect(window(page, "x").locator("img")).to_be_visible(timeout=60_000)
    expect(window(page, "pred")).to_contain_text(f"wrong at step {2 * EPOCH}", timeout=60_000)
    for name in ("train_loss", "test", "x", "pred", "config"):
        request = {"eid": "exp_relu", "win": name}
        base = launched.url.split("/env/")[0]
        assert requests.post(f"{base}/win_exists", json=request, timeout=5).text == "true"
    axes = chart(page, "test").locator(".ytitle, .y2title")
    expect(axes).to_have_text(["test loss", "test accuracy"])
    page.goto(url_of(launched))
    expect(window(page, "answer")).to_contain_text("2 of 2 runs ended", timeout=90_000)
    for name in ("train_loss", "test_accuracy", "delta"):
        plot_shows(page, name, "plot.data.some(t => t.meta.role === 'line' && t.x.length > 0)")
    plot_shows(page, "signal", "plot.data.length > 0 && plot._fullData.length > 0")
    expect(window(page, "predictions").locator("tbody tr")).to_have_count(16)
    launched.says("stays up", 60)


@pytest.mark.faults
def test_an_open_page_reconnects_by_itself_after_the_server_was_killed(
    launch: Launch, open_page: OpenPage, faults: Faults, tmp_path: Path
) -> None:
    faults.expected += LOST_SERVER
    launched = launch(*slow(tmp_path), "--epochs", "1000")
    page = open_page(url_of(launched))
    when(page, f"() => ({LAST_STEP})() > 20")
    before = page.evaluate(LAST_STEP)
    launched.processes("dashboard.server.app")[0].kill()
    when(page, f"() => ({LAST_STEP})() > {before} + 20")
    starts = [line["x"][0] for line in lines(page, "train_loss")]
    assert starts
    assert max(starts) < 20, "what was drawn before is gone"


@pytest.mark.faults
def test_a_killed_server_leaves_what_a_person_chose_and_where_they_read(
    launch: Launch, open_page: OpenPage, faults: Faults, tmp_path: Path
) -> None:
    """The page of a record of the past: selection, axis, zoom and scrolling over a new server."""
    faults.expected += LOST_SERVER
    invent(tmp_path / "runs" / "exp", {"activation": ["relu", "tanh", "gelu"]})
    until_the_test_ends.close()  # the record is read by the launcher alone
    launched = launch("view", "exp", "--no-browser")
    page = open_page(url_of(launched))
    connection(page, "ended")
    page.locator(".chip", has_text="tanh").click()
    page.get_by_role("button", name="x: epochs").click()
    zoom(page, "train_loss")
    page.evaluate("() => window.scrollTo(0, 60)")
    before = settled(page)
    assert before[0] == ["gelu", "relu"]
    assert page.evaluate("() => window.scrollY")
    for server in launched.processes("dashboard.server.app"):
        server.kill()
    connection(page, "offline")
    connection(page, "ended")
    window(page, "answer").get_by_text("ended").wait_for()
    assert chosen(page) == before


def settled(page: Page) -> list[object]:
    """What is chosen once nothing moves any more: the rows above grow and shrink with choices."""
    looks = [chosen(page)]

    def still() -> bool:
        looks.append(chosen(page))
        return looks[-8:] == looks[-1:] * 8

    until(still)
    return looks[-1]


def chosen(page: Page) -> list[object]:
    """The runs that are seen, where on the screen their loss stands, the zoomed axis, the address.

    How far the page is scrolled says less: when a sentence above grows or shrinks by a line, the
    browser scrolls by as much, and what a person reads stays where it is.
    """
    plot = window(page, "train_loss").locator(".js-plotly-plot")  # without scrolling to it
    names = "[...new Set(plot.data.flatMap(trace => trace.meta.names))].sort()"
    runs = plot.evaluate(f"plot => {names}")
    axis = plot.evaluate("plot => plot._fullLayout.xaxis.range")
    place = plot.evaluate("plot => Math.round(plot.getBoundingClientRect().top)")
    return [runs, place, axis, page.url]
