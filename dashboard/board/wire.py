"""Carries requests to one server, each with a time-out: over a connection that is kept, straight to
it; or, where that is the only way out of a network, through the proxy that the environment names.

Follows no redirect. What is asked, and what an answer means, is for `dashboard.board.client` to
say.
"""

from __future__ import annotations

import http.client
import select
import weakref
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S = 1.0, 5.0

Answer = tuple[int, str]  # status and text


class Wire(Protocol):
    """A way to a server. Both methods raise OSError, ValueError or http.client.HTTPException."""

    def begin(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Send a request. The answer to an earlier one is given up if nobody has asked for it."""

    def answer(self) -> Answer:
        """Wait for the answer to the request that was begun."""


class DirectWire:
    """No proxy, whatever the environment says, and no login of ~/.netrc."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=CONNECT_TIMEOUT_S)
        weakref.finalize(self, self._connection.close)  # it is kept for as long as somebody asks
        self._prefix = parts.path
        self._answer_due = False

    def begin(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        if self._answer_due or self._was_cut():
            self._connection.close()
        self._answer_due = True
        if self._connection.sock is None:
            self._connection.connect()
            if self._connection.sock:
                self._connection.sock.settimeout(ANSWER_TIMEOUT_S)
        self._connection.request(method, self._prefix + path, body, dict(headers))

    def answer(self) -> Answer:
        try:
            response = self._connection.getresponse()
            text = response.read().decode(errors="replace")
        except BaseException:
            self._connection.close()
            raise
        self._answer_due = False
        return response.status, text

    def _was_cut(self) -> bool:
        """Whether the server ended the connection since it was used last."""
        if self._connection.sock is None:
            return False
        poller = select.poll()  # other than select it takes descriptors of any height
        poller.register(self._connection.sock, select.POLLIN)
        return bool(poller.poll(0))


class ProxiedWire:
    """As a browser on this machine would go."""

    def __init__(self, url: str) -> None:
        import requests  # takes longer to import than all of the board, and few need it

        self._url, self._session = url, requests.Session()

    def begin(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        self._response = self._session.request(
            method,
            self._url + path,
            data=body,
            headers=headers,
            timeout=(CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S),
            allow_redirects=False,
        )

    def answer(self) -> Answer:
        return self._response.status_code, self._response.text
