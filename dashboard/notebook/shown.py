"""Shows the live page within a notebook: a server for this process's own user, as long as it lives.

One for each folder of experiments and each origin; it opens what its pages look at, as `view`
without a name does. It ends with the kernel, however that ends. Figures without a server are
`dashboard.notebook.figures`'s, who may frame the page `dashboard.server.offered`'s to check.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from dashboard.board.board import Board
from dashboard.board.dashboard import DEFAULT_PORT, ROUTES
from dashboard.board.library import LibraryScene
from dashboard.output import report
from dashboard.scratch import scratch_folder
from dashboard.server.address import is_loopback
from dashboard.server.process import Server
from dashboard.windows.html import escape

SUPERVISE_S = 0.5
READY_S = 60.0
NOTE = "border:1px solid #dfe3e8;border-radius:6px"


@dataclass(frozen=True)
class Framed:
    """A page in a frame, as the last line of a cell shows it. url: to open it in a tab instead."""

    url: str
    height: int

    def _repr_html_(self) -> str:
        return (
            f'<iframe src="{escape(self.url)}" title="Trainboard" '
            f'style="width:100%;height:{self.height}px;{NOTE}"></iframe>'
        )


class Host:
    """A server and a board for a folder, that need nobody to look after them.

    Raises ServerError where it cannot be started.
    """

    def __init__(self, runs_dir: Path, embed: Sequence[str]) -> None:
        with ExitStack() as stack:
            scratch = stack.enter_context(scratch_folder())
            scene = LibraryScene(runs_dir)
            stack.callback(scene.close)
            self.server = Server(
                "127.0.0.1",
                DEFAULT_PORT,
                named_port=False,
                log_path=scratch / "server.log",
                routes=ROUTES,
                runs_dir=runs_dir,
                embed=embed,
            )
            stack.enter_context(self.server)
            self.server.wait_ready(READY_S)
            board = Board(scene, self.server, report)
            board.start()
            stack.callback(board.stop)
            self._over = threading.Event()
            self._thread = threading.Thread(target=self._supervise, name="show", daemon=True)
            self._thread.start()
            self._stack = stack.pop_all()
        atexit.register(self.close)

    def close(self) -> None:
        """End the server; harmless when called twice."""
        self._over.set()
        self._stack.close()

    def _supervise(self) -> None:
        while not self._over.wait(SUPERVISE_S):
            self.server.restart_if_dead()


_hosts: dict[tuple[Path, tuple[str, ...]], Host] = {}


def framed(runs_dir: Path, environment: str, embed: tuple[str, ...], height: int) -> Framed:
    """The page of an environment, within pages of the origins `embed`.

    Raises ServerError where no server can be started.
    """
    key = (runs_dir, embed)
    if key not in _hosts:
        _hosts[key] = Host(runs_dir, embed)
    server = _hosts[key].server
    # Under the notebook's own name of this machine the browser takes both for one site, so that a
    # cookie, where one is needed, comes along.
    around = urlsplit(embed[0]).hostname or ""
    host = around if is_loopback(around) and ":" not in around else "127.0.0.1"
    address = f"http://{host}:{server.port}/env/{quote(environment, safe='=,@:~')}"
    return Framed(f"{address}{server.entry_query}", height)


def close_all() -> None:
    """End every server that was started here; a later `show` starts another."""
    while _hosts:
        _hosts.popitem()[1].close()
