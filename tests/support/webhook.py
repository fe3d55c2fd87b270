"""A webhook of ours on this machine, which answers, refuses or hangs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


class Hook:
    """A webhook of ours. got: the bodies, by their paths. headers: of the last request."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.got: list[tuple[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.may_answer = Event()

    def kinds(self) -> list[str]:
        return [body["kind"] for _, body in self.got]


@contextmanager
def webhook(status: int = 200, leads_to: str = "", hangs: bool = False) -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.headers = dict(self.headers)
            hook.got.append((self.path, json.loads(body)))
            if hangs:
                hook.may_answer.wait()
            self.send_response(status)
            if leads_to:
                self.send_header("Location", leads_to)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hook = Hook(server.server_port)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hook
    finally:
        hook.may_answer.set()
        server.shutdown()
        thread.join()
        server.server_close()
