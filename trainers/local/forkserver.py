"""Forks the workers: a process that loads torch once and then waits for the launcher.

For every descriptor that arrives it makes one worker, or one process that answers a question which
takes torch. Each is the child of the launcher itself and not its own (`trainers.local.prctl`): the
fork server may be killed or stopped, and workers neither notice nor seem dead. Runs in a process of
its own, which `trainers.local.children` starts or forks; trains nothing.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import NoReturn

from dashboard.errors import UserError
from trainers.local import prctl

KEYBOARD = (signal.SIGINT, signal.SIGHUP)
"""What a terminal sends to all its processes; the launcher alone decides what it means."""
SERVER_NAME, WORKER_NAME, ANSWERER_NAME = "fork-server", "training-worker", "torch-answer"
"""What `ps` and `top` call these processes."""
WORKER, ANSWERER = b"w", b"a"
"""What is to be made for a descriptor."""
GRACE_S = 1.0


def serve(descriptor: int, launcher: int) -> None:
    """Make workers until the launcher hangs up or ends."""
    ignore_keyboard()
    prctl.be_called(SERVER_NAME)
    prctl.die_with_parent()
    if os.getppid() != launcher:
        return
    import torch  # noqa: F401  # all that a question needs; it is answered before the rest is there

    with socket.socket(fileno=descriptor) as orders:
        while True:
            if not select.select([orders], [], [], 0)[0]:
                import trainers.local.worker  # noqa: F401  # before the first worker is forked
            order, ends, _, _ = socket.recv_fds(orders, 1, 1)
            if not order:
                return
            for end in ends:
                try:
                    make_child(end, orders, live if order == WORKER else answer)
                except OSError as why:  # no room for another process; the launcher asks again
                    print(f"no process can be made: {why}", file=sys.stderr, flush=True)
                os.close(end)


def serve_as_fork(descriptor: int, launcher: int) -> NoReturn:
    """Do so as a copy of the launcher, of which nothing else goes on here."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with open(os.devnull) as nothing:
            os.dup2(nothing.fileno(), 0)
        serve(descriptor, launcher)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def make_child(end: int, orders: socket.socket, life: Callable[[int], NoReturn]) -> None:
    """Fork twice: when the process between ends, the kernel gives the child to the launcher."""
    between = os.fork()
    if between:
        os.waitpid(between, 0)
        return
    try:
        between = os.getpid()
        if os.fork():
            os._exit(0)
        orders.close()
        while os.getppid() == between:
            time.sleep(0.001)
        life(end)
    finally:
        os._exit(1)


def be_worker(end: int) -> None:
    """The worker as a process that was not forked, where there is no fork server."""
    ignore_keyboard()
    live(end)


def live(end: int) -> NoReturn:
    """Be the worker at this end of a pipe, as long as the launcher lives."""
    prctl.be_called(WORKER_NAME)
    if not prctl.die_with_parent():
        threading.Thread(target=end_with_launcher, args=(end,), daemon=True).start()
    from trainers.local.worker import work

    code = 1
    try:
        work(Connection(os.dup(end)))
        code = 0
    except BaseException:
        traceback.print_exc()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(code)


def answer(end: int) -> NoReturn:
    """Say who we are, compute the one thing that is asked, say that or what a person did wrong.

    Anything else that goes wrong is no answer: the launcher computes it itself then and meets it.
    """
    prctl.be_called(ANSWERER_NAME)
    prctl.die_with_parent()
    with contextlib.suppress(Exception), Connection(os.dup(end)) as pipe:
        pipe.send(os.getpid())
        function, arguments = pipe.recv()
        try:
            result = function(*arguments)
        except UserError as why:
            result = why
        pipe.send(result)
    os._exit(0)


def end_with_launcher(end: int) -> None:
    """Wait until the other end of the pipe is closed; then there is a moment for a clean end."""
    hang_up = select.poll()
    hang_up.register(end, 0)
    hang_up.poll()
    time.sleep(GRACE_S)
    os._exit(1)


def ignore_keyboard() -> None:
    """Our parent has blocked these signals for us, so that none came before this."""
    for number in KEYBOARD:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, KEYBOARD)
