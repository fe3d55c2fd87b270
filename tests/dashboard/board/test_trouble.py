"""dashboard.board: a window that is at fault is named and takes no other with it."""

import threading
from collections.abc import Callable, Collection, Iterator

import pytest

from dashboard.board.board import Board
from dashboard.board.scene import Place, Scene
from dashboard.board.window_sender import MOST_BYTES
from dashboard.server.process import Server
from dashboard.windows.content import Content, Html
from dashboard.windows.window import Window
from tests.support.launching import until
from tests.support.server_windows import window


class Listed(Scene):
    """Environments that a test lists, each with a window named `w`."""

    def __init__(self, *names: str) -> None:
        self.lock = threading.RLock()
        self.names = list(names)
        self.draw: dict[str, Callable[[], Content]] = {}
        self.trouble: Exception | None = None

    def look(self, environments: Collection[str]) -> None:
        pass

    def environments(self) -> Iterator[tuple[str, list[Place]]]:
        if self.trouble:
            raise self.trouble
        for name in self.names:
            draw = self.draw.get(name, lambda: Html("hello"))
            yield name, [Place("w", Window("w", 400, 300, (), "a window"), draw, (0,))]

    def alive(self) -> bool:
        return False


def test_a_window_that_the_server_refuses_is_named_once_and_all_others_are_sent(
    server: Server,
) -> None:
    reports: list[str] = []
    board = Board(Listed("refused-a", "<b>", "refused-c"), server, reports.append)
    for _ in range(3):
        board.frame()
    assert board.undrawn() == 0
    for name in ("refused-a", "refused-c"):
        assert ">hello<" in window(server, name, "w")["content"]
    names = [line for line in reports if "the window 'w' of <b> cannot be shown" in line]
    assert len(names) == 1
    assert len(reports) == 1
    assert "An environment name has" in reports[0]


def test_a_window_that_is_too_large_or_raises_says_so_in_its_own_place(server: Server) -> None:
    reports: list[str] = []
    scene = Listed("note-a", "note-b", "note-c")
    contents: dict[str, Content] = {}
    scene.draw = {
        "note-a": lambda: Html("x" * (MOST_BYTES + 1)),
        "note-b": lambda: contents["none"],
    }
    board = Board(scene, server, reports.append)
    for _ in range(3):
        board.frame()
    assert "16 MB, too much for a page" in window(server, "note-a", "w")["content"]
    assert (
        "could not be drawn: KeyError: &#x27;none&#x27;" in window(server, "note-b", "w")["content"]
    )
    assert ">hello<" in window(server, "note-c", "w")["content"]
    assert [line.partition(" cannot be")[0] for line in reports] == [
        f"dashboard: the window 'w' of note-{letter}" for letter in "ab"
    ]


def test_a_board_outlives_whatever_its_scene_raises_and_draws_when_it_can(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.board.board.FRAME_S", 0.02)
    reports: list[str] = []
    scene = Listed("outlived")
    scene.trouble = RuntimeError("nobody thought of this")
    board = Board(scene, server, reports.append)
    board.start()
    try:
        until(lambda: board.failures > 3)
        assert reports == [
            "dashboard: nothing can be drawn: RuntimeError: nobody thought of this; "
            "it is tried again"
        ]
        scene.trouble = None
        until(lambda: board.frames)
        assert ">hello<" in window(server, "outlived", "w")["content"]
    finally:
        board.stop()
