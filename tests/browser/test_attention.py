"""What a page in a real browser tells of what it sees, and what it is sent for it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from dashboard import Recorder
from dashboard.board.board import Board
from dashboard.board.client import Client
from dashboard.board.scene import ExperimentScene
from dashboard.record.reader import Record
from dashboard.runs.experiment import Experiment
from dashboard.server.process import Server
from tests.support.launching import until
from tests.support.page import scroll_to, wait_for_windows

HIDE = """(hidden) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
LAST = "(name) => window.trainboard.windows.get(name).content.data[0].x.at(-1)"


def seen(server: Server, environment: str) -> set[str]:
    """The windows that the one page of the environment says it sees."""
    pages = (Client(server).watched() or {}).get(environment, ())
    return set(pages[0].seen) if pages else set()


def test_a_window_out_of_sight_is_sent_nothing_until_it_comes_into_sight(
    shared_server: Server,
    folder: Path,
    open_page: Callable[[str], Page],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dashboard.board.attention.UNSEEN_S", 3600.0)
    with Recorder(folder, "mine") as run:
        run.expect(100, 10)
        for name in ("train_loss", *(f"other{i}" for i in range(12))):
            run.scalar(name, 1, 0.5)
        run.flush()
        experiment = Experiment(Record(folder))
        experiment.poll()
        board = Board(ExperimentScene(experiment), shared_server)
        until(lambda: board.frame() == 0 and not board.undrawn())
        where = experiment.runs[0].environment
        page = open_page(f"{shared_server.url}/env/{where}")
        wait_for_windows(page, ["train_loss", "other11"])
        until(lambda: "train_loss" in seen(shared_server, where))
        assert "other11" not in seen(shared_server, where)

        def record(step: int) -> None:
            for name in ("train_loss", "other11"):
                run.scalar(name, step, 0.4)
            run.flush()
            experiment.poll()
            board.frame()

        record(2)
        until(lambda: page.evaluate(LAST, "train_loss") == 2)
        assert page.evaluate(LAST, "other11") == 1
        scroll_to(page, "other11")
        until(lambda: "other11" in seen(shared_server, where))
        board.frame()
        until(lambda: page.evaluate(LAST, "other11") == 2)
        page.evaluate(HIDE, True)
        until(lambda: seen(shared_server, where) == {"card"})
        record(3)
        page.evaluate(HIDE, False)
        until(lambda: "other11" in seen(shared_server, where))
        assert page.evaluate(LAST, "other11") == 2
