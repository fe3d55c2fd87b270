"""What a Ray task tells the launcher: letters, through one mailbox on the launcher's machine.

A task collects its letters and posts them in bundles a few times a second, never one a step. The
answer to a bundle says whether the launcher wants the task to stop. What the launcher does with
letters is `trainers.ray_desk`; the training itself knows of none of this.
"""

from __future__ import annotations

import contextlib
import pickle
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray

from dashboard.committer import COMMITTER
from dashboard.sink import Batch
from trainers.checkpoint import Checkpoint
from trainers.config import RunConfig
from trainers.ray_letters import Begin, Kept, Letter

POST_EVERY_S = 0.25
CHECKPOINT_EVERY_S = 10.0
MOST_UNANSWERED = 80  # bundles; about ten seconds' worth
MOST_WAITING = 20_000  # bundles that the launcher has not fetched
LAST_POST_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Answer:
    """What a task hears: whether to stop, and how many bundles the launcher has not fetched."""

    stop: bool
    waiting: int


class _Mailbox:
    """Holds bundles until the launcher fetches them. A bundle is pickled letters in their order."""

    def __init__(self) -> None:
        self._bundles: list[bytes] = []
        self._stop = False

    def post(self, bundle: bytes) -> Answer:
        """Put in a bundle; an empty one only asks."""
        if bundle:
            self._bundles.append(bundle)
        return Answer(self._stop, len(self._bundles))

    def fetch(self) -> list[bytes]:
        bundles, self._bundles = self._bundles, []
        return bundles

    def tell_to_stop(self) -> None:
        self._stop = True


Mailbox: Any = ray.remote(num_cpus=0, max_restarts=0)(_Mailbox)
"""The mailbox as a Ray actor, which takes no CPU of its node for itself."""


class Outbox:
    """A task's side of the mailbox. No method waits, but `close`.

    Called by the task and by the thread that commits what its recorders hold, which also posts the
    letters that no other follows.
    """

    def __init__(self, mailbox: Any) -> None:
        self._mailbox = mailbox
        self._letters: list[Letter] = []
        self._unanswered: deque[Any] = deque()
        self._last = Answer(stop=False, waiting=0)
        self._due_s = 0.0
        self._lock = threading.RLock()
        COMMITTER.add(self)

    def add(self, letter: Letter) -> None:
        """Send the letter with the next bundle. Raises OSError while the launcher is far behind."""
        with self._lock:
            self._listen()
            if len(self._unanswered) > MOST_UNANSWERED or self._last.waiting > MOST_WAITING:
                self._ask()
                raise OSError("the launcher does not fetch what is recorded")
            self._letters.append(letter)
            if time.monotonic() >= self._due_s:
                self._post()

    def told_to_stop(self) -> bool:
        """What the last answer said; asks again when nothing was posted for a while."""
        with self._lock:
            self._listen()
            if time.monotonic() >= self._due_s:
                self._post()
            return self._last.stop

    def close(self) -> None:
        """Post what is left and wait until all of it is in the mailbox."""
        COMMITTER.remove(self)
        self._post()
        ray.get(list(self._unanswered), timeout=LAST_POST_TIMEOUT_S)

    def commit_waiting(self) -> None:
        with self._lock, contextlib.suppress(Exception):  # the task's next call meets it too
            if self._letters:
                self._post()

    def disown(self) -> None:
        """A forked child has no connection to the cluster and uses no outbox."""

    def _post(self) -> None:
        self._due_s = time.monotonic() + POST_EVERY_S
        bundle = pickle.dumps(self._letters) if self._letters else b""
        self._unanswered.append(self._mailbox.post.remote(bundle))
        self._letters = []

    def _ask(self) -> None:
        if not self._unanswered:
            self._unanswered.append(self._mailbox.post.remote(b""))

    def _listen(self) -> None:
        while self._unanswered:
            ready, _ = ray.wait([self._unanswered[0]], timeout=0)
            if not ready:
                return
            self._last = ray.get(self._unanswered.popleft())


class MailSink:
    """Where a Recorder's batches go in a Ray task; see `dashboard.sink.Sink`."""

    def __init__(self, outbox: Outbox, ticket: int, attempt: int) -> None:
        self._outbox, self._ticket, self._attempt = outbox, ticket, attempt
        self._run = ""

    def begin(self, run: str, config: dict[str, Any], keep_to: int = -1) -> int:
        self._run = run
        self._outbox.add(Letter(run, self._ticket, Begin(config, keep_to)))
        return self._attempt

    def write(self, batch: Batch) -> None:
        self._outbox.add(Letter(self._run, self._ticket, batch))

    def close(self) -> None:
        """The outbox is the task's and stays open."""


class MailedCheckpoint(Checkpoint):
    """A checkpoint that the launcher gets a copy of, every few seconds at most.

    The node may be lost and its disk with it; what was kept last decides where a retry begins.
    """

    def __init__(
        self, folder: Path, name: str, config: RunConfig, outbox: Outbox, ticket: int
    ) -> None:
        super().__init__(folder, name, config)
        self._name, self._outbox, self._ticket = name, outbox, ticket
        self._due_s = 0.0

    def save(self, *training: Any) -> None:
        if time.monotonic() >= self._due_s:
            self._due_s = time.monotonic() + CHECKPOINT_EVERY_S
            super().save(*training)
            if self.file.exists():
                self._mail(self.file.read_bytes())

    def remove(self) -> None:
        super().remove()
        self._mail(None)

    def _mail(self, file: bytes | None) -> None:
        try:
            self._outbox.add(Letter(self._name, self._ticket, Kept(file)))
        except OSError:
            self._due_s = 0.0  # the launcher is far behind: the next one will do
