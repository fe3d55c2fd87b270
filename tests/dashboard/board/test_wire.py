"""dashboard.board.wire: the connection that is kept, and what ends it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dashboard.board.wire import DirectWire
from tests.support.launching import until


class Echo(ThreadingHTTPServer):
    """Answers every request with its own path over connections that it keeps."""

    daemon_threads = True

    def __init__(self) -> None:
        self.begun = 0
        echo = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                echo.begun += 1

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", str(len(self.path)))
                self.end_headers()
                self.wfile.write(self.path.encode())
                self.close_connection = self.path == "/last"

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as server:
        yield server
        server.shutdown()


@pytest.fixture
def wire(echo: Echo) -> DirectWire:
    return DirectWire(f"http://127.0.0.1:{echo.server_port}/base")


def ask(wire: DirectWire, path: str) -> str:
    wire.begin("POST", path, b"body", {})
    return wire.answer()[1]


def test_one_connection_serves_many_requests(echo: Echo, wire: DirectWire) -> None:
    assert [ask(wire, f"/{i}") for i in range(5)] == [f"/base/{i}" for i in range(5)]
    assert echo.begun == 1


def test_a_connection_that_the_server_ended_is_made_anew(echo: Echo) -> None:
    wire = DirectWire(f"http://127.0.0.1:{echo.server_port}")
    ask(wire, "/last")
    until(wire._was_cut)
    assert ask(wire, "/next") == "/next"
    assert echo.begun == 2


def test_an_answer_that_nobody_waited_for_is_not_taken_for_the_next(
    echo: Echo, wire: DirectWire
) -> None:
    wire.begin("POST", "/given-up", b"", {})
    assert ask(wire, "/wanted") == "/base/wanted"


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.board.wire.ANSWER_TIMEOUT_S", 0.1)
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as deaf:  # accepts nobody
        wire = DirectWire(f"http://127.0.0.1:{deaf.server_port}")
        with pytest.raises(TimeoutError):
            ask(wire, "/")
