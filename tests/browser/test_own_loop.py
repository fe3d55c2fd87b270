"""The page of a person's own training loop: windows come while it runs; no text of it is run."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from dashboard import Recorder
from dashboard.server.process import Server
from tests.support.drawn import Drawn
from tests.support.launching import Launch
from tests.support.page import chart, window, window_titled
from tests.support.reading import read

OpenPage = Callable[[str], Page]
HOSTILE = "<img src=x onerror=\"document.title='run'\"> & <b>bold</b>"


def test_windows_of_an_own_loop_appear_on_the_open_page_while_it_runs(
    launch: Launch, tmp_path: Path, open_page: OpenPage
) -> None:
    with Recorder(tmp_path / "runs" / "mine", "adam", {"optimizer": "adam"}) as run:
        run.scalars("train_loss", 1, [2.0, 1.0])
        run.flush()
        view = launch("view", "mine", "--no-browser")
        view.says("/env/mine_compare\n")
        page = open_page(view.url)
        expect(chart(page, "train_loss")).to_be_visible()
        run.scalars("reward", 1, [-1.0, 1.0])
        run.scalars(f"grad/{HOSTILE}", 1, [-1.0, 1.0])
        run.scalars("grad/layer2", 1, [3.0, 1.0])
        run.flush()
        reward, grad = window_titled(page, "reward"), window_titled(page, "grad")
        reward.scroll_into_view_if_needed()  # an unseen plot is not drawn
        expect(reward.locator(".plot-container")).to_be_visible()
        grad.scroll_into_view_if_needed()
        expect(grad.locator(".subplot.xy")).to_have_count(1)
        expect(grad.locator(".subplot.x2y2")).to_have_count(1)
        expect(grad).to_contain_text("<b>bold</b>")
        assert "run" not in page.title()


def drawn(folder: Path, server: Server) -> Drawn:
    """What a launcher would show of the record by now."""
    shown = Drawn(read(folder), server)
    shown.draw()
    return shown


def test_a_window_of_several_series_is_split_by_a_setting_as_every_other_plot(
    server: Server, folder: Path, open_page: OpenPage
) -> None:
    for nth, optimizer in enumerate(("adam", "sgd")):
        with Recorder(folder, optimizer, {"optimizer": optimizer}) as run:
            run.scalars("train_loss", 1, [2.0, 1.0])
            run.scalars("grad/layer1", 1, [1.0 + nth, 2.0 + nth])
            run.scalars("grad/layer2", 1, [30.0, 10.0])
    page = open_page(drawn(folder, server).url())
    page.get_by_role("button", name="looks").click()
    page.get_by_label("facet by").select_option("optimizer")
    grad = window_titled(page, "grad")
    grad.scroll_into_view_if_needed()
    titles = [f"{layer} · {optimizer}" for layer in ("layer1", "layer2") for optimizer in
              ("adam", "sgd")]  # fmt: skip
    expect(grad.locator(".annotation-text")).to_have_text(titles)
    matches = grad.locator(".js-plotly-plot").evaluate(
        "plot => [2, 3, 4].map(i => plot.layout[`yaxis${i}`].matches ?? null)"
    )
    assert matches == ["y", None, "y3"]  # what is compared shares its axis


def test_texts_and_images_of_an_own_loop_are_on_the_runs_page(
    server: Server, folder: Path, open_page: OpenPage
) -> None:
    with Recorder(folder, "adam", {"optimizer": HOSTILE}) as run:
        run.scalars("train_loss", 1, [2.0, 1.0])
        run.text("notes", 2, HOSTILE)
        run.images("filters", 2, np.random.default_rng(0).random((9, 6, 6)))
    page = open_page(drawn(folder, server).url("adam"))
    notes, filters = window_titled(page, "notes"), window_titled(page, "filters")
    notes.scroll_into_view_if_needed()
    expect(notes.locator("pre")).to_have_text(HOSTILE)
    filters.scroll_into_view_if_needed()
    expect(filters.locator("img")).to_be_visible()
    config = window_titled(page, "config")
    config.scroll_into_view_if_needed()
    expect(config).to_contain_text(HOSTILE)
    assert "run" not in page.title()


def test_earlier_images_of_a_run_are_seen_again_with_the_slider(
    server: Server, folder: Path, open_page: OpenPage
) -> None:
    with Recorder(folder, "adam", {"optimizer": "adam"}) as run:
        for step in (1, 2, 3):
            run.images("x", step, np.full((4, 6, 6), step / 4))
        run.flush()
        shown = drawn(folder, server)
        page = open_page(shown.url("adam"))
        pictures = window(page, "x")
        pictures.scroll_into_view_if_needed()
        slider = pictures.get_by_label("which picture")
        expect(slider).to_have_attribute("aria-valuetext", "step 3")
        newest = pictures.locator("img").get_attribute("src")
        slider.press("ArrowLeft")
        expect(pictures.locator("figcaption")).to_have_text("step 2")
        earlier = pictures.locator("img")
        expect(earlier).to_have_attribute("src", re.compile("/trainboard/api/media"))
        assert earlier.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        assert earlier.get_attribute("src") != newest
        run.images("x", 4, np.full((4, 6, 6), 1.0))
        run.flush()
        shown.draw()
        expect(slider).to_have_attribute("max", "3")
        expect(pictures.locator("figcaption")).to_have_text("step 2")
        slider.press("End")
        expect(slider).to_have_attribute("aria-valuetext", "step 4")


def test_epochs_are_offered_only_where_a_run_knows_them(
    server: Server, folder: Path, open_page: OpenPage
) -> None:
    page = open_page("about:blank")
    for name, per_epoch in (("without", 0), ("with", 2)):
        own = folder.with_name(f"{folder.name}-{name}")
        with Recorder(own, "adam", {"optimizer": "adam"}) as run:
            run.expect(4, per_epoch)
            run.scalars("train_loss", 1, [2.0, 1.5, 1.2, 1.0])
        page.goto(drawn(own, server).url())
        expect(chart(page, "train_loss")).to_be_visible()
        expect(page.get_by_role("button", name="x: optimizer steps")).to_be_visible()
        expect(page.get_by_role("button", name="x: epochs")).to_have_count(1 if per_epoch else 0)
        heads = window(page, "leaderboard").locator("thead")
        expect(heads).to_contain_text("best")
        assert ("best (epoch)" in heads.inner_text()) is bool(per_epoch)
