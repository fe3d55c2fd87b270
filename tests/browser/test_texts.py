"""Texts of people in plots: seen as they are written, never as links, markup or formulas."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.record.recorder import Recorder
from dashboard.server.process import Server
from tests.support.chromium import VISDOM_NOISE, Faults
from tests.support.drawn import Drawn
from tests.support.invented import invent
from tests.support.launching import until

LINK = '<a href="https://evil.invalid/">x</a><b>'
FORMULA = "$\\href{https://evil.invalid/}{x}$"
LINKS = """() => [...document.getElementsByTagName('*')]
    .flatMap(element => [...element.attributes])
    .filter(at => at.name.endsWith('href') && at.value.startsWith('https://evil'))
    .map(at => at.value)"""
OpenPage = Callable[[str], Page]


def seen(page: Page, text: str) -> bool:
    """Whether a plot shows the text. The page is scrolled on: a plot is drawn when it is seen."""
    page.mouse.wheel(0, 400)
    return page.locator(".js-plotly-plot text").filter(has_text=text).count() > 0


@pytest.mark.parametrize("path", ["/env/", "/visdom/env/"])
@pytest.mark.parametrize("run", [None, "late"], ids=["all runs", "a run"])
def test_a_link_in_a_setting_or_a_series_is_seen_as_it_is_written(
    folder: Path,
    server: Server,
    open_page: OpenPage,
    faults: Faults,
    run: str | None,
    path: str,
) -> None:
    experiment = invent(folder, {"activation": [LINK, FORMULA], "init": ["a", LINK]})
    with Recorder(folder, "late", {"activation": "late", "init": "b"}) as recorder:
        recorder.scalars("train_loss", 1, [1.0, 0.5])
        for series in (f"mine/{LINK}", f"mine/{FORMULA}", f"signal/preactivation_std/{LINK}"):
            recorder.scalar(series, 1, 1.0)
    drawn = Drawn(experiment, server)
    drawn.draw()
    faults.expected = VISDOM_NOISE if path.startswith("/visdom") else []
    page = open_page(drawn.url(run, path))
    for text in (LINK, FORMULA):
        until(partial(seen, page, text), 30, f"{text} being seen as it is")
    page.evaluate("() => window.MathJax?.startup?.promise")  # Visdom 0.3.0 sets formulas in texts
    assert page.evaluate(LINKS) == []
    expect(page.locator("mjx-container")).to_have_count(0)
