"""Commits what the recorders of a process hold, in one thread, whether or not they are called.

Every quarter of a second it goes round the open recorders; what else must be written (a flush, the
end of a run) it does on request, while the asker waits. So everything is written by one thread: a
Ctrl-C, which reaches the main thread alone, interrupts the waiting and never a write. The thread
ends with the last recorder. What is written, and where, is not decided here.

A fork waits until what is being written is written, so that no lock is held in the child; the child
has no such thread until it makes a recorder of its own. Lists are shared with the training thread
without a lock: that relies on the GIL, and a free-threaded Python is not supported.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar, cast

COMMIT_EVERY_S = 0.25
MAIN_THREADS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}  # where they end a wait

Result = TypeVar("Result")
Answer = SimpleQueue[tuple[Any, BaseException | None]]
"""For one result, or what was raised. Unlike a Future's, its wait has no moment at which a Ctrl-C
becomes "cannot release un-acquired lock"."""
Requests = SimpleQueue[tuple[Callable[[], Any], Answer] | None]
"""What the thread has to do, in order; None ends it."""


class Member(Protocol):
    """Something that has to be committed, or sent on, again and again."""

    def commit_waiting(self) -> None:
        """Called by the thread every quarter of a second; must not raise."""

    def disown(self) -> None:
        """Called in a forked child: what the parent holds is the parent's alone."""


class Committer:
    """The thread and those for whom it works; a process has one, `COMMITTER`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # held while something is written, and during a fork
        self._members: list[Member] = []
        self._requests: Requests = SimpleQueue()
        self._thread: threading.Thread | None = None

    def add(self, member: Member) -> None:
        """Commit this one too from now on. Raises RuntimeError when no thread can be started."""
        with self._lock:
            if self._thread is None:
                requests: Requests = SimpleQueue()
                thread = threading.Thread(
                    target=self._work, args=(requests,), name="trainboard-commits", daemon=True
                )
                thread.start()
                self._requests, self._thread = requests, thread
            self._members.append(member)

    def remove(self, member: Member) -> None:
        """Do nothing more for this one; the thread has ended on return if it was the last."""
        with self._lock:
            if member in self._members:
                self._members.remove(member)
            if self._members or self._thread is None:
                return
            thread, self._thread = self._thread, None
            self._requests.put(None)
        if thread is not threading.current_thread():
            thread.join()

    def ask(self, work: Callable[[], Result]) -> Result:
        """What `work()` returns or raises, done by the thread; waits for it."""
        with self._lock:
            alone = self._thread in (None, threading.current_thread())
            answer: Answer = SimpleQueue()
            if not alone:
                self._requests.put((work, answer))
        if alone:
            return work()
        result, error = answer.get()
        if error is None:
            return cast(Result, result)
        try:
            raise error
        finally:
            del error  # it holds this frame

    def _work(self, requests: Requests) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, MAIN_THREADS)
        due_s = time.monotonic() + COMMIT_EVERY_S
        while True:
            began_s = time.monotonic()
            if began_s >= due_s:
                self._go_round()
                spent_s = time.monotonic() - began_s
                due_s = began_s + max(COMMIT_EVERY_S, 2 * spent_s)  # half a core at the most
            try:
                request = requests.get(timeout=max(0.0, due_s - time.monotonic()))
            except Empty:
                continue
            if request is None:
                return
            self._answer(*request)
            del request  # a closed recorder need not live until the next one asks

    def _go_round(self) -> None:
        # The last first: what passes on the batches of others was there before them.
        for member in reversed(self._members[:]):
            with self._lock:
                member.commit_waiting()

    def _answer(self, work: Callable[[], Any], answer: Answer) -> None:
        try:
            with self._lock:
                answer.put((work(), None))
        except BaseException as why:  # whoever asked gets it
            answer.put((None, why))

    def before_fork(self) -> None:
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        members, self._members = self._members, []
        self._lock, self._thread = threading.RLock(), None  # the thread stayed in the parent
        for member in members:
            member.disown()


COMMITTER = Committer()
os.register_at_fork(
    before=COMMITTER.before_fork,
    after_in_parent=COMMITTER.after_fork_in_parent,
    after_in_child=COMMITTER.after_fork_in_child,
)
