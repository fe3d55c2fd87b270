"""The signal windows in a browser: they appear, follow the record and keep the chosen quantity."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.record.recorder import Recorder
from dashboard.server.process import Server
from dashboard.windows.quantity import QUANTITIES
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


def test_the_heat_maps_follow_hidden_and_new_runs_and_keep_the_chosen_quantity(
    drawn: Drawn, open_page: OpenPage
) -> None:
    page = open_page(drawn.url())
    content = signal(page)
    plot_shows(page, "signal", "plot.data[0].y.length === 2")
    chip = page.locator(".chip", has_text="0.2")
    chip.click()
    plot_shows(page, "signal", "plot.data[0].y.length === 1")
    chip.click()
    plot_shows(page, "signal", "plot.data[0].y.length === 2")
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


def test_a_run_shows_every_quantity_of_its_layers_over_the_axis_of_all_plots(
    drawn: Drawn, open_page: OpenPage
) -> None:
    page = open_page(drawn.url("r0"))
    content = signal(page)
    expect(content.locator(".legendtext")).to_have_text(list(LAYERS))
    panels = [f"{q.title}{' (○ theory)' if q is QUANTITIES[0] else ''}" for q in QUANTITIES]
    assert of_plot(page, "signal", "plot.layout.annotations.length") == len(QUANTITIES)
    for nth, (title, quantity) in enumerate(zip(panels, QUANTITIES, strict=True)):
        # A title that has no room in a narrow window ends in an ellipsis.
        text = of_plot(page, "signal", f"plot.layout.annotations[{nth}].text")
        said = text.removeprefix("<b>").removesuffix("</b>").removesuffix("…")
        assert title.startswith(said)
        axis = f"plot._fullLayout.yaxis{nth + 1 if nth else ''}.type"
        assert of_plot(page, "signal", axis) == ("log" if quantity.log else "linear")
    rings = of_plot(page, "signal", "plot.data.filter(t => t.meta.role === 'ring')")
    assert [(ring["x"], ring["y"]) for ring in rings] == [([0], [0.123])]
    raw = of_plot(page, "signal", "plot.data[0].y")
    page.get_by_role("slider", name="smoothing of all curves").press("End")
    plot_shows(page, "signal", "plot.data.some(t => t.meta.role === 'faint')")
    assert of_plot(page, "signal", "plot.data.find(t => t.meta.role === 'faint').y") == raw
