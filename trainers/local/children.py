"""Starts workers as the launcher sees them: how they are born, and what became of them.

Importing torch takes seconds and forking takes milliseconds, so workers come from a fork server
(`trainers.local.forkserver`) that has loaded it: a worker starts at once, and so does the one that
replaces a killed worker. All workers are the launcher's own children. The first fork server is
itself a fork of the launcher, with what both need loaded once; one that replaces it is a process of
its own, because by then the launcher has threads and open files. The launcher does not load torch:
what it must know that takes torch, it asks a process that has it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from dashboard.errors import UserError
from dashboard.program import ROOT
from trainers.local import forkserver, prctl
from trainers.local.forkserver import ANSWERER, KEYBOARD, WORKER

SHORT_S = 0.01
KILL_TIMEOUT_S = 5.0  # a killed process may be in the middle of a write
ANSWER_TIMEOUT_S = 300.0  # torch may have to be loaded first, on a machine that is very busy
END_TIMEOUT_S = 1.0  # of a process that has said all
LOOK_EVERY_S = 0.1

Answer = TypeVar("Answer")


class Child:
    """A process of ours, by its id; 0 while a worker has not said its own yet."""

    def __init__(self, pid: int = 0) -> None:
        self.pid = pid
        self.exit_code: int | None = None
        self._has_ended = False

    def ended(self, within_s: float = 0.0) -> bool:
        """Whether it has ended, waiting for that a while; then `exit_code` is known.

        As usual an exit code below 0 is minus the signal that killed it.
        """
        deadline_s = time.monotonic() + within_s
        while not self._look() and time.monotonic() < deadline_s:
            time.sleep(SHORT_S)
        return self._has_ended

    def kill(self) -> None:
        if self.pid and not self.ended():
            os.kill(self.pid, signal.SIGKILL)
            self.ended(within_s=KILL_TIMEOUT_S)

    def _look(self) -> bool:
        if self.pid and not self._has_ended:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # whoever started us has told the kernel to forget children
                self._has_ended = True
            else:
                if pid:
                    self._has_ended, self.exit_code = True, os.waitstatus_to_exitcode(status)
        return self._has_ended


class ForkServer:
    """The one fork server of this process; started when it is needed and not there."""

    def __init__(self) -> None:
        self._process = Child()
        self._orders: socket.socket | None = None

    def start(self, as_fork: bool = False) -> None:
        """Start it unless it lives; returns at once, while it still loads what workers need.

        as_fork: as a copy of this process as it is now, not as one that begins anew.
        """
        if self._orders and not self._process.ended():
            return
        self.close()
        self._orders, theirs = socket.socketpair()
        with theirs:
            self._process = Child(self._fork(theirs) if as_fork else self._begin_anew(theirs))

    def _begin_anew(self, theirs: socket.socket) -> int:
        return _spawn(f"serve({theirs.fileno()}, {os.getpid()})", theirs.fileno())

    def _fork(self, theirs: socket.socket) -> int:
        launcher = os.getpid()
        sys.stdout.flush()  # or the copy would say it again
        sys.stderr.flush()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, KEYBOARD)
        try:
            pid = os.fork()
            if not pid:
                assert self._orders
                self._orders.close()
                forkserver.serve_as_fork(theirs.detach(), launcher)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return pid

    def give(self, end: Connection, what: bytes = WORKER) -> None:
        """Have it make the process that lives at this end of a pipe; never waits.

        When that comes to nothing, because it dies first, the pipe hangs up.
        """
        self.start()
        assert self._orders
        with contextlib.suppress(OSError):  # it died this moment
            socket.send_fds(self._orders, [what], [end.fileno()], socket.MSG_DONTWAIT)

    def close(self) -> None:
        """End it at once, even if it is stopped; left alone, it would first finish loading."""
        if self._orders:
            self._orders.close()
            self._orders = None
        self._process.kill()


_server = ForkServer()
_can_fork = False


def warm(as_fork: bool = False) -> None:
    """Start the fork server and let it load what workers need; returns at once, ends with us.

    as_fork: this process has no files, devices or threads that a copy of it would share, so the
    fork server may be one.
    """
    global _can_fork
    _can_fork = prctl.adopt_orphans()  # elsewhere forking is not safe, or workers not our children
    if _can_fork:
        _server.start(as_fork and threading.active_count() == 1)
        atexit.register(close)


def birth() -> tuple[Child, Connection]:
    """A new worker and our end of its pipe; the worker's first message on it is its process id."""
    ours, theirs = Pipe()
    with theirs:
        if _can_fork:
            _server.give(theirs)
            return Child(), ours
        end = theirs.fileno()
        return Child(_spawn(f"be_worker({end})", end)), ours


class NotWaitedForError(Exception):
    """Nobody wants the answer any more."""


class Question(Generic[Answer]):
    """What a process with torch is to compute: function(*arguments).

    It is computed here, at once, where torch is loaded or no fork server is at work; and, when it
    is waited for, where no answer comes within that time.
    """

    def __init__(
        self,
        function: Callable[..., Answer],
        *arguments: Any,
        within_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self._call, self._within_s = (function, arguments), within_s
        self._answers: list[Answer] = []
        self._pipe: Connection | None = None
        if not _can_fork or "torch" in sys.modules:
            self._answers.append(function(*arguments))
            return
        self._pipe, theirs = Pipe()
        with theirs:
            _server.give(theirs, ANSWERER)

    def answer(self, given_up: Callable[[], object] = lambda: False) -> Answer:
        """Wait for it; the same each time. Raises the UserError of the function.

        given_up: asked now and then; once it says so NotWaitedForError is raised.
        """
        if not self._answers:
            function, arguments = self._call
            result = self._heard(given_up)
            if isinstance(result, UserError):
                raise result
            self._answers.append(function(*arguments) if result is None else result)
        return self._answers[0]

    def _heard(self, given_up: Callable[[], object]) -> Any:
        """What the process at the other end says; None for nothing."""
        pipe, self._pipe = self._pipe, None
        if pipe is None:  # it has been refused, or given up
            return None
        child = Child()
        messages: list[Any] = []
        deadline_s = time.monotonic() + self._within_s
        with pipe, contextlib.suppress(EOFError, OSError):
            while len(messages) < 2 and time.monotonic() < deadline_s and not given_up():
                if pipe.poll(LOOK_EVERY_S):
                    messages.append(pipe.recv())
                    if not child.pid:  # it is there, so a long question does not fill the pipe
                        child.pid = messages[0]
                        pipe.send(self._call)
        if not child.ended(within_s=END_TIMEOUT_S if len(messages) == 2 else 0.0):
            child.kill()
        if len(messages) < 2 and given_up():
            raise NotWaitedForError
        return messages[1] if len(messages) == 2 else None


def close() -> None:
    """End the fork server; the workers that it made live on."""
    _server.close()


def _spawn(call: str, descriptor: int) -> int:
    """Start Python with a function of `trainers.local.forkserver`; its process id.

    What the keyboard sends is blocked there from its first moment until it ignores it.
    """
    path = f"import sys; sys.path = [{str(ROOT)!r}, *filter(None, sys.path)]"
    code = f"{path}; from trainers.local import forkserver; forkserver.{call}"
    os.set_inheritable(descriptor, True)
    try:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-c", code],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
            setsigmask=KEYBOARD,
        )
    finally:
        os.set_inheritable(descriptor, False)
