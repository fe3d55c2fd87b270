"""Runs the dashboard for a launcher: a Visdom server and the board that draws on it.

Starts them, opens the browser, restarts a server that died, stops both. Draws nothing itself.
"""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

from dashboard.board.board import Board
from dashboard.board.client import RemoteHost
from dashboard.board.remote import introduced
from dashboard.board.scene import Scene
from dashboard.output import report
from dashboard.server.address import PASSWORD_VARIABLE, USERNAME_VARIABLE, choose_entry
from dashboard.server.process import Server, ServerError

DEFAULT_PORT = 8097
LAST_FRAME_S = 2.0
READABLE = "=,@:~"  # in an address without escapes, where a terminal still sees one link
ROUTES = "dashboard.page.routes"  # what our page asks for beside windows, for the server to import


class Dashboard:
    """A server (ours, or one that runs at `server_url`) and, once opened, the board of a scene.

    port: None takes the default port or the next free one. runs_dir: the folder whose experiments
    our page lists. no_token: see `choose_entry`. embed, read_only: see `Access`. Raises ServerError
    for bad addresses, UserError for bad origins.
    """

    def __init__(
        self,
        host: str,
        port: int | None,
        server_url: str | None,
        log_path: Path,
        *,
        runs_dir: Path | None = None,
        no_token: bool = False,
        embed: Sequence[str] = (),
        read_only: bool = False,
    ) -> None:
        self._server: Server | None = None
        self._board: Board | None = None
        self._first = ""
        self._browser_waits = False
        if server_url is not None and embed:
            raise ServerError("--embed is for our own server: leave away --server")
        if server_url is not None:
            self._host: Server | RemoteHost = RemoteHost(_checked(server_url))
            return
        if port is not None and not 1 <= port <= 65535:
            raise ServerError(f"--port {port} is not allowed: it must be in 1 .. 65535")
        self._server = self._host = Server(
            host,
            port or DEFAULT_PORT,
            named_port=port is not None,
            log_path=log_path,
            username=os.environ.get(USERNAME_VARIABLE),
            password=os.environ.get(PASSWORD_VARIABLE),
            entry=choose_entry(os.environ.get(USERNAME_VARIABLE), no_token),
            routes=ROUTES,
            runs_dir=runs_dir,
            embed=embed,
            read_only=read_only,
        )

    def __enter__(self) -> Dashboard:
        return self

    def __exit__(self, *why: object) -> None:
        """Draw what is left, unless an exception ends it, and stop everything."""
        if self._board:
            self._board.stop(0.0 if why[0] else LAST_FRAME_S, seen_only=self._server is not None)
        if self._server:
            self._server.stop()

    @property
    def url(self) -> str:
        """The page to open, with what lets a browser in where that is needed.

        A server of others has no page of ours, so none without an environment's name either.
        """
        query = self._server.entry_query if self._server else ""
        page = f"/env/{quote(self._first, safe=READABLE)}" if self._first else "/"
        return f"{self._host.url}{page}{query}"

    def start(self) -> None:
        """Start the server, or see that the one named answers. Raises ServerError."""
        if self._server:
            self._server.start()
            return
        username, password = os.environ.get(USERNAME_VARIABLE), os.environ.get(PASSWORD_VARIABLE)
        self._host = introduced(self._host.url, username, password, report)

    def open(self, scene: Scene, *, browser: bool) -> None:
        """Begin to draw; the browser opens when the first frame is there.

        It opens the scene's first environment, or home where there is none.
        """
        self._first = next((where for where, _ in scene.environments()), "")
        self._board = Board(scene, self._host, report)
        self._board.start()
        self._browser_waits = browser and _has_screen()
        if self._server and self._server.notice:
            print(self._server.notice, flush=True)
        print(f"dashboard: {self.url}", flush=True)

    def supervise(self) -> None:
        """Look after the server; called a few times a second and never waits long."""
        if self._server:
            self._server.restart_if_dead()
        if self._browser_waits and self._board and self._board.frames:
            self._browser_waits = False
            thread = threading.Thread(target=webbrowser.open, args=(self.url,), daemon=True)
            thread.start()

    def complete(self) -> bool:
        """Whether the page shows everything that is known."""
        return self._board is not None and self._board.frames > 0 and self._board.undrawn() == 0


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # brackets that hold no IPv6 address; a port that is no number
        good = False
    if not good:
        raise ServerError(f"--server {url!r} is no address: write http://HOST:PORT")
    return url.rstrip("/")


def _has_screen() -> bool:
    """A text browser in the terminal would be worse than none."""
    return sys.platform != "linux" or any(os.environ.get(v) for v in ("DISPLAY", "WAYLAND_DISPLAY"))
