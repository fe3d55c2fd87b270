"""The signal windows in a browser: they appear, follow the record and keep the chosen quantity."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.record.recorder import Recorder
from dashboard.server.process import Server
from dashboard.windows.signal import QUANTITIES
from tests.support.drawn import Drawn
from tests.support.invented_signals import LAYERS, invented
from tests.support.page import of_plot, plot_shows, window

OpenPage = Callable[[str], Page]


@pytest.fixture
def drawn(folder: Path, server: Server) -> Drawn:
    """Two runs with statistics; a third can begin later."""
    shown = Drawn(invented(folder), server)
    shown.draw()
    return shown


def begin_late(drawn: Drawn) -> None:
    with Recorder(drawn.experiment.record.folder, "late", {"lr": 1.0}) as run:
        for layer in LAYERS:
            for quantity in QUANTITIES:
                run.scalar(f"signal/{quantity.name}/{layer}", 0, 7.25)
    drawn.draw()


def signal(page: Page) -> Locator:
    content = window(page, "signal")
    content.scroll_into_view_if_needed()
    expect(content.locator(".main-svg").first).to_be_visible()
    return content


def test_the_heat_maps_follow_new_runs_and_keep_the_chosen_quantity(
    drawn: Drawn, open_page: OpenPage
) -> None:
    page = open_page(drawn.url())
    content = signal(page)
    expect(content).to_contain_text("0.1 (0.12)")
    content.locator(".updatemenu-button", has_text="gradient").click()
    chosen = "plot.data.findIndex(t => t.visible === true)"
    plot_shows(page, "signal", f"{chosen} === 2")
    expect(content).to_contain_text("gradient norm of the weights")
    begin_late(drawn)
    plot_shows(page, "signal", "plot.data[0].y.length === 3")
    plot_shows(page, "signal", f"{chosen} === 2")
    expect(content).to_contain_text("7.2")
    expect(content).to_contain_text("gradient norm of the weights")


def test_a_hidden_run_has_no_row_in_the_heat_maps(drawn: Drawn, open_page: OpenPage) -> None:
    page = open_page(drawn.url())
    signal(page)
    plot_shows(page, "signal", "plot.data[0].y.length === 2")
    page.locator(".chip", has_text="0.2").click()
    plot_shows(page, "signal", "plot.data[0].y.length === 1")


def test_a_run_shows_its_layers_and_every_quantity_on_its_own_axis(
    drawn: Drawn, open_page: OpenPage
) -> None:
    page = open_page(drawn.url("r0"))
    content = signal(page)
    expect(content.locator(".legendtext")).to_have_text([*LAYERS, "theory"])
    for quantity in QUANTITIES:
        content.locator(".updatemenu-button", has_text=quantity.button).click()
        expect(content.locator(".ytitle")).to_have_text(quantity.title)
        kind = "log" if quantity.log else "linear"
        plot_shows(page, "signal", f"plot._fullLayout.yaxis.type === '{kind}'")


def test_a_layer_hidden_for_one_quantity_is_not_an_entry_of_another(
    drawn: Drawn, open_page: OpenPage
) -> None:
    page = open_page(drawn.url("r1"))
    content = signal(page)
    expect(content.locator(".legendtext")).to_have_text([*LAYERS, "theory"])
    content.locator(".legendtoggle").first.click()
    plot_shows(page, "signal", "plot._fullData[0].visible === 'legendonly'")
    with Recorder(drawn.experiment.record.folder, "other") as run:
        run.scalar("signal/dead_share/fc1", 0, 0.5)
    drawn.draw()
    content.locator(".updatemenu-button", has_text="update").click()
    expect(content.locator(".legendtext")).to_have_text(list(LAYERS))
    assert of_plot(page, "signal", "plot.data[0].visible") is not True
