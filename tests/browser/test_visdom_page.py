"""Visdom's own page below /visdom/: every window of ours, live, and no script of ours."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.record.recorder import Recorder
from dashboard.server.process import Server
from dashboard.windows.compare_windows import compare_windows
from dashboard.windows.run_windows import run_windows
from tests.support.chromium import VISDOM_NOISE, Faults
from tests.support.drawn import Drawn
from tests.support.invented import EVERY, STEPS, accuracy, evaluate, invent
from tests.support.posted import ENVIRONMENT, post

OpenPage = Callable[[str], Page]
GRID = {"activation": ["relu", "tanh"], "init": ["normal", "zeros"]}
LATE = 3  # the place of the run that begins later


@pytest.fixture
def drawn(folder: Path, server: Server, faults: Faults) -> Drawn:
    faults.expected = VISDOM_NOISE
    shown = Drawn(invent(folder, GRID, {"tanh-zeros": "queued"}), server)
    shown.draw()
    return shown


def titled(page: Page, title: str) -> Locator:
    bar = page.locator(".bar > div.pull-right").filter(has=page.get_by_text(title, exact=True))
    return page.locator(".window", has=bar)


@pytest.mark.parametrize("run", [None, "relu-normal"], ids=["all runs", "a run"])
def test_visdoms_own_page_shows_every_window_of_ours(
    drawn: Drawn, open_page: OpenPage, run: str | None
) -> None:
    entries = run_windows(drawn.experiment.runs[0]) if run else compare_windows(drawn.experiment)
    titles = [entry.title for entry in entries.values()]
    page = open_page(drawn.url(run, "/visdom/env/"))
    expect(page.locator(".window")).to_have_count(len(titles))
    bars = page.locator(".window .bar > div.pull-right").all_inner_texts()
    assert sorted(bar.strip() for bar in bars) == sorted(titles)
    for window in page.locator(".window").all():
        content = window.locator(".content")
        content.scroll_into_view_if_needed()
        seen = content.locator(".main-svg, img, table, p, pre, td")
        expect(seen.first).to_be_visible()
        expect(content).not_to_contain_text("could not be drawn")


def test_visdoms_own_page_follows_the_record_without_a_script_of_ours(
    drawn: Drawn, open_page: OpenPage
) -> None:
    page = open_page(drawn.url(path="/visdom/env/"))
    board = titled(page, "leaderboard")
    expect(board).to_contain_text("queued")
    has_no_script_of_ours(page)
    with Recorder(drawn.experiment.record.folder, "tanh-zeros") as run:
        run.expect(STEPS, EVERY)
        evaluate(run, LATE, EVERY)
        run.flush()
        drawn.draw()
        expect(board).to_contain_text(f"{accuracy(LATE, EVERY):.4f}")
        expect(titled(page, "answer").or_(titled(page, "the answer"))).to_contain_text("3 of 4")


def has_no_script_of_ours(page: Page) -> None:
    sources = page.locator("script, link").evaluate_all(
        "all => all.map(e => e.src || e.href || '')"
    )
    assert sources
    assert [source for source in sources if "/trainboard/" in source] == []
    assert page.evaluate("() => typeof window.trainboard") == "undefined"
    written = page.locator("script:not([src])").all_inner_texts()
    assert [text for text in written if "/trainboard/" in text or "import" in text] == []


def test_a_window_of_ours_that_visdoms_page_closed_is_there_for_everybody_else(
    server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = VISDOM_NOISE
    post(server, "leaderboard", "text", "all of it")
    address = f"{server.url}/visdom/env/{ENVIRONMENT}"
    page = open_page(address)
    page.locator("button[title=close]").first.click()
    expect(page.locator(".content-text")).to_have_count(0)
    expect(open_page(address).locator(".content-text")).to_have_text("all of it")
    page.reload()
    expect(page.locator(".content-text")).to_have_text("all of it")
