"""The compare page in a browser: every window fills, follows the record, and keeps what was chosen.

The runs' numbers are invented; the record, the board, the server and the browser are real.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.names import environment
from dashboard.record.recorder import Recorder
from dashboard.server.process import Server
from dashboard.windows.compare_windows import compare_windows
from tests.support.drawn import Drawn
from tests.support.invented import EVERY, STEPS, accuracy, evaluate, invent
from tests.support.page import is_drawn, lines, of_plot, plot_shows, window, zoom

OpenPage = Callable[[str], Page]
GRID = {"activation": ["relu", "tanh", "gelu"], "init": ["normal", "zeros", "orthogonal", "ones"]}
STATES = {"gelu-zeros": "diverged", "gelu-orthogonal": "failed", "gelu-ones": "queued"}
LATE = len(GRID["activation"]) * len(GRID["init"]) - 1  # the place of the queued run


@pytest.fixture(scope="module")
def still(new_folder: Callable[[str], Path], shared_server: Server) -> Drawn:
    """An experiment that the tests only look at."""
    drawn = Drawn(invent(new_folder("still"), GRID, STATES), shared_server)
    drawn.draw()
    return drawn


@pytest.fixture
def still_page(still: Drawn, open_once: OpenPage) -> Page:
    page = open_once(still.url())
    expect(rows(page)).to_have_count(LATE + 1)
    return page


@pytest.fixture
def drawn(folder: Path, server: Server) -> Drawn:
    return Drawn(invent(folder, GRID, STATES), server)


@pytest.fixture
def page(drawn: Drawn, open_page: OpenPage) -> Page:
    drawn.draw()
    page = open_page(drawn.url())
    expect(rows(page)).to_have_count(LATE + 1)
    return page


def rows(page: Page) -> Locator:
    return window(page, "leaderboard").locator("tbody tr")


def row(page: Page, run: str) -> Locator:
    return window(page, "leaderboard").locator("tr", has=page.locator(f"a[href$='_{run}']"))


def cell(page: Page, place: str) -> Locator:
    """The cell of the accuracy grid of these two values."""
    return window(page, "accuracy_grid").get_by_role("button", name=re.compile(f"^{place}"))


def begin(drawn: Drawn) -> Recorder:
    """The queued run begins and has its first evaluation."""
    recorder = Recorder(drawn.experiment.record.folder, "gelu-ones")
    recorder.expect(STEPS, EVERY)
    evaluate(recorder, LATE, 0)
    return recorder


def go_on(drawn: Drawn, recorder: Recorder, step: int, *, end: bool = False) -> None:
    recorder.scalars("train_loss", step - EVERY + 1, [1.0] * EVERY)
    evaluate(recorder, LATE, step)
    recorder.close() if end else recorder.flush()
    drawn.draw()


def test_every_window_of_the_compare_page_has_its_content(still_page: Page, still: Drawn) -> None:
    for name in compare_windows(still.experiment):
        is_drawn(still_page, name)
    still_page.evaluate("() => scrollTo(0, 0)")


def test_the_comparison_and_the_leaderboard_of_twelve_runs_need_no_scrolling(
    still_page: Page,
) -> None:
    tops = []
    for name in ("train_loss", "test_accuracy", "accuracy_grid"):
        box = window(still_page, name).bounding_box()
        assert box
        tops.append(box["y"])
        assert box["x"] + box["width"] <= 1400
    assert len(set(tops)) == 1
    first = rows(still_page).first.bounding_box()
    assert first
    assert first["y"] + first["height"] <= 900


def test_diverged_and_failed_cells_say_so(still_page: Page) -> None:
    expect(cell(still_page, "gelu, zeros")).to_contain_text("diverged")
    expect(cell(still_page, "gelu, orthogonal")).to_contain_text("failed")


def test_a_row_of_the_leaderboard_opens_the_run(still_page: Page, still: Drawn) -> None:
    row(still_page, "tanh-zeros").locator("a").click()
    still_page.wait_for_url(f"**/env/{environment(still.experiment.name, 'tanh-zeros')}")
    expect(still_page.locator("h1")).to_have_text("tanh-zeros")
    is_drawn(still_page, "config")
    expect(window(still_page, "config")).to_contain_text("tanh")


def test_a_plot_that_nobody_can_see_is_drawn_when_somebody_can(
    drawn: Drawn, open_page: OpenPage
) -> None:
    drawn.draw()
    page = open_page("about:blank")
    points = "plot.data.reduce((n, trace) => n + (trace.x || []).length, 0)"
    unseen = window(page, "test_loss")
    page.set_viewport_size({"width": 1400, "height": 300})
    page.goto(drawn.url())
    expect(unseen).to_be_attached()
    is_drawn(page, "answer")
    expect(unseen.locator(".main-svg")).to_have_count(0)
    before = of_plot(page, "test_loss", points)  # scrolls to it
    expect(unseen.locator(".main-svg").first).to_be_visible()
    page.evaluate("() => window.scrollTo(0, 0)")
    with begin(drawn) as run:
        go_on(drawn, run, EVERY)
    plot_shows(page, "test_loss", f"{points} > {before}")


def test_what_a_run_records_appears_on_the_open_page_and_draws_nothing_anew(
    page: Page, drawn: Drawn
) -> None:
    drawing, traces = ".main-svg", ".scatterlayer .trace"
    for part in (drawing, traces):
        of_plot(page, "train_loss", f"plot.querySelector('{part}').dataset.mark = 'old'")
    before = len(lines(page, "train_loss"))
    late = row(page, "gelu-ones")
    expect(late).to_contain_text("queued")
    expect(cell(page, "gelu, ones")).to_contain_text("queued")
    recorder = begin(drawn)
    go_on(drawn, recorder, EVERY)
    expect(late).to_contain_text(f"{accuracy(LATE, EVERY):.4f}")
    expect(late).to_contain_text("running")
    expect(cell(page, "gelu, ones")).to_contain_text("33")
    point = f"plot.data.some(t => t.y && t.y.includes({accuracy(LATE, EVERY)}))"
    plot_shows(page, "test_accuracy", point)
    plot_shows(page, "train_loss", "plot.data.some(t => t.y && t.y.at(-1) === 1)")
    assert len(lines(page, "train_loss")) > before
    for part in (drawing, traces):
        marks = f"[...plot.querySelectorAll('{part}')].filter(e => e.dataset.mark).length"
        assert of_plot(page, "train_loss", marks) == 1, f"{part} is another than before"
    go_on(drawn, recorder, 2 * EVERY, end=True)
    expect(late).to_contain_text(f"{accuracy(LATE, 2 * EVERY):.4f}")
    expect(late).to_contain_text("done")
    is_drawn(page, "predictions")
    expect(window(page, "predictions").locator("thead")).to_contain_text("ones")


def test_the_axis_the_zoom_and_hidden_runs_survive_live_updates(page: Page, drawn: Drawn) -> None:
    assert of_plot(page, "train_loss", "plot._fullLayout.yaxis.type") == "log"
    page.get_by_role("button", name="losses on a linear axis").click()
    plot_shows(page, "train_loss", "plot._fullLayout.yaxis.type === 'linear'")
    zoom(page, "train_loss")
    page.locator(".chip", has_text="tanh").click()
    plot_shows(
        page, "train_loss", "!plot.data.some(t => t.meta.names.some(n => n.startsWith('tanh')))"
    )
    names = shown_runs(page)
    ends = of_plot(page, "train_loss", "plot._fullLayout.xaxis.range")
    recorder = begin(drawn)
    go_on(drawn, recorder, EVERY)
    go_on(drawn, recorder, 2 * EVERY, end=True)
    plot_shows(page, "train_loss", "plot.data.some(t => t.meta.names.includes('gelu-ones'))")
    assert of_plot(page, "train_loss", "plot._fullLayout.yaxis.type") == "linear"
    assert of_plot(page, "train_loss", "plot._fullLayout.xaxis.range") == ends != [0, STEPS]
    assert shown_runs(page) == names | {"gelu-ones"}


def shown_runs(page: Page) -> set[str]:
    return {name for line in lines(page, "train_loss") for name in line["names"]}
