"""The page of a person's own training loop: windows come while it runs; no text of it is run."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, Page, expect

from dashboard import Recorder
from tests.launching import Launch, answers, until

OpenPage = Callable[[str], Page]
HOSTILE = "<img src=x onerror=\"document.title='run'\"> & <b>bold</b>"


def window(page: Page, title: str) -> Locator:
    bar = page.locator(".bar > div.pull-right", has_text=re.compile(f"^{re.escape(title)}$"))
    return page.locator(".window", has=bar)


def test_windows_of_an_own_loop_appear_on_the_open_page_while_it_runs(
    launch: Launch, tmp_path: Path, open_page: OpenPage
) -> None:
    with Recorder(tmp_path / "runs" / "mine", "adam", {"optimizer": "adam"}) as run:
        run.scalars("train_loss", 1, [2.0, 1.0])
        run.flush()
        view = launch("view", "mine", "--no-browser")
        view.says("/env/mine_compare\n")
        until(lambda: answers(view.url))
        page = open_page(view.url)
        expect(window(page, "train loss").locator(".plot-container")).to_be_visible()
        run.scalars("reward", 1, [-1.0, 1.0])
        run.scalars(f"grad/{HOSTILE}", 1, [-1.0, 1.0])
        run.scalars("grad/layer2", 1, [3.0, 1.0])
        run.flush()
        expect(window(page, "reward")).to_be_attached()
        window(page, "reward").scroll_into_view_if_needed()  # an unseen plot is not drawn
        expect(window(page, "reward").locator(".plot-container")).to_be_visible()
        expect(window(page, "grad")).to_be_attached()
        window(page, "grad").scroll_into_view_if_needed()
        expect(window(page, "grad").locator(".subplot.xy")).to_have_count(1)
        expect(window(page, "grad").locator(".subplot.x2y2")).to_have_count(1)
        assert "run" not in page.title()


def test_texts_and_images_of_an_own_loop_are_on_the_runs_page(
    launch: Launch, tmp_path: Path, open_page: OpenPage
) -> None:
    with Recorder(tmp_path / "runs" / "mine", "adam", {"optimizer": HOSTILE}) as run:
        run.scalars("train_loss", 1, [2.0, 1.0])
        run.text("notes", 2, HOSTILE)
        run.images("filters", 2, np.random.default_rng(0).random((9, 6, 6)))
    view = launch("view", "mine", "--no-browser")
    view.says("/env/mine_compare\n")
    own = view.url.replace("_compare", "_adam")
    until(lambda: answers(own))
    page = open_page(own)
    expect(window(page, "notes").locator("pre")).to_have_text(HOSTILE)
    expect(window(page, "filters").locator("img")).to_be_visible()
    expect(window(page, "config")).to_contain_text(HOSTILE)
    assert "run" not in page.title()
