"""dashboard.board.window_sender: many windows in one request, each with an answer of its own."""

import json
import threading
from collections.abc import Callable, Collection, Iterator, Sequence

import pytest
import requests

from dashboard.board.board import Board
from dashboard.board.client import ClientError, Host, RemoteHost
from dashboard.board.messages import Message
from dashboard.board.scene import Place, Scene
from dashboard.board.window_sender import MOST_BYTES_AT_ONCE
from dashboard.server.process import Server
from dashboard.windows.content import Html
from dashboard.windows.window import Window
from tests.support.server_windows import window


class Numbered(Scene):
    """One environment with so many windows; what each of them says."""

    def __init__(self, where: str, count: int, says: Callable[[int], str] = str) -> None:
        self.lock = threading.RLock()
        self.where, self.names, self.says = where, [f"w{i}" for i in range(count)], says

    def look(self, environments: Collection[str]) -> None:
        pass

    def environments(self) -> Iterator[tuple[str, list[Place]]]:
        yield self.where, [self._place(i, name) for i, name in enumerate(self.names)]

    def alive(self) -> bool:
        return False

    def _place(self, number: int, name: str) -> Place:
        shape = Window(name, 400, 300, (), "a window")
        return Place(name, shape, lambda: Html(f"<p>{self.says(number)}</p>"), (0,))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, windows are sent in the same company."""
    monkeypatch.setattr("dashboard.board.window_sender.GATHER_S", 3600.0)


def listened(board: Board, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The names in each request of the board from now on; a layout has none."""
    asked: list[list[str]] = []
    begin = board._client.begin

    def note(messages: Sequence[Message]) -> None:
        asked.append([message.echo for message in messages])
        begin(messages)

    monkeypatch.setattr(board._client, "begin", note)
    return asked


def test_a_hundred_windows_need_a_handful_of_requests_and_all_are_there(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = Board(Numbered("hundred", 100), server)
    asked = listened(board, monkeypatch)
    assert board.frame() == 100
    assert [len(names) for names in asked] == [32, 32, 32, 5]  # the last with their places
    for i in (0, 31, 32, 99):
        assert f"<p>{i}</p>" in window(server, "hundred", f"w{i}")["content"]


def test_long_windows_are_not_gathered_for_long(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = Board(Numbered("long", 4, lambda i: "x" * MOST_BYTES_AT_ONCE), server)
    asked = listened(board, monkeypatch)
    board.frame()
    assert asked == [["w0"], ["w1"], ["w2"], ["w3"], [""]]


def test_a_window_does_not_wait_for_long_until_others_are_drawn(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.board.window_sender.GATHER_S", 0.0)
    board = Board(Numbered("hasty", 3), server)
    asked = listened(board, monkeypatch)
    board.frame()
    assert asked == [["w0"], ["w1"], ["w2"], [""]]


def test_while_the_server_works_on_windows_the_next_are_drawn(server: Server) -> None:
    drawn = 0
    under_way: list[bool] = []

    def says(number: int) -> str:
        nonlocal drawn
        drawn += 1
        under_way.append(bool(board._sender._under_way))
        return str(number)

    board = Board(Numbered("ahead", 70, says), server)
    board.frame()
    assert under_way == [False] * 32 + [True] * 38


def test_a_window_over_which_the_server_falls_silent_goes_alone_and_is_given_up_alone(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[str] = []
    board = Board(Numbered("silent", 6), server, reports.append)
    begin = board._client.begin

    def fall_silent(messages: Sequence[Message]) -> None:
        if any(message.echo == "w3" for message in messages):
            raise ClientError("nothing was heard")
        begin(messages)

    monkeypatch.setattr(board._client, "begin", fall_silent)
    silences = 0
    while not board.frames:
        try:
            board.frame()
        except ClientError:
            silences += 1
            board._forget()
    assert silences == 2
    assert board.undrawn() == 0
    assert [bool(window(server, "silent", f"w{i}")) for i in range(6)] == [i != 3 for i in range(6)]
    assert [report.partition(" cannot")[0] for report in reports] == [
        "dashboard: the window 'w3' of silent"
    ]


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "somebody else's"])
def test_any_server_has_the_windows_and_their_places_after_a_frame(
    server: Server, ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    host: Host = server if ours else RemoteHost(server.url)
    where = f"placed-{ours}"
    board = Board(Numbered(where, 3), host)
    asked = listened(board, monkeypatch)
    board.frame()
    assert asked == ([["w0", "w1", "w2", ""]] if ours else [["w0"], ["w1"], ["w2"]])
    assert "<p>2</p>" in window(server, where, "w2")["content"]
    saved = requests.post(f"{server.url}/save", json={"data": [where]}, timeout=5)
    assert saved.json() == [where]
    assert server._scratch
    places = json.loads((server._scratch.path / f"{where}.json").read_text())["reload"]
    assert list(places) == ["w0", "w1", "w2"]
    assert [places[name]["x"] for name in places] == pytest.approx([0, 410 / 12.7, 820 / 12.7])
