"""The signal windows in a browser: they appear, follow the record and keep the chosen quantity."""

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ElementHandle, Locator, Page, expect

from dashboard.board.board import Board
from dashboard.board.scene import ExperimentScene
from dashboard.names import environment
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.server.process import Server
from dashboard.windows.signal import QUANTITIES
from tests.support.invented_signals import LAYERS, invented
from tests.support.servers import serving

OpenPage = Callable[[str], Page]


class Shown:
    """Two runs with statistics and a third that begins later, on a server of their own."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.experiment: Experiment = invented(folder)
        self._url = f"{server.url}/env/"
        self._board = Board(ExperimentScene(self.experiment), server)

    def url(self, run: str | None = None) -> str:
        return self._url + environment(self.experiment.name, run)

    def draw(self) -> None:
        self.experiment.poll()
        self._board.frame(math.inf)
        while self._board.undrawn():
            self._board.frame(math.inf)

    def begin_late(self) -> None:
        with Recorder(self.experiment.record.folder, "late", {"lr": 1.0}) as run:
            for layer in LAYERS:
                for quantity in QUANTITIES:
                    run.scalar(f"signal/{quantity.name}/{layer}", 0, 7.25)
        self.draw()


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    with serving(8340, tmp_path / "log") as server:
        page = Shown(tmp_path, server)
        page.draw()
        yield page


def signal_window(page: Page) -> Locator:
    bar = page.locator(".bar > div.pull-right", has_text=re.compile("^signal"))
    window = page.locator(".window", has=bar)
    window.scroll_into_view_if_needed()  # an unseen plot is not drawn
    return window


def plot_of(page: Page) -> ElementHandle:
    plot = signal_window(page).locator(".js-plotly-plot").element_handle()
    assert isinstance(plot, ElementHandle)
    return plot


def shows(page: Page, read: str) -> None:
    """Wait until a JavaScript expression over `plot`, the window's Plotly element, is true."""
    page.wait_for_function(f"plot => {read}", arg=plot_of(page))


def test_the_heat_maps_follow_new_runs_and_keep_the_chosen_quantity(
    shown: Shown, open_page: OpenPage
) -> None:
    page = open_page(shown.url())
    content = signal_window(page)
    expect(content.locator(".main-svg").first).to_be_visible()
    expect(content).to_contain_text("0.1 (0.12)")
    content.locator(".updatemenu-button", has_text="gradient").click()
    chosen = "plot.data.findIndex(t => t.visible === true)"
    shows(page, f"{chosen} === 2")
    expect(content).to_contain_text("gradient norm of the weights")
    shown.begin_late()
    shows(page, "plot.data[0].y.length === 3")
    shows(page, f"{chosen} === 2")
    expect(content).to_contain_text("7.2")
    expect(content).to_contain_text("gradient norm of the weights")


def test_a_run_shows_its_layers_and_every_quantity_on_its_own_axis(
    shown: Shown, open_page: OpenPage
) -> None:
    page = open_page(shown.url("r0"))
    content = signal_window(page)
    expect(content.locator(".legendtext")).to_have_text([*LAYERS, "theory"])
    for quantity in QUANTITIES:
        content.locator(".updatemenu-button", has_text=quantity.button).click()
        expect(content.locator(".ytitle")).to_have_text(quantity.title)
        kind = "log" if quantity.log else "linear"
        shows(page, f"plot._fullLayout.yaxis.type === '{kind}'")


def test_a_layer_hidden_for_one_quantity_is_not_an_entry_of_another(
    shown: Shown, open_page: OpenPage
) -> None:
    page = open_page(shown.url("r1"))
    content = signal_window(page)
    expect(content.locator(".legendtext")).to_have_text([*LAYERS, "theory"])
    content.locator(".legendtoggle").first.click()
    shows(page, "plot.data[0].visible === 'legendonly'")
    with Recorder(shown.experiment.record.folder, "other") as run:
        run.scalar("signal/dead_share/fc1", 0, 0.5)
    shown.draw()
    content.locator(".updatemenu-button", has_text="update").click()
    expect(content.locator(".legendtext")).to_have_text(list(LAYERS))
