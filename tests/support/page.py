"""Our page as tests find their way on it: windows by name, plots, and what a plot has drawn.

The page draws a window only while it is on the screen, so whoever asks of a plot scrolls to it.
Nothing here waits for a time; what a test expects is the test's.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.chromium import SIZE

LOST_SERVER = ["WebSocket", "/trainboard/alive", "/env/", "net::ERR_"]
"""Pieces of what a browser says of a server that is gone."""

LAST_STEP = """() => Math.max(0, ...[...document.querySelectorAll('.js-plotly-plot')]
    .flatMap(plot => plot.data || [])
    .filter(trace => (trace.mode || '').startsWith('lines'))
    .flatMap(trace => trace.x || [])
    .filter(Number.isFinite))"""
"""The last step that any plot has drawn a line to."""


POLL_MS = 100.0
"""Between two looks at a page; looking at every frame costs as much as the page itself."""


def when(page: Page, condition: str, arg: Any = None) -> None:
    """Wait until a function of JavaScript gives true on the page."""
    page.wait_for_function(condition, arg=arg, polling=POLL_MS)


def as_opened(page: Page, url: str) -> None:
    """Make a page as it was when the address was opened, for the next test that has it.

    What was chosen stands in the address, and the page reads that anew as after the browser's back
    button. What is stored, moved or zoomed stays: a test of that has a page of its own.
    """
    page.keyboard.press("Escape")
    page.mouse.move(-10, -10)
    page.set_viewport_size(SIZE)
    if page.url.partition("?")[0] != url.partition("?")[0]:
        page.goto(url)
    else:
        page.evaluate(BACK, url)


BACK = """url => {
    document.activeElement?.blur();
    scrollTo(0, 0);
    history.replaceState(null, '', url);
    dispatchEvent(new PopStateEvent('popstate'));
}"""


def count(page: Page) -> Locator:
    """The words beside the chips that say how many runs are seen."""
    return page.locator(".controls .count")


def chip(page: Page, value: str) -> Locator:
    """The button that takes the runs with this value out, and back."""
    return page.locator(".chip", has_text=re.compile(f"^{re.escape(value)}$"))


def window(page: Page, name: str) -> Locator:
    """The window of this name; none while it has not come."""
    return page.locator(f"article.window[data-window={json.dumps(name)}]")


def window_titled(page: Page, title: str) -> Locator:
    """The window whose bar says this: for windows that are named by a person's own series."""
    heading = page.get_by_role("heading", name=title, exact=True, level=3)
    return page.locator("article.window", has=heading)


def wait_for_windows(page: Page, names: Iterable[str]) -> None:
    for name in names:
        expect(window(page, name)).to_be_attached()


def scroll_to(page: Page, name: str) -> None:
    """Bring a window onto the screen, in whose place another may be put at any moment."""
    expect(window(page, name)).to_be_attached()
    page.evaluate(
        "name => document.querySelector(`[data-window=${CSS.escape(name)}]`).scrollIntoView()", name
    )


def chart(page: Page, name: str) -> Locator:
    """Plotly's element of a window that shows a plot."""
    scroll_to(page, name)
    return window(page, name).locator(".js-plotly-plot")


def of_plot(page: Page, name: str, read: str) -> Any:
    """What a JavaScript expression over `plot`, the window's Plotly element, gives."""
    return chart(page, name).evaluate(f"plot => {read}")


def plot_shows(page: Page, name: str, read: str) -> None:
    """Wait until the expression over `plot` is true."""
    when(page, f"plot => {read}", chart(page, name).element_handle())


CONTENT = ".main-svg, table, img, pre, p:not(.trouble)"


def is_drawn(page: Page, name: str) -> None:
    """Wait until the window shows what a person would call its content, and no trouble."""
    scroll_to(page, name)
    content = window(page, name).locator(CONTENT).filter(visible=True)
    expect(content.first).to_be_visible()
    expect(window(page, name).locator(".trouble")).to_be_hidden()
    expect(window(page, name)).not_to_contain_text("could not be drawn")


def lines(page: Page, name: str) -> list[dict[str, Any]]:
    """The lines that a plot shows: {names of their runs, text, x, y}, grey ones too."""
    read = """plot.data.filter(t => (t.meta?.role ?? 'line') === 'line')
        .map(t => ({names: t.meta?.names, text: t.name, x: [...t.x], y: [...t.y]}))"""
    shown: list[dict[str, Any]] = of_plot(page, name, read)
    return shown


def drag(page: Page, name: str, start: float, end: float, down: float = 0.0) -> None:
    """Drag over a share of a plot's width, and of its height when `down` is given."""
    area = chart(page, name).locator(".nsewdrag").first.bounding_box()
    assert area
    top = area["y"] + area["height"] * (0.2 if down else 0.5)
    page.mouse.move(area["x"] + area["width"] * start, top)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * end, top + area["height"] * down, steps=6)
    page.mouse.up()


def zoom(page: Page, name: str) -> None:
    """Zoom as a person does: draw along the middle third of a plot; wait until it shows that."""
    before = of_plot(page, name, "plot._fullLayout.xaxis.range")
    drag(page, name, 1 / 3, 2 / 3)
    plot_shows(page, name, f"plot._fullLayout.xaxis.range[0] > {before[0]}")


def connection(page: Page, state: str) -> None:
    """Wait until the bar says `state` of the line to the server: live, ended, offline."""
    expect(page.locator(".connection")).to_have_attribute("data-state", state)
