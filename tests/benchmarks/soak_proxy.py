"""A proxy for the environment of a soak: our own server must never be asked through it."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Proxy:
    """A proxy that answers HTML to everything, as a company's does, and counts who came."""

    def __init__(self) -> None:
        proxy = self

        class Answer(BaseHTTPRequestHandler):
            def parse_request(self) -> bool:  # whatever its method is
                proxy.asked += 1
                self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n<html>please log in</html>")
                self.close_connection = True
                return False

        self.asked = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self._server.server_port}"
        return dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), url)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
