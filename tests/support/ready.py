"""Launchers and scripts that need not load torch: forked from a process that has, as workers are.

Loading it is more than two thirds of what a launcher's start takes, and the same each time; where
it is not needed, other people's libraries are half. All else is as a person has it: a process of
its own that runs launch.py, or a script of a person's, from its first line to its last, with its
own session, environment, folder, output and, of our code, imports, and what it does at its exit.
What Python does after that, taking every module apart, is left out: it would copy all of torch.
Linux alone can do it; what is to be seen of the start itself begins anew
(`tests.support.launching.Launched`).

Run as a program it is the process that forks. It imports nothing of ours.
"""

import atexit
import ctypes
import fcntl
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

FILE = Path(__file__)
ROOT = FILE.resolve().parents[2]
LAUNCH = ROOT / "launch.py"
MOST_BYTES = 2**18  # of an order: a command line and an environment
SHORT_S = 0.01
FIXED = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "OMP_", "CUDA_")
"""What Python and torch look at as they start: where one of these differs, nothing is forked."""
LIBRARIES = (
    "asyncio", "html", "numpy.random", "PIL.PngImagePlugin", "psutil", "rich.live", "sqlite3",
    "webbrowser", "websocket",
)  # fmt: skip
"""What launchers need that is not ours; workers and scripts, with torch, the second too."""
TORCH = ("requests", "torch", "torchinfo")
ENCODING, PATH, THREADS = "PYTHONIOENCODING", "PYTHONPATH", "OMP_NUM_THREADS"
"""The exceptions, which can be told later: of the standard streams, of imports, of torch."""


class Forked:
    """A launcher that was forked, with what is used of `subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code; None while it runs. Minus the signal that killed it."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout: float = float("inf")) -> int:
        """The exit code, when it has ended; TimeoutError after so many seconds."""
        began_s = time.monotonic()
        while self.poll() is None:
            if time.monotonic() - began_s > timeout:
                raise TimeoutError(f"it has not ended within {timeout} s")
            time.sleep(SHORT_S)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Ready:
    """Forks launchers, for as long as the process of the tests lives; gets ready when first asked.

    mark: a variable of the environment that each launcher and all that it starts have, as /proc
    shows it; its values have as many characters as `blank`. torch: whether it has torch loaded: as
    a copy of a process that has, a launcher that does not need it would cost more.
    """

    def __init__(self, mark: str, blank: str, *, torch: bool) -> None:
        self._environ = {**os.environ, mark: blank}
        self._mark, self._blank, self._libraries = mark, blank, LIBRARIES + TORCH * torch
        self._orders: socket.socket | None = None

    def can_fork(self, environ: dict[str, str]) -> bool:
        """Whether a launcher with this environment may be forked."""
        differ = {name for name, _ in environ.items() ^ self._environ.items()}
        differ -= {ENCODING, PATH, THREADS}
        return sys.platform == "linux" and not any(name.startswith(FIXED) for name in differ)

    def fork(
        self,
        arguments: list[str],
        folder: Path,
        environ: dict[str, str],
        streams: Sequence[int],
        ignored: Sequence[int] = (),
        program: Path = LAUNCH,
    ) -> Forked:
        """Start `launch.py`, or another program, with the arguments.

        streams: descriptors for its input, output and errors; a terminal becomes its own, which
        hangs up with it. ignored: signals that it ignores from the beginning, as under nohup.
        """
        assert len(environ[self._mark]) == len(self._blank)
        self._orders = self._orders or self._start()
        names = [str(program), *arguments]
        order = [names, str(folder), environ, self._mark, self._blank, [*ignored]]
        text = json.dumps(order).encode()
        assert len(text) < MOST_BYTES
        socket.send_fds(self._orders, [text], streams)
        answer = self._orders.recv(MOST_BYTES).decode()
        assert answer.isdigit(), answer
        return Forked(int(answer))

    def _start(self) -> socket.socket:
        """The process that forks; it ends when we do. Orphans of ours are our children from now."""
        from trainers.launcher.start import OPENMP
        from trainers.local.prctl import adopt_orphans

        assert adopt_orphans()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, str(FILE), str(theirs.fileno()), *self._libraries],
                env={**OPENMP, **self._environ}, stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )  # fmt: skip
        atexit.register(process.wait)
        atexit.register(ours.close)
        return ours


def serve(orders: socket.socket) -> None:
    """Fork a launcher for each order and answer its process id. Returns in the launcher alone."""
    while True:
        text, streams, _, _ = socket.recv_fds(orders, MOST_BYTES, 3)
        if not text:
            os._exit(0)  # at once: nobody waits for what Python tidies up
        between = os.fork()
        if not between:
            between = os.getpid()
            if os.fork():
                os._exit(0)
            while os.getppid() == between:  # until the process of the tests is the parent
                time.sleep(0.001)
            os.setsid()
            try:
                be_like_new(json.loads(text), streams)
            except BaseException as why:
                orders.send(repr(why).encode())
                raise
            orders.send(str(os.getpid()).encode())
            orders.close()
            return
        os.waitpid(between, 0)
        for stream in streams:
            os.close(stream)


Order = tuple[list[str], str, dict[str, str], str, str, list[int]]


def be_like_new(order: Order, streams: list[int]) -> None:
    """Take up what a new process would have been given."""
    arguments, folder, environ, mark, blank, ignored = order
    for standard, stream in enumerate(streams):
        os.dup2(stream, standard)
        os.close(stream)
    hear(ignored)
    os.chdir(folder)
    threads, torch = environ.get(THREADS), sys.modules.get("torch")
    if torch and threads and threads != os.environ.get(THREADS):
        torch.set_num_threads(int(threads))
    os.environ.clear()
    os.environ.update(environ)
    if encoding := environ.get(ENCODING):
        sys.stdout = os.fdopen(1, "w", encoding=encoding, closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding=encoding, errors="backslashreplace", closefd=False)
    write_over(f"{mark}={blank}".encode(), f"{mark}={environ[mark]}".encode())
    sys.argv = arguments
    paths = environ.get(PATH, "").split(os.pathsep)
    sys.path[:1] = [str(Path(sys.argv[0]).parent), *filter(None, paths)]


def hear(ignored: Sequence[int]) -> None:
    """Of signals, what a terminal or nohup would have a new process hear; it leads a session."""
    if os.isatty(0):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests themselves may run under nohup
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


def write_over(before: bytes, after: bytes) -> None:
    """Change an entry of the environment where others read it, in /proc: Python has a copy."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[47]), int(fields[48])
    place = ctypes.string_at(start, end - start).index(before)
    ctypes.memmove(start + place, after, len(after))


def load(libraries: Sequence[str]) -> None:
    for name in libraries:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # or collecting garbage would copy it all


def run(program: str, codes: list[int]) -> None:
    """Run it as Python would; codes: gets its exit code, unless Python has more to say."""
    try:
        runpy.run_path(program, run_name="__main__")
        codes.append(0)
    except SystemExit as ended:
        if isinstance(ended.code, int):
            codes.append(ended.code)
        raise


def leave(codes: list[int]) -> None:
    """End with the exit code, where it is known and all that was printed can be written."""
    if not codes:
        return
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(codes[0])


if __name__ == "__main__":
    ended_with: list[int] = []
    atexit.register(leave, ended_with)  # the first is called last, when Python's own work begins
    load(sys.argv[2:])
    serve(socket.socket(fileno=int(sys.argv[1])))
    run(sys.argv[0], ended_with)
