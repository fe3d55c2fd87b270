"""dashboard.board.client: where requests go, and where they never go, whatever the environment
says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dashboard.board.board import Board
from dashboard.board.client import Client, ClientError, NotTakenError, RemoteHost
from dashboard.board.dashboard import Dashboard
from dashboard.board.messages import window_message
from dashboard.board.scene import Place, Scene
from dashboard.server.process import ServerError
from dashboard.windows.content import Html
from dashboard.windows.window import Window
from tests.support.launching import until

SIZE = Window("w", 400, 300, (), "a window")
PACKET = '{"data": [{"type": "text", "content": "hello"}], "layout": {}}'
WINDOW = window_message("e", "w", PACKET, "w", SIZE)


class Stranger:
    """A server that answers everything with one page and remembers what it was asked."""

    def __init__(self, status: int = 200, **headers: str) -> None:
        self.asked: list[str] = []
        stranger = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                stranger.asked.append(f"{self.requestline}\n{self.headers}")
                self.send_response(status)
                body = b"<html><body>Please log in to a network</body></html>"
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_CONNECT = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class OurHost:
    """A server of ours as the board sees it, with its token."""

    url: str
    headers: dict[str, str] = field(default_factory=lambda: {"X-Trainboard-Token": "the-token"})
    generation: int = 0
    watched_path: str | None = "/trainboard/alive"
    windows_path: str | None = "/trainboard/windows"


@pytest.fixture
def stranger() -> Iterator[Callable[..., Stranger]]:
    strangers: list[Stranger] = []

    def make(status: int = 200, **headers: str) -> Stranger:
        strangers.append(Stranger(status, **headers))
        return strangers[-1]

    yield make
    for each in strangers:
        each.close()


@pytest.fixture
def proxy(stranger: Callable[..., Stranger], monkeypatch: pytest.MonkeyPatch) -> Stranger:
    """A proxy that the environment names for everything."""
    server = stranger()
    for variable in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(variable, server.url)
        monkeypatch.setenv(variable.upper(), server.url)
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    return server


def send(client: Client) -> NotTakenError | None:
    """What becomes of a window that is sent."""
    client.begin([WINDOW])
    (refusal,) = client.answers()
    return refusal


def say_everything(client: Client) -> None:
    """Every kind of request that the board makes; what comes of them does not matter here."""
    for request in (
        client.check,
        client.watched,
        lambda: client.has("e", "w"),
        lambda: send(client),
        lambda: client.save_layout("e", [("w", SIZE)], ["w"]),
    ):
        try:
            request()
        except ClientError:
            continue


def test_a_proxy_of_the_environment_is_never_told_of_our_own_server(
    proxy: Stranger, stranger: Callable[..., Stranger]
) -> None:
    server = stranger()
    say_everything(Client(OurHost(server.url)))
    say_everything(Client(OurHost("http://trainboard.invalid:8097")))  # not loopback either
    say_everything(Client(RemoteHost(server.url)))  # one that somebody else runs on this machine
    assert len(server.asked) == 9  # a stranger says not itself what is watched
    assert proxy.asked == []


def test_a_server_on_another_machine_may_be_reached_through_a_proxy_and_gets_no_token(
    proxy: Stranger,
) -> None:
    say_everything(Client(RemoteHost("http://visdom.invalid:8097")))
    assert len(proxy.asked) == 4
    assert not any("Token" in asked for asked in proxy.asked)


def test_a_redirect_takes_the_token_nowhere(stranger: Callable[..., Stranger]) -> None:
    thief = stranger()
    server = stranger(status=302, Location=thief.url + "/socket")
    say_everything(Client(OurHost(server.url)))
    assert len(server.asked) == 5
    assert thief.asked == []


def test_a_login_of_netrc_is_sent_to_no_server_of_this_machine(
    stranger: Callable[..., Stranger], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password lovelace\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server = stranger()
    say_everything(Client(OurHost(server.url)))
    assert server.asked
    assert not any("Authorization" in asked for asked in server.asked)


def test_a_page_instead_of_an_answer_is_a_wire_error(stranger: Callable[..., Stranger]) -> None:
    client = Client(OurHost(stranger().url))
    with pytest.raises(ClientError, match="/trainboard/alive was answered '<html>"):
        client.watched()
    with pytest.raises(ClientError, match="/trainboard/windows was answered '<html>"):
        send(client)
    assert "it was answered '<html>" in str(send(Client(RemoteHost(client.host.url))))


def test_a_page_where_a_server_was_named_is_one_sentence(
    stranger: Callable[..., Stranger], tmp_path: Path
) -> None:
    url = stranger().url
    dashboard = Dashboard("127.0.0.1", None, url, tmp_path / "server.log")
    with pytest.raises(ServerError, match=f"no Visdom server answers at {url}: what answers is no"):
        dashboard.start()


class OneWindow(Scene):
    """One environment with one window."""

    def __init__(self) -> None:
        self.lock = threading.RLock()

    def look(self, environments: Collection[str]) -> None:
        pass

    def environments(self) -> Iterator[tuple[str, list[Place]]]:
        yield "e", [Place("w", SIZE, lambda: Html("hello"), (0,))]

    def alive(self) -> bool:
        return False


def test_a_board_outlives_a_proxy_that_answers_pages_and_says_so_once(
    stranger: Callable[..., Stranger], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.board.board.FRAME_S", 0.02)
    monkeypatch.setattr("dashboard.board.trouble.PATIENCE_S", 0.1)
    reports: list[str] = []
    page = stranger()
    board = Board(OneWindow(), OurHost(page.url), reports.append)
    board.start()
    try:
        until(lambda: board.failures > 20 and reports)
        assert len(reports) == 1
        assert "nothing can be shown at the moment: /trainboard/alive was answered" in reports[0]
        assert board._thread.is_alive()
    finally:
        board.stop()
