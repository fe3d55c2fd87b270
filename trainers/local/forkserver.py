"""Forks the workers: a process that loads torch once and then waits for the launcher.

For every descriptor that arrives it makes one worker, the child of the launcher itself and not its
own (`trainers.local.prctl`): the fork server may be killed or stopped, and workers neither notice
nor seem dead. Runs in a process of its own, which `trainers.local.children` starts or forks; trains
nothing.
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
from multiprocessing.connection import Connection
from typing import NoReturn

from trainers.local import prctl

KEYBOARD = (signal.SIGINT, signal.SIGHUP)
"""What a terminal sends to all its processes; the launcher alone decides what it means."""
SERVER_NAME, WORKER_NAME = "fork-server", "training-worker"
"""What `ps` and `top` call these processes."""
GRACE_S = 1.0


def serve(descriptor: int, launcher: int) -> None:
    """Make workers until the launcher hangs up or ends."""
    ignore_keyboard()
    prctl.be_called(SERVER_NAME)
    prctl.die_with_parent()
    if os.getppid() != launcher:
        return
    import trainers.local.worker  # noqa: F401  # before the first worker is forked

    with socket.socket(fileno=descriptor) as orders:
        while True:
            order, ends, _, _ = socket.recv_fds(orders, 1, 1)
            if not order:
                return
            for end in ends:
                try:
                    make_worker(end, orders)
                except OSError as why:  # no room for another process; the launcher asks again
                    print(f"no worker can be made: {why}", file=sys.stderr, flush=True)
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


def make_worker(end: int, orders: socket.socket) -> None:
    """Fork twice: when the process between ends, the kernel gives the worker to the launcher."""
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
        live(end)
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
