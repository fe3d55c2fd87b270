"""The plots of our page: axes, smoothing, linked zoom and cursor, and plots of stock clients.

The runs' numbers are invented; the record, the board, the server and the browser are real.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from dashboard.names import environment
from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.server.process import Server
from tests.support.chromium import PATIENCE_S
from tests.support.drawn import Drawn
from tests.support.invented import EVERY, STEPS, evaluate, invent
from tests.support.launching import until
from tests.support.page import as_opened, chart, drag, of_plot, plot_shows, when, window

OpenPage = Callable[[str], Page]
GRID = {"activation": ["relu", "tanh"], "init": ["normal", "a_very_long_name"], "seed": [0, 1]}
STATES = {"tanh-normal-1": "queued", "tanh-a_very_long_name-0": "diverged"}
OURS = ("train_loss", "test_accuracy", "delta", "test_loss")
READABLE = re.compile(r"^(0|[1-9][\d\u202f]*)?(\.\d+)?$|^([\d.]+·)?10[−-]?\d+$")
STOCK = "a stock client's"
LABELS_OUTSIDE = """plot => {
  const box = plot.querySelector('.main-svg').getBoundingClientRect();
  const labels = '.xtick text, .ytick text, .x2tick text, .y2tick text, .annotation text';
  return [...plot.querySelectorAll(labels)]
    .map(label => [label.textContent, label.getBoundingClientRect()])
    .filter(([, r]) => r.left < box.left - 1 || r.right > box.right + 1
                    || r.top < box.top - 1 || r.bottom > box.bottom + 1)
    .map(([text]) => text);
}"""


class Shown:
    """An experiment on a server, drawn when the test says so, beside a stock client's windows."""

    def __init__(self, experiment: Experiment, folder: Path, server: Server) -> None:
        self.folder = folder
        self.experiment = experiment
        self.server = server
        self.environment = environment(self.experiment.name)
        drawn = Drawn(experiment, server)
        self.url, self.draw = drawn.url(), drawn.draw

    def post(self, path: str, **packet: Any) -> None:
        """What a stock client sends."""
        body = {"eid": self.environment, **packet}
        answer = requests.post(f"{self.server.url}/{path}", json=body, timeout=10)
        assert answer.ok, answer.text


def invented(folder: Path) -> None:
    """A record of runs of which each later one was slower: 0.1 s a step, 0.2 s, …"""
    invent(folder, GRID, STATES)
    with closing(sqlite3.connect(folder / "record.sqlite3")) as record, record:
        record.execute("UPDATE run SET started_s = 1e9 WHERE started_s IS NOT NULL")
        record.execute(
            "UPDATE point SET time_s = 1e9 + step * 0.1 * "
            "(SELECT run FROM series WHERE series.id = point.series)"
        )


@pytest.fixture(scope="module")
def shown(new_folder: Callable[[str], Path], shared_server: Server) -> Iterator[Shown]:
    folder = new_folder("plots")
    invented(folder)
    with closing(Record(folder)) as record:
        shown = Shown(Experiment(record), folder, shared_server)
        shown.draw()
        yield shown


def drawn(page: Page) -> Page:
    """The page, once all of our plots are."""
    for name in OURS:
        expect(chart(page, name).locator(".scatterlayer .trace").first).to_be_attached()
    return page


@pytest.fixture
def page(shown: Shown, open_once: OpenPage) -> Iterator[Page]:
    page = drawn(open_once(shown.url))
    yield page
    as_opened(page, shown.url)


@pytest.fixture
def own_page(shown: Shown, open_page: OpenPage) -> Page:
    """The same, for a test that changes more than what the address says."""
    return drawn(open_page(shown.url))


def choose(page: Page, **choices: Any) -> None:
    page.evaluate("choices => window.trainboard.state.set(choices)", choices)


def ranges(page: Page, axis: str) -> list[list[float]]:
    return [of_plot(page, name, f"plot.layout.{axis}.range") for name in OURS]


def all_show_the_last_epoch(page: Page) -> bool:
    """Whether they do by now: plots are drawn one after the other."""
    return all(
        STEPS * 0.6 < start < STEPS * 0.72 < STEPS * 0.95 < end
        for start, end in ranges(page, "xaxis")
    )


