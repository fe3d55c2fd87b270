"""The launcher and its page together: a person starts a comparison and watches it in a browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page

from tests.support.chromium import Faults
from tests.support.launching import Launch, Launched, until

OpenPage = Callable[[str], Page]
COMPARISON = ["--activation", "relu", "tanh", "--init", "xavier_uniform", "--no-browser",
              "--experiment", "exp", "--workers", "2"]  # fmt: skip
LAST_STEP = """() => Math.max(0, ...[...document.querySelectorAll('.js-plotly-plot')]
    .flatMap(plot => plot.data || [])
    .filter(trace => (trace.mode || '').startsWith('lines') && trace.x && trace.x.length)
    .map(trace => trace.x[trace.x.length - 1]))"""
TITLES = "() => [...document.querySelectorAll('.bar')].map(bar => bar.innerText)"


def launched_page(
    launch: Launch, open_page: OpenPage, *flags: str, run: str = ""
) -> tuple[Launched, Page]:
    launched = launch(*COMPARISON, *flags)
    until(lambda: launched.url, 60)
    url = launched.url.replace("exp_compare", f"exp_{run}") if run else launched.url
    until(lambda: f"exp_{run or 'compare'}" in environments(launched), 30)
    return launched, open_page(url)


def environments(launched: Launched) -> str:
    try:
        return requests.post(f"{launched.url.split('/env/')[0]}/env_state", json={}, timeout=5).text
    except requests.RequestException:
        return ""


def in_view(page: Page, title: str) -> bool:
    """Whether a window of this title is on the screen from top to bottom."""
    box = page.locator(".window", has=page.locator(".bar", has_text=title)).first.bounding_box()
    return bool(box) and box["y"] >= 0 and box["y"] + box["height"] <= 900  # type: ignore[index]


@pytest.mark.smoke
def test_the_compare_page_grows_live_and_fits_the_screen(
    launch: Launch, open_page: OpenPage, tmp_path: Path
) -> None:
    launched, page = launched_page(launch, open_page, "--epochs", "4")
    page.wait_for_function(f"() => ({LAST_STEP})() > 20")
    first = page.evaluate(LAST_STEP)
    page.wait_for_function(f"() => ({LAST_STEP})() > {first}")
    for browser in ("the first", "a later one"):
        for title in ("train loss", "test accuracy", "leaderboard"):
            assert in_view(page, title), f"{title} is cut off in {browser} browser"
        page = open_page(launched.url)
        page.wait_for_function(f"() => ({LAST_STEP})() > {first}")
    page.screenshot(path=tmp_path / "compare.png")
    launched.says("stays up", 90)
    page.wait_for_function(f"() => ({LAST_STEP})() == 1200")
    page.get_by_role("link", name="relu").first.click()
    page.wait_for_function("() => location.pathname.includes('exp_relu')")
    page.wait_for_function(f"() => ({LAST_STEP})() == 1200")
    assert {"train loss", "config"} <= {t.strip().splitlines()[-1] for t in page.evaluate(TITLES)}


def test_a_runs_page_shows_the_notes_windows(launch: Launch, open_page: OpenPage) -> None:
    launched, page = launched_page(launch, open_page, "--epochs", "1", run="relu")
    page.wait_for_selector("img.content-image")
    page.wait_for_function("() => document.body.innerText.includes('wrong at step 300')")
    for name in ("train_loss", "test", "x", "pred", "config"):
        request = {"eid": "exp_relu", "win": name}
        base = launched.url.split("/env/")[0]
        assert requests.post(f"{base}/win_exists", json=request, timeout=5).text == "true"
    axes = page.evaluate("() => [...document.querySelectorAll('.ytitle, .y2title')]"
                         ".map(title => title.textContent)")  # fmt: skip
    assert "test loss (mean per sample)" in axes
    assert "test accuracy" in axes
    launched.says("stays up", 60)


@pytest.mark.faults
def test_an_open_page_reconnects_by_itself_after_the_server_was_killed(
    launch: Launch, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected += ["ERR_", "WebSocket", "failed: "]
    launched, page = launched_page(launch, open_page, "--epochs", "1000")
    page.wait_for_function(f"() => ({LAST_STEP})() > 20")
    before = page.evaluate(LAST_STEP)
    launched.processes("dashboard.server.app")[0].kill()
    page.wait_for_function(f"() => ({LAST_STEP})() > {before} + 300")
    starts = page.evaluate("""() => [...document.querySelectorAll('.js-plotly-plot')]
        .flatMap(plot => plot.data || [])
        .filter(trace => (trace.mode || '').startsWith('lines') && trace.name && trace.x.length)
        .map(trace => trace.x[0])""")
    assert starts
    assert max(starts) <= 64
