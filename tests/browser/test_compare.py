"""The compare page in a browser: every window fills, follows the record, and keeps what was chosen.

The runs' numbers are invented; the record, the board, the server and the browser are real.
"""

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.board.board import Board
from dashboard.board.scene import ExperimentScene
from dashboard.names import environment
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.server.process import Server
from dashboard.windows.content import Plot
from dashboard.windows.table import COMPARE_WINDOWS
from tests.support.invented import EVERY, STEPS, accuracy, evaluate, invent
from tests.support.launching import Launch, answers, until
from tests.support.servers import serving

OpenPage = Callable[[str], Page]
GRID = {"activation": ["relu", "tanh", "gelu"], "init": ["normal", "zeros", "orthogonal", "ones"]}
STATES = {"gelu-zeros": "diverged", "gelu-orthogonal": "failed", "gelu-ones": "queued"}
LATE = len(GRID["activation"]) * len(GRID["init"]) - 1  # the place of the queued run


class Shown:
    """An experiment on a server, drawn when the test says so."""

    def __init__(self, experiment: Experiment, server: Server) -> None:
        self.experiment = experiment
        self.url = f"{server.url}/env/{environment(experiment.name)}"
        self._board = Board(ExperimentScene(experiment), server)

    def draw(self) -> None:
        """Read the record and draw until every window shows it."""
        self.experiment.poll()
        self._board.frame(math.inf)
        while self._board.undrawn():
            self._board.frame(math.inf)


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    experiment = invent(tmp_path / "page", GRID, STATES)
    with serving(8300, tmp_path / "log") as server:
        yield Shown(experiment, server)


@pytest.fixture
def page(shown: Shown, open_page: OpenPage) -> Page:
    shown.draw()
    page = open_page(shown.url)
    expect(window(page, "leaderboard").locator("tbody tr")).to_have_count(LATE + 1)
    return page


def window(page: Page, name: str) -> Locator:
    title = re.compile(f"^{re.escape(COMPARE_WINDOWS[name].title)}$")
    bar = page.locator(".bar > div.pull-right", has_text=title)
    return page.locator(".window", has=bar)


def plot(page: Page, name: str, read: str) -> Any:
    """What a JavaScript expression over `plot`, the window's Plotly element, gives."""
    window(page, name).scroll_into_view_if_needed()  # an unseen plot is not drawn
    return window(page, name).locator(".js-plotly-plot").evaluate(f"plot => {read}")


def shows(page: Page, name: str, read: str) -> None:
    """Wait until the expression over `plot` is true."""
    window(page, name).scroll_into_view_if_needed()
    handle = window(page, name).locator(".js-plotly-plot").element_handle()
    page.wait_for_function(f"plot => {read}", arg=handle)


def begin(shown: Shown) -> Recorder:
    """The queued run begins and has its first evaluation."""
    recorder = Recorder(shown.experiment.record.folder, "gelu-ones")
    recorder.expect(STEPS, EVERY)
    evaluate(recorder, LATE, 0)
    return recorder


def go_on(shown: Shown, recorder: Recorder, step: int, *, end: bool = False) -> None:
    recorder.scalars("train_loss", step - EVERY + 1, [1.0] * EVERY)
    evaluate(recorder, LATE, step)
    recorder.close() if end else recorder.flush()
    shown.draw()


def test_every_window_of_the_compare_page_has_its_content(page: Page, shown: Shown) -> None:
    for name, entry in COMPARE_WINDOWS.items():
        content = window(page, name).locator(".content")
        content.scroll_into_view_if_needed()
        expect(content).not_to_contain_text("could not be drawn")
        if isinstance(entry.draw(shown.experiment), Plot):
            expect(content.locator(".main-svg").first).to_be_visible()
        else:
            expect(content.locator("td").first).to_be_attached()


def test_a_plot_that_nobody_can_see_is_drawn_when_somebody_can(page: Page, shown: Shown) -> None:
    points = "plot.data.reduce((n, trace) => n + (trace.x || []).length, 0)"
    unseen = window(page, "test_loss")
    expect(unseen.locator(".content")).to_be_attached()
    expect(unseen.locator(".main-svg")).to_have_count(0)
    before = plot(page, "test_loss", points)  # scrolls to it
    expect(unseen.locator(".main-svg").first).to_be_visible()
    page.evaluate("() => window.scrollTo(0, 0)")
    with begin(shown) as run:
        go_on(shown, run, EVERY)
    shows(page, "test_loss", f"{points} > {before}")


def test_the_first_row_and_the_leaderboard_of_twelve_runs_need_no_scrolling(page: Page) -> None:
    tops = []
    for name in ("train_loss", "test_accuracy", "accuracy_grid"):
        box = window(page, name).bounding_box()
        assert box
        tops.append(box["y"])
        assert box["x"] + box["width"] <= 1400
    assert len(set(tops)) == 1
    last = window(page, "leaderboard").locator("tbody tr").last.bounding_box()
    assert last
    assert last["y"] + last["height"] <= 900


