"""The dashboard's server as its launcher sees it: start, watch, restart, stop.

`Server` holds the listening socket and runs `dashboard.server.app` as a process of its own on it,
so the port stays ours and browsers only wait while a killed host is started again. What the host
answers is not decided here, and neither Visdom nor tornado is imported.
"""

import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from dashboard.program import ROOT
from dashboard.server import address, assets, offered, private
from dashboard.server.address import PASSWORD_VARIABLE, USERNAME_VARIABLE, Entry, ServerError
from dashboard.server.plotly_file import plotly_file
from dashboard.server.private import PrivateFolder
from dashboard.server.server_log import open_log

__all__ = ["Server", "ServerError"]

TOKEN_HEADER = "X-Trainboard-Token"
ALIVE_PATH = "/trainboard/alive"  # answers with what pages have open
WINDOWS_PATH = "/trainboard/windows"  # takes many windows at once
QUICK_DEATH_S = 1.0  # a host that lived shorter is started again more and more slowly
SLOWEST_RESTART_S = 5.0
END_S = 1.5  # a host that needs longer is stuck: the board's last frame took 2 of Ctrl-C's 5 s


class Server:
    """The process that hosts Visdom, on one port for as long as the launcher lives.

    `host` other than loopback needs `username` and `password`. A taken `port` is an error when
    the person named it (`named_port`); otherwise the next free one is taken and `notice` says
    so. What the process says goes to `log_path`, a file that stays small. entry: what lets a
    visitor in; None chooses what fits this machine. routes: the module whose `rules(runs_dir)`
    gives the host more handlers; by name, because it is the host that imports it. embed,
    read_only: see `Access`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        named_port: bool,
        log_path: Path,
        username: str | None = None,
        password: str | None = None,
        entry: Entry | None = None,
        routes: str | None = None,
        runs_dir: Path | None = None,
        embed: Sequence[str] = (),
        read_only: bool = False,
    ) -> None:
        address.check_exposure(host, username, password)
        self.host, self.port, self.named_port = host, port, named_port
        self.log_path = log_path.resolve()
        self.entry = entry or address.choose_entry(username)
        self.notice: str | None = None
        self.generation = 0
        self.headers = {TOKEN_HEADER: secrets.token_urlsafe(32)}
        self._routes, self._runs_dir = routes, runs_dir
        self._embed, self._read_only = offered.check_origins(embed), read_only
        self._secrets = {
            "TRAINBOARD_TOKEN": self.headers[TOKEN_HEADER],
            "TRAINBOARD_COOKIE_SECRET": secrets.token_urlsafe(32),
            "TRAINBOARD_ENTRY_TOKEN": secrets.token_urlsafe(32),
        }
        if username and password:
            self._secrets |= {USERNAME_VARIABLE: username, PASSWORD_VARIABLE: password}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: socket.socket | None = None
        self._scratch: PrivateFolder | None = None
        self._started_s = self._restart_due_s = self._restart_delay_s = 0.0

    @property
    def url(self) -> str:
        """The address to open on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def entry_query(self) -> str:
        """What the opened address must end with to let a browser in; often nothing."""
        return f"?token={self._secrets['TRAINBOARD_ENTRY_TOKEN']}" if self.entry == "token" else ""

    @property
    def watched_path(self) -> str:
        return ALIVE_PATH

    @property
    def windows_path(self) -> str:
        return WINDOWS_PATH

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Take the port and start the host process; returns without waiting for it.

        Needs no network. Raises ServerError, or AssetError where Visdom or plotly is missing.
        """
        assets.installed_version()
        plotly_file()
        self._listener, self.notice = address.take(self.host, self.port, self.named_port)
        self.port = self._listener.getsockname()[1]
        try:
            self._scratch = private.make()
            with self._lock:
                self._spawn()
        except OSError as error:
            self.stop()
            raise ServerError(f"The dashboard's server cannot start: {error}.") from error
        except ServerError:
            self.stop()
            raise

    def wait_ready(self, timeout_s: float = 15.0) -> None:
        """Return once the host answers. Raises ServerError when it ends or `timeout_s` passes."""
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            if not self.alive():
                break
            if self._answers():
                return
        state = "did not answer in time" if self.alive() else "ended at once"
        raise ServerError(f"The dashboard's server {state}; its last words are in {self.log_path}.")

    def alive(self) -> bool:
        """Whether the host process runs."""
        process = self._process
        return process is not None and process.poll() is None

    def restart_if_dead(self) -> bool:
        """Start the host again, on the same port, if it died; True when this call did.

        Never blocks for long. A host that keeps dying young is started again after a growing
        pause, at most SLOWEST_RESTART_S.
        """
        with self._lock:
            if self._process is None or self._listener is None or self._process.poll() is None:
                return False
            now_s = time.monotonic()
            if self._restart_due_s < self._started_s:  # this death is news: plan its restart
                young = now_s - self._started_s < QUICK_DEATH_S
                self._restart_due_s = now_s + (self._restart_delay_s if young else 0.0)
                slower_s = min(max(2 * self._restart_delay_s, 0.25), SLOWEST_RESTART_S)
                self._restart_delay_s = slower_s if young else 0.0
            if now_s < self._restart_due_s:
                return False
            with contextlib.suppress(ServerError):  # then the host refuses the folder and says so
                self._scratch = self._scratch and private.renewed(self._scratch)
            self._spawn()
            return True

    def stop(self, timeout_s: float = END_S) -> None:
        """End the host process and give the port back. May be called twice."""
        with self._lock:
            process, listener, scratch = self._process, self._listener, self._scratch
            self._process = self._listener = self._scratch = None
        if process is not None:
            end_process(process, timeout_s)
        if listener is not None:
            listener.close()
        if scratch is not None:
            scratch.remove()

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_why: object) -> None:
        self.stop()

    def _spawn(self) -> None:
        assert self._listener
        assert self._scratch
        if self._process is not None and self._process.stdin:
            self._process.stdin.close()
        descriptor = self._listener.fileno()
        command = [sys.executable, "-m", "dashboard.server.app", "--fd", str(descriptor)]
        command += ["--host", self.host, "--port", str(self.port)]
        command += ["--env-path", str(self._scratch.path), "--entry", self.entry]
        if self._routes:
            command += ["--routes", self._routes]
        if self._runs_dir:
            command += ["--runs-dir", str(self._runs_dir.resolve())]
        command += [word for origin in self._embed for word in ("--embed", origin)]
        command += ["--read-only"] if self._read_only else []
        # LOGNAME: Visdom prints it in the page, and asking the system for it can fail.
        environment = os.environ | {"LOGNAME": "trainboard", "PYTHONUNBUFFERED": "1"}
        environment = {k: v for k, v in environment.items() if not k.startswith("VISDOM_")}
        with open_log(self.log_path) as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment | self._secrets,
                pass_fds=[descriptor],
                stdin=subprocess.PIPE,  # never written to: its end tells that the launcher died
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is the launcher's to handle
            )
        self._started_s = time.monotonic()
        self.generation += 1

    def _answers(self) -> bool:
        host = self.url.removeprefix("http://").rpartition(":")[0].strip("[]")
        connection = http.client.HTTPConnection(host, self.port, timeout=0.5)
        try:
            connection.request("GET", ALIVE_PATH, headers=self.headers)
            return connection.getresponse().status == 200
        except OSError:
            return False  # not accepted within the time-out: the host is still starting
        finally:
            connection.close()


def end_process(process: "subprocess.Popen[bytes]", timeout_s: float) -> None:
    """Ask the process to end, wait `timeout_s`, then kill it with all that it has started."""
    if process.stdin:
        process.stdin.close()
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # it was started with a group of its own
        process.wait()