def shows_seconds(page: Page, name: str) -> bool:
    return bool(of_plot(page, name, "plot.layout.xaxis.title.text") == "seconds of training")


def test_every_plot_shows_seconds_of_training_at_one_choice(page: Page) -> None:
    before = ranges(page, "xaxis")
    choose(page, x="seconds")
    longest = page.evaluate("Math.max(...trainboard.model.runs.map(r => r.clock.at(-1)?.[1] ?? 0))")
    for name, old in zip(OURS, before, strict=True):
        until(partial(shows_seconds, page, name), PATIENCE_S)
        new = of_plot(page, name, "plot.layout.xaxis.range")
        assert new != old
        assert new[1] <= longest * 1.03


def test_one_drag_shows_the_last_epoch_on_all_plots_and_a_double_click_everything(
    page: Page,
) -> None:
    whole = ranges(page, "xaxis")
    drag(page, "train_loss", 2 / 3, 0.999)
    until(lambda: all_show_the_last_epoch(page), PATIENCE_S)
    assert "range=" in page.url
    chart(page, "test_loss").dblclick(position={"x": 200, "y": 120})
    when(page, "() => !location.search.includes('range')")
    until(lambda: ranges(page, "xaxis") == whole, PATIENCE_S)


def test_the_keyboard_shows_the_last_epoch_on_all_plots_and_escape_everything(page: Page) -> None:
    whole = ranges(page, "xaxis")
    plot = window(page, "train_loss").locator(".plot")
    plot.focus()
    page.keyboard.press("Shift+ArrowLeft")
    expect(plot.locator(".plot-marked")).to_have_count(1)
    expect(plot.locator(".plot-readout")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("range="))
    until(lambda: all_show_the_last_epoch(page), PATIENCE_S)
    expect(plot).to_be_focused()
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("range="))
    until(lambda: ranges(page, "xaxis") == whole, PATIENCE_S)


def test_a_zoom_of_the_values_stays_in_its_plot_and_outlives_live_updates(
    page: Page, shown: Shown
) -> None:
    before = ranges(page, "yaxis")
    drag(page, "test_loss", 0.5, 0.5, down=0.5)
    zoomed = ranges(page, "yaxis")
    assert zoomed[3] != before[3]
    assert zoomed[:3] == before[:3]
    points = "plot.data.filter(t => t.meta.role === 'line').flatMap(t => t.meta.names).length"
    held = of_plot(page, "test_loss", points)
    with Recorder(shown.folder, "tanh-normal-1") as recorder:
        recorder.expect(STEPS, EVERY)
        for step in (0, EVERY):
            evaluate(recorder, 5, step)
        recorder.flush()
        shown.draw()
    plot_shows(page, "test_loss", f"{points} > {held}")
    assert of_plot(page, "test_loss", "plot.layout.yaxis.range") == zoomed[3]
    assert len(of_plot(page, "test_loss", "plot.layout.yaxis.tickvals")) >= 3  # for that range
    chart(page, "test_loss").dblclick(position={"x": 200, "y": 120})
    until(lambda: ranges(page, "yaxis")[3] == before[3], PATIENCE_S)


def test_smoothing_leaves_the_line_as_it_was_behind_it(page: Page) -> None:
    lines = "plot.data.filter(t => t.meta.role === 'line').map(t => t.y)"
    raw = of_plot(page, "train_loss", lines)
    choose(page, smooth=0.95)
    faint = "plot.data.filter(t => t.meta.role === 'faint').map(t => t.y)"
    assert of_plot(page, "train_loss", faint) == raw
    assert of_plot(page, "train_loss", lines) != raw


