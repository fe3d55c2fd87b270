"""The sentence that the table of windows has for each is a click away on the page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.record.machine import Machine
from dashboard.record.provenance import entry
from dashboard.server.process import Server
from dashboard.windows.table import COMPARE_WINDOWS, RUN_WINDOWS, Window
from tests.support.drawn import Drawn
from tests.support.invented import EVERY, add_text, invent
from tests.support.page import window
from tests.support.reading import until_the_test_ends

RUN = "0.01-0"
WINDOWS = [(None, name) for name in COMPARE_WINDOWS] + [(RUN, name) for name in RUN_WINDOWS]


@pytest.fixture(scope="module")
def pages(
    new_folder: Callable[[str], Path],
    shared_server: Server,
    open_once: Callable[[str], Page],
) -> Callable[[str | None], Page]:
    """The page of all 24 groups, from which on every window is there, and a run's own."""
    grid = {"lr": [0.01, 0.02, 0.03, 0.04, 0.05, 0.06], "width": [0, 1, 2, 3]}
    experiment = invent(new_folder("explained"), grid)
    experiment.record.keep(entry(["--exit"]))
    for name in ("output", "traceback"):
        add_text(experiment, RUN, name, "a line")
    for name, value in {"models": "[]", "distribution": "{}", "first_weights": "[]"}.items():
        add_text(experiment, RUN, name, value, kind="json")
    Machine(experiment.record.pending).sample(images_per_s=1.0)
    experiment.record.pending.add(
        "UPDATE run SET config = json_set(config, '$.fork', ?) WHERE id = 2", f"{RUN}@{EVERY}"
    )
    drawn = Drawn(experiment, shared_server)
    drawn.draw()
    until_the_test_ends.close()
    return lambda run: open_once(drawn.url(run))


@pytest.mark.parametrize(
    ("run", "name"), WINDOWS, ids=[f"{run or 'compare'}-{name}" for run, name in WINDOWS]
)
def test_a_window_says_what_it_shows_by_one_click(
    pages: Callable[[str | None], Page], run: str | None, name: str
) -> None:
    entries: dict[str, Window] = dict(RUN_WINDOWS if run else COMPARE_WINDOWS)
    page = pages(run)
    window(page, name).get_by_role("button", name="what is").first.click()
    said = page.get_by_role("dialog")
    expect(said.locator("p").last).to_have_text(sentence(entries[name].says))
    page.keyboard.press("Escape")
    expect(said).to_have_count(0)


def sentence(says: str) -> str:
    """As a person reads it: without the marks of Markdown, from a capital to a full stop."""
    plain = says.replace("`", "").replace("*", "")
    return plain[0].upper() + plain[1:] + ("" if plain[-1] in ".!?" else ".")