def test_what_a_run_records_appears_on_the_open_page(page: Page, shown: Shown) -> None:
    row = window(page, "leaderboard").locator("tr", has=page.locator("a[href$='gelu-ones']"))
    grid = window(page, "accuracy_grid")
    expect(row).to_contain_text("queued")
    expect(grid).to_contain_text("queued")
    recorder = begin(shown)
    go_on(shown, recorder, EVERY)
    expect(row).to_contain_text(f"{accuracy(LATE, EVERY):.4f}")
    expect(row).to_contain_text("running")
    expect(grid).to_contain_text("33%")
    point = f"plot.data.some(t => t.y && t.y.includes({accuracy(LATE, EVERY)}))"
    shows(page, "test_accuracy", point)
    shows(page, "train_loss", "plot.data.some(t => t.y && t.y.at(-1) === 1)")
    go_on(shown, recorder, 2 * EVERY, end=True)
    expect(row).to_contain_text(f"{accuracy(LATE, 2 * EVERY):.4f}")
    expect(row).to_contain_text("done")
    expect(window(page, "predictions").locator("thead")).to_contain_text("ones")


def test_diverged_and_failed_cells_say_so(page: Page) -> None:
    grid = window(page, "accuracy_grid")
    expect(grid).to_contain_text("diverged")
    expect(grid).to_contain_text("failed")


def test_the_axis_the_zoom_and_hidden_runs_survive_live_updates(page: Page, shown: Shown) -> None:
    hidden = "plot.data.filter(t => t.visible === 'legendonly').map(t => t.name)"
    assert plot(page, "train_loss", "plot.layout.yaxis.type") == "log"
    window(page, "train_loss").get_by_text("linear", exact=True).click()
    shows(page, "train_loss", "plot._fullLayout.yaxis.type === 'linear'")
    plot(page, "train_loss", "Plotly.relayout(plot, {'xaxis.range': [50, 150]})")
    legend_entry(page, "tanh").click()
    shows(page, "train_loss", f"{hidden}.length > 4")
    names, traces = plot(page, "train_loss", hidden), plot(page, "train_loss", "plot.data.length")
    recorder = begin(shown)
    go_on(shown, recorder, EVERY)
    go_on(shown, recorder, 2 * EVERY, end=True)
    shows(page, "train_loss", f"plot.data.length > {traces}")
    assert plot(page, "train_loss", "plot._fullLayout.yaxis.type") == "linear"
    assert plot(page, "train_loss", "plot._fullLayout.xaxis.range") == [50, 150]
    assert plot(page, "train_loss", "plot.layout.updatemenus[0].active") == 1
    assert plot(page, "train_loss", hidden) == names


def test_an_update_changes_the_drawing_and_draws_nothing_anew(page: Page, shown: Shown) -> None:
    mark = "plot.querySelector('.main-svg').dataset.mark"
    plot(page, "train_loss", f"{mark} = 'old'")
    traces = plot(page, "train_loss", "plot.data.length")
    drawn = plot(page, "train_loss", "plot.querySelectorAll('.scatterlayer .trace').length")
    recorder = begin(shown)
    go_on(shown, recorder, 2 * EVERY, end=True)
    shows(page, "train_loss", f"plot.data.length > {traces}")
    assert plot(page, "train_loss", mark) == "old"
    assert plot(page, "train_loss", "plot.querySelectorAll('.scatterlayer .trace').length") > drawn


def test_no_plot_offers_to_hand_its_data_to_another_site(page: Page) -> None:
    assert plot(page, "train_loss", "plot.data.length") > 0
    expect(page.locator(".js-plot-link-container")).to_have_count(0)


def legend_entry(page: Page, name: str) -> Locator:
    entries = window(page, "train_loss").locator(".legend .traces")
    return entries.filter(has_text=re.compile(f"^{name}\u200b?$")).locator(".legendtoggle")


def test_a_dash_in_the_legend_hides_all_runs_that_have_it(page: Page) -> None:
    hidden = "plot.data.filter(t => t.visible === 'legendonly' && t.meta.looks).map(t => t.name)"
    legend_entry(page, "orthogonal").click()
    shows(page, "train_loss", f"{hidden}.length > 0")
    names = plot(page, "train_loss", hidden)
    assert set(names) == {"relu · orthogonal", "tanh · orthogonal", "gelu · orthogonal"}
    legend_entry(page, "orthogonal").click()
    shows(page, "train_loss", f"{hidden}.length === 0")
    legend_entry(page, "tanh").dblclick()
    shows(page, "train_loss", f"{hidden}.length > 0")
    assert not any(name.startswith("tanh") for name in plot(page, "train_loss", hidden))


def test_a_row_of_the_leaderboard_opens_the_run(page: Page, shown: Shown) -> None:
    window(page, "leaderboard").locator("a[href$='tanh-zeros']").click()
    page.wait_for_url(f"**/env/{environment(shown.experiment.name, 'tanh-zeros')}")
    expect(page.locator(".bar > div.pull-right", has_text="config")).to_be_visible()
    expect(page.locator(".content-text", has_text="tanh").first).to_be_visible()


def test_a_real_training_ends_on_the_page(launch: Launch, open_page: OpenPage) -> None:
    launched = launch(
        "--experiment", "real", "--activation", "relu", "tanh", "--init", "kaiming_normal",
        "--epochs", "1", "--workers", "2", "--no-browser",
    )  # fmt: skip
    launched.says("dashboard: ")
    until(lambda: answers(launched.url))  # the environment comes with the first frame
    page = open_page(launched.url)
    expect(window(page, "leaderboard")).to_contain_text("2 of 2 runs ended", timeout=90_000)
    for name in ("train_loss", "test_accuracy", "delta", "signal"):
        shows(page, name, "plot.data.length > 0 && plot._fullData.length > 0")
    expect(window(page, "predictions").locator("tbody tr")).to_have_count(16)
