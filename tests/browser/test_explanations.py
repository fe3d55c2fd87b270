"""The sentence that the table of windows has for each is a click away on the page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.record.machine import Machine
from dashboard.record.provenance import entry
from dashboard.runs.experiment import Experiment
from dashboard.server.process import Server
from dashboard.windows.compare_windows import COMPARE_WINDOWS, compare_windows
from dashboard.windows.run_windows import RUN_WINDOWS, run_windows
from dashboard.windows.window import Window
from tests.support.drawn import Drawn
from tests.support.invented import EVERY, add_text, invent
from tests.support.other_tasks import labels, regression
from tests.support.page import window
from tests.support.reading import until_the_test_ends

RUN = "0.01-0"
LAST = ("test_r2", "test_mae", "against", "residuals", "answers", "lr", "test_f1", "label_scores")
"""Windows of numbers, then of labels: what one page has stands together, which is opened once."""


def of_one_page(name: str) -> int:
    return LAST.index(name) + 1 if name in LAST else 0


WINDOWS = [
    *(("compare", name) for name in sorted(COMPARE_WINDOWS, key=of_one_page)),
    *(("run", name) for name in sorted(RUN_WINDOWS, key=of_one_page)),
]
OpenPage = Callable[[str, str], Page]


@pytest.fixture(scope="module")
def pages(
    new_folder: Callable[[str], Path],
    shared_server: Server,
    open_once: Callable[[str], Page],
) -> OpenPage:
    """Opens a page that has the window: of an experiment of 24 groups, from which on every window
    of images is there, or of one of another task; the comparison's, or a run's own.
    """
    folder = new_folder("explained")
    pages: list[tuple[set[str], str]] = []  # the names of a page's windows, and its address
    for experiment in (
        of_images(folder), regression(new_folder("numbers")), labels(new_folder("tags")),
    ):  # fmt: skip
        drawn = Drawn(experiment, shared_server)
        drawn.draw()
        run = next((view for view in experiment.runs if view.name == RUN), experiment.runs[0])
        pages.append(({f"compare {name}" for name in compare_windows(experiment)}, drawn.url()))
        pages.append(({f"run {name}" for name in run_windows(run)}, drawn.url(run.name)))
    until_the_test_ends.close()

    def page_with(kind: str, name: str) -> Page:
        return open_once(next(url for names, url in pages if f"{kind} {name}" in names))

    return page_with


def of_images(folder: Path) -> Experiment:
    """Its first run has left all that a run can leave."""
    grid = {"lr": [0.01, 0.02, 0.03, 0.04, 0.05, 0.06], "width": [0, 1, 2, 3]}
    experiment = invent(folder, grid)
    experiment.record.keep(entry(["--exit"]))
    for name in ("output", "traceback"):
        add_text(experiment, RUN, name, "a line")
    for name, value in {"models": "[]", "distribution": "{}", "first_weights": "[]"}.items():
        add_text(experiment, RUN, name, value, kind="json")
    Machine(experiment.record.pending).sample(images_per_s=1.0)
    experiment.record.pending.add(
        "UPDATE run SET config = json_set(config, '$.fork', ?) WHERE id = 2", f"{RUN}@{EVERY}"
    )
    experiment.record.pending.demand()
    experiment.poll()
    return experiment


@pytest.mark.parametrize(
    ("kind", "name"), WINDOWS, ids=[f"{kind}-{name}" for kind, name in WINDOWS]
)
def test_a_window_says_what_it_shows_by_one_click(pages: OpenPage, kind: str, name: str) -> None:
    entries: dict[str, Window] = dict(RUN_WINDOWS if kind == "run" else COMPARE_WINDOWS)
    page = pages(kind, name)
    window(page, name).get_by_role("button", name="what is").first.click()
    said = page.get_by_role("dialog")
    expect(said.locator("p").last).to_have_text(sentence(entries[name].says))
    page.keyboard.press("Escape")
    expect(said).to_have_count(0)


def sentence(says: str) -> str:
    """As a person reads it: without the marks of Markdown, from a capital to a full stop."""
    plain = says.replace("`", "").replace("*", "")
    return plain[0].upper() + plain[1:] + ("" if plain[-1] in ".!?" else ".")
