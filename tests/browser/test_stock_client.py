"""A stock Visdom client beside the board: its windows are on both pages, and ours are ours."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import visdom
from playwright.sync_api import Page, expect

from dashboard.server.process import Server
from tests.support.chromium import VISDOM_NOISE, Faults
from tests.support.page import of_plot, plot_shows, wait_for_windows, window
from tests.support.posted import post

# Visdom's client logs by a method that Python has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:The 'warn' method is deprecated")
OpenPage = Callable[[str], Page]
OURS = "train_loss"  # a window of the board's, in an environment that the client writes to as well


@pytest.fixture
def environment(request: pytest.FixtureRequest) -> str:
    """One of its own for each test of the one server."""
    return str(request.node.name)[:40].replace("[", "-").replace("]", "")


@pytest.fixture
def stock(server: Server, environment: str) -> Any:  # Visdom's own types lack `properties`
    host, port = server.url.rsplit(":", 1)
    return visdom.Visdom(
        server=host, port=int(port), env=environment, use_incoming_socket=False,
        raise_exceptions=True,
    )  # fmt: skip


def send_all(stock: Any) -> None:
    """One window of every kind that a stock client makes and our page draws."""
    stock.line(Y=[3.0, 1.0, 2.0], X=[1, 2, 3], win="line", opts={"title": "a line"})
    stock.bar(X=[1, 2, 3], win="bar", opts={"title": "some bars"})
    stock.text("<b>hello</b> from a client", win="text", opts={"title": "a text"})
    stock.image(np.full((3, 20, 30), 120, np.uint8), win="image", opts={"caption": "grey"})
    for shade in (10, 200):
        pixels = np.full((3, 20, 30), shade, np.uint8)
        stock.image(pixels, win="history", opts={"store_history": True, "caption": f"{shade}"})
    stock.properties([{"type": "number", "name": "lr", "value": "0.1"}], win="properties")


KINDS = ("line", "bar", "text", "image", "history", "properties")


def test_every_kind_of_window_of_a_stock_client_is_on_our_page(
    server: Server, stock: Any, environment: str, open_page: OpenPage
) -> None:
    send_all(stock)
    page = open_page(f"{server.url}/env/{environment}")
    wait_for_windows(page, KINDS)
    plot_shows(page, "line", "plot.data[0].y.join() === '3,1,2'")
    plot_shows(page, "bar", "plot.data[0].type === 'bar'")
    for name in KINDS:
        window(page, name).scroll_into_view_if_needed()
    expect(window(page, "line").get_by_role("heading")).to_have_text("a line")
    expect(window(page, "text").locator("b")).to_have_text("hello")
    expect(window(page, "image").locator("img")).to_be_visible()
    expect(window(page, "image")).to_contain_text("grey")
    expect(window(page, "history")).to_contain_text("2 of 2")
    expect(window(page, "properties").get_by_label("lr")).to_have_value("0.1")


def test_the_pictures_of_a_history_are_gone_through_with_its_slider(
    server: Server, stock: Any, environment: str, open_page: OpenPage
) -> None:
    send_all(stock)
    page = open_page(f"{server.url}/env/{environment}")
    history = window(page, "history")
    expect(history).to_contain_text("200")
    history.get_by_role("slider").press("ArrowLeft")
    expect(history).to_contain_text("1 of 2")
    expect(history.locator("figcaption")).to_have_text("10")


@pytest.mark.smoke
def test_what_a_client_appends_appears_on_the_open_page(
    server: Server, stock: Any, environment: str, open_page: OpenPage
) -> None:
    """Visdom sends an append as a patch of the window, not as the window."""
    stock.line(Y=[1.0], X=[0], win="line")
    page = open_page(f"{server.url}/env/{environment}")
    plot_shows(page, "line", "plot.data[0].y.length === 1")
    for step in range(1, 6):
        stock.line(Y=[step * 2.0], X=[step], win="line", update="append")
    plot_shows(page, "line", "plot.data[0].y.join() === '1,2,4,6,8,10'")
    stock.line(Y=[9.0, 9.0], X=[0, 1], win="line", name="second", update="append")
    plot_shows(page, "line", "plot.data.length === 2 && plot.data[1].y.join() === '9,9'")
    stock.text("first", win="text")
    expect(window(page, "text")).to_contain_text("first")
    stock.text("second", win="text", append=True)
    expect(window(page, "text")).to_contain_text("second")
    expect(window(page, "text")).to_contain_text("first")
    stock.close("line")
    expect(window(page, "line")).to_have_count(0)


def test_a_clients_windows_stand_after_ours_and_cannot_take_a_name_of_ours(
    server: Server, stock: Any, environment: str, open_page: OpenPage
) -> None:
    post(server, OURS, text="ours", environment=environment)
    stock.line(Y=[3.0, 1.0], X=[1, 2], win="mine", opts={"title": "mine"})
    page = open_page(f"{server.url}/env/{environment}")
    wait_for_windows(page, (OURS, "mine"))
    assert of_plot(page, OURS, "plot.data[0].name") == "ours"
    changes = [
        lambda: stock.line(Y=[0.0, 0.0], X=[1, 2], win=OURS),
        lambda: stock.line(Y=[0.0, 0.0], X=[1, 2], win=OURS, update="append"),
        lambda: stock.close(OURS),
    ]
    for change in changes:
        assert "Only the dashboard itself may change its own windows" in answer(change)
    stock.line(Y=[7.0, 7.0], X=[1, 2], win="mine")
    plot_shows(page, "mine", "plot.data[0].y.join() === '7,7'")
    assert of_plot(page, OURS, "plot.data[0].name") == "ours"


def answer(ask: Callable[[], object]) -> str:
    """What the server says: Visdom's client hands a refusal on, or raises it."""
    try:
        return str(ask())
    except Exception as refusal:
        return str(refusal)