def test_pointing_at_a_line_marks_it_in_every_plot_and_draws_none_anew(page: Page) -> None:
    page.set_viewport_size({"width": 1400, "height": 1800})  # all four are seen
    area = chart(page, "train_loss").locator(".nsewdrag").first.bounding_box()
    at = of_plot(
        page,
        "train_loss",
        """(() => { const t = plot.data.find(t => t.meta.role === 'line'), i = t.x.length >> 1;
        const { xaxis, yaxis } = plot._fullLayout;
        return [xaxis.d2p(t.x[i]), yaxis.d2p(t.y[i])]; })()""",
    )
    assert area
    page.evaluate(
        "() => { window.draws = 0; const react = window.react = Plotly.react;"
        " Plotly.react = (...all) => { window.draws += 1; return react(...all); }; }"
    )
    page.mouse.move(area["x"] + at[0], area["y"] + at[1], steps=3)
    for name in OURS:
        window = page.locator(f'[data-window="{name}"]')
        expect(window.locator(".plot-cursor-line")).to_have_count(1)
        expect(window.locator(".plot-readout")).to_contain_text("step")
    hot = page.locator("[data-window=test_accuracy] .is-hot.is-line")
    expect(hot).to_have_count(1)
    assert page.evaluate("() => window.draws") == 0
    page.evaluate("() => { Plotly.react = window.react; }")
    page.mouse.move(5, 5)
    expect(page.locator(".plot-cursor-line")).to_have_count(0)


def test_a_click_on_a_line_leaves_its_runs_alone(page: Page) -> None:
    place = of_plot(
        page,
        "test_accuracy",
        """(() => { const t = plot.data.find(t => t.meta.role === 'line');
        const { xaxis, yaxis } = plot._fullLayout, box = plot.getBoundingClientRect();
        return [box.left + xaxis._offset + xaxis.d2p(t.x.at(-1)) - 3,
                box.top + yaxis._offset + yaxis.d2p(t.y.at(-1))]; })()""",
    )
    page.mouse.click(*place)
    when(page, "() => window.trainboard.visible().length === 2")
    lines = "plot.data.filter(t => t.meta.role === 'line').length"
    assert of_plot(page, "train_loss", lines) == 1


def test_every_axis_has_numbers_that_can_be_read(page: Page) -> None:
    for choice in ({}, {"y": "error"}, {"loss": "linear"}, {"range": [0, 60]}):
        choose(page, **choice)
        for name in OURS:
            texts = chart(page, name).locator(".ytick text").all_text_contents()
            said = [text.replace("−", "").removeprefix("-") for text in texts]
            assert len(said) >= 3, (choice, name, texts)
            assert all(READABLE.match(text) for text in said), (choice, name, texts)


def test_labels_lie_inside_their_plots(own_page: Page, shown: Shown) -> None:
    page = own_page
    rows = ["a_rather_long_name_of_a_row", "normal", "xavier_uniform"]
    heat = {"type": "heatmap", "y": rows, "x": ["one", "two"], "z": [[1, 2], [3, 4], [5, 6]]}
    shown.post("events", win="names", data=[heat], layout={"title": "names"}, opts={})
    for width, facet in ((1400, ""), (390, "activation")):
        page.set_viewport_size({"width": width, "height": 900})
        expect(chart(page, "names").locator(".ytick text")).to_have_count(3)
        choose(page, facet=facet)
        for name in (*OURS, "names"):
            expect(chart(page, name).locator(".ytick").first).to_be_attached()
            assert chart(page, name).evaluate(LABELS_OUTSIDE) == [], (width, name)


def test_a_stock_clients_plot_lives_beside_ours_in_the_dark_too(
    own_page: Page, shown: Shown
) -> None:
    page = own_page
    line = {"type": "scatter", "mode": "lines", "x": [1, 2], "y": [1, 4], "name": "own"}
    shown.post("events", win="stock", data=[line], layout={"title": STOCK}, opts={})
    expect(chart(page, "stock").locator(".trace")).to_have_count(1)
    more = {"type": "scatter", "x": [3], "y": [9], "name": "own"}
    shown.post("update", win="stock", append=True, data=[more], name="own", opts={})
    plot_shows(page, "stock", "plot.data[0].x.length === 3")
    choose(page, smooth=0.9, x="epoch", theme="dark")
    page.evaluate("() => { document.documentElement.dataset.theme = 'dark'; }")
    choose(page, smooth=0.8)  # whoever watches the theme says so; here any change does
    plot_shows(page, "stock", "plot.layout.plot_bgcolor === '#171D25'")
    assert of_plot(page, "stock", "plot.data[0].y") == [1, 4, 9]
    assert page.locator("a[href*=plotly]").count() == 0


def test_a_plot_says_its_conclusion_to_those_who_do_not_see_it(page: Page) -> None:
    said = chart(page, "train_loss").get_attribute("aria-label") or ""
    assert re.match(r"train loss of \d runs: lowest relu · .* \d\.\d+, highest ", said), said
