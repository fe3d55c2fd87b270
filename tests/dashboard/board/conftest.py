"""A server to draw on, a record with two runs, and the library of a folder."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dashboard.board.library import LibraryScene
from dashboard.record.reader import Record
from dashboard.runs import shelf
from dashboard.runs.experiment import Experiment
from dashboard.server.process import Server
from tests.support.looking import Open
from tests.support.reading import add_runs, new_record
from tests.support.servers import serving


@pytest.fixture(autouse=True)
def _boards_have_ended() -> Iterator[None]:
    """Before the records that they read are closed: one that is told to end may take a moment."""
    yield
    for thread in threading.enumerate():
        if thread.name == "board":
            thread.join(30)
            assert not thread.is_alive(), "a board still draws: nobody has told it to end"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "server.log"
    with serving(8300, log) as running:
        yield running


@pytest.fixture
def record(tmp_path: Path, request: pytest.FixtureRequest) -> Record:
    name = "exp-" + "".join(c if c.isalnum() else "-" for c in request.node.name)[:50]
    record = new_record(tmp_path / name)
    add_runs(record, [("relu", {"activation": "relu"}), ("tanh", {"activation": "tanh"})])
    return record


@pytest.fixture
def hasty_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library looks at records and draws more often than for people."""
    monkeypatch.setattr(shelf, "FOLLOW_EVERY_S", 0.02)
    monkeypatch.setattr(shelf, "LIST_EVERY_S", 0.02)
    monkeypatch.setattr("dashboard.board.board.FRAME_S", 0.05)


@pytest.fixture
def library(tmp_path: Path, hasty_shelf: None) -> Iterator[Open]:
    """The scene of the folder, with the experiments that a launcher began with."""
    with ExitStack() as stack:

        def open_(*held: Experiment) -> LibraryScene:
            scene = LibraryScene(tmp_path, held)
            stack.callback(scene.close)
            return scene

        yield open_
    assert "shelf" not in [thread.name for thread in threading.enumerate()]