def test_every_window_of_a_client_is_on_visdoms_own_page(
    page_files: Path,
    server: Server,
    stock: Any,
    environment: str,
    open_page: OpenPage,
    faults: Faults,
) -> None:
    faults.expected = VISDOM_NOISE
    send_all(stock)
    page = open_page(f"{server.url}/visdom/env/{environment}")
    expect(page.locator(".window")).to_have_count(len(KINDS))
    expect(page.locator(".window .js-plotly-plot")).to_have_count(2)
    expect(page.locator(".content-text b")).to_have_text("hello")
    expect(page.locator("img.content-image")).to_have_count(2)


def test_a_number_that_is_none_is_a_gap_in_a_clients_line(
    server: Server, stock: Any, environment: str, open_page: OpenPage
) -> None:
    stock.line(Y=[1.0, float("inf"), 3.0], X=[0, 1, 2], win="line")
    page = open_page(f"{server.url}/env/{environment}")
    plot_shows(page, "line", "JSON.stringify(plot.data[0].y) === '[1,null,3]'")
    stock.line(Y=[float("nan")], X=[3], win="line", update="append")
    stock.line(Y=[5.0], X=[4], win="line", update="append")
    plot_shows(page, "line", "JSON.stringify(plot.data[0].y) === '[1,null,3,null,5]'")


def test_a_clients_plot_for_webgl_is_drawn_although_no_page_may_make_code_of_texts(
    server: Server, stock: Any, environment: str, open_page: OpenPage
) -> None:
    stock.line(Y=[1.0, 2.0, 3.0], X=[0, 1, 2], win="line", opts={"webgl": True})
    page = open_page(f"{server.url}/env/{environment}")
    plot_shows(page, "line", "plot.querySelectorAll('.scatterlayer .trace').length === 1")
    stock.line(Y=[4.0], X=[3], win="line", update="append", opts={"webgl": True})
    plot_shows(page, "line", "plot.data[0].y.join() === '1,2,3,4'")
