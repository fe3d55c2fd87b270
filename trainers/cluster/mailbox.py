"""Carries what a Ray task tells the launcher: messages, through one mailbox on its machine.

A task collects its messages and posts them in bundles a few times a second, never one a step. The
answer to a bundle says whether the launcher wants the task to stop. What the launcher does with
messages is `trainers.cluster.receiver`; the training itself knows of none of this.
"""

from __future__ import annotations

import contextlib
import pickle
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ray

from dashboard.record.committer import COMMITTER
from dashboard.record.sink import Batch
from trainers.checkpoint import Checkpoint
from trainers.cluster.messages import Begin, Kept, Message, Model
from trainers.config import RunConfig
from trainers.local.orders import End, Job
from trainers.model_files import ModelFiles

POST_EVERY_S = 0.25
CHECKPOINT_EVERY_S = 10.0
MOST_UNANSWERED = 80  # bundles; about ten seconds' worth
MOST_WAITING = 20_000  # bundles that the launcher has not fetched
LAST_POST_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Answer:
    """What a task hears: whether to stop, and how many bundles the launcher has not fetched.

    ends: attempts at a run that the launcher wants to end, by (run, attempt).
    """

    stop: bool
    bundle_count: int
    ends: Mapping[tuple[str, int], End] = field(default_factory=dict)


class _Mailbox:
    """Holds bundles until the launcher fetches them. A bundle is a pickled list of messages."""

    def __init__(self) -> None:
        self._bundles: list[bytes] = []
        self._stop = False
        self._ends: dict[tuple[str, int], End] = {}

    def post(self, bundle: bytes) -> Answer:
        """Put in a bundle; an empty one only asks."""
        if bundle:
            self._bundles.append(bundle)
        return Answer(self._stop, len(self._bundles), self._ends)

    def fetch(self) -> list[bytes]:
        bundles, self._bundles = self._bundles, []
        return bundles

    def tell_to_stop(self) -> None:
        self._stop = True

    def tell_to_end(self, attempt: int, end: End) -> None:
        self._ends[end.run, attempt] = end


Mailbox: Any = ray.remote(num_cpus=0, max_restarts=0)(_Mailbox)
"""The mailbox as a Ray actor, which takes no CPU of its node for itself."""


class Outbox:
    """A task's side of the mailbox. No method waits, but `close`.

    Called by the task and by the thread that commits what its recorders hold, which also posts the
    messages that no other follows.
    """

    def __init__(self, mailbox: Any) -> None:
        self._mailbox = mailbox
        self._messages: list[Message] = []
        self._answers: deque[Any] = deque()
        self._last = Answer(stop=False, bundle_count=0)
        self._due_s = 0.0
        self._lock = threading.RLock()
        COMMITTER.add(self)

    def add(self, message: Message) -> None:
        """Send it with the next bundle. Raises OSError while the launcher is far behind."""
        with self._lock:
            self._listen()
            if len(self._answers) > MOST_UNANSWERED or self._last.bundle_count > MOST_WAITING:
                self._ask()
                raise OSError("the launcher does not fetch what is recorded")
            self._messages.append(message)
            if time.monotonic() >= self._due_s:
                self._post()

    def told_to_stop(self) -> bool:
        """What the last answer said; asks again when nothing was posted for a while."""
        with self._lock:
            self._listen()
            if time.monotonic() >= self._due_s:
                self._post()
            return self._last.stop

    def end_of(self, run: str, attempt: int) -> End | None:
        """How the launcher wants this attempt at a run to end, if it does; asks as above."""
        self.told_to_stop()
        return self._last.ends.get((run, attempt))

    def close(self) -> None:
        """Post what is left and wait until all of it is in the mailbox."""
        COMMITTER.remove(self)
        self._post()
        ray.get(list(self._answers), timeout=LAST_POST_TIMEOUT_S)

    def commit_waiting(self) -> None:
        with self._lock, contextlib.suppress(Exception):  # the task's next call meets it too
            if self._messages:
                self._post()

    def disown(self) -> None:
        """A forked child has no connection to the cluster and uses no outbox."""

    def _post(self) -> None:
        self._due_s = time.monotonic() + POST_EVERY_S
        bundle = pickle.dumps(self._messages) if self._messages else b""
        self._answers.append(self._mailbox.post.remote(bundle))
        self._messages = []

    def _ask(self) -> None:
        if not self._answers:
            self._answers.append(self._mailbox.post.remote(b""))

    def _listen(self) -> None:
        while self._answers:
            ready, _ = ray.wait([self._answers[0]], timeout=0)
            if not ready:
                return
            self._last = ray.get(self._answers.popleft())


class MailSink:
    """Where a Recorder's batches go in a Ray task; see `dashboard.record.sink.Sink`.

    earlier: how many attempts at the run the record counts before this one.
    """

    def __init__(self, outbox: Outbox, attempt: int, earlier: int) -> None:
        self._outbox, self._attempt, self._earlier = outbox, attempt, earlier
        self._run = ""

    def begin(self, run: str, config: dict[str, Any], keep_to: int = -1) -> int:
        self._run = run
        self._outbox.add(Message(run, self._attempt, Begin(config, keep_to)))
        return self._earlier

    def write(self, batch: Batch) -> None:
        self._outbox.add(Message(self._run, self._attempt, batch))

    def close(self) -> None:
        """The outbox is the task's and stays open."""


class MailedCheckpoint(Checkpoint):
    """A checkpoint that the launcher gets a copy of, every few seconds at most, and for a pause.

    The node may be lost and its disk with it; what was kept last decides where a retry begins.
    """

    def __init__(
        self, folder: Path, job: Job, config: RunConfig, outbox: Outbox, attempt: int
    ) -> None:
        super().__init__(folder, job.name, config)
        self._name, self._outbox, self._attempt = job.name, outbox, attempt
        self._until_epoch = job.until_epoch
        self._due_s = 0.0

    def save(self, epoch: int, *training: Any) -> None:
        if epoch == self._until_epoch or time.monotonic() >= self._due_s:
            self._due_s = time.monotonic() + CHECKPOINT_EVERY_S
            super().save(epoch, *training)
            if self.file.exists():
                self._mail(self.file.read_bytes())

    def remove(self) -> None:
        super().remove()
        self._mail(None)

    def _mail(self, file: bytes | None) -> None:
        try:
            self._outbox.add(Message(self._name, self._attempt, Kept(file)))
        except OSError:
            self._due_s = 0.0  # the launcher is far behind: the next one will do


class MailedModels(ModelFiles):
    """Models that the launcher alone keeps: the node and its disk may be gone tomorrow."""

    def __init__(
        self,
        folder: Path,
        name: str,
        config: RunConfig,
        which: tuple[str, ...],
        outbox: Outbox,
        attempt: int,
    ) -> None:
        super().__init__(folder, name, config, which)
        self._name, self._outbox, self._attempt = name, outbox, attempt

    def _write(self, name: str, content: bytes) -> bool:
        try:
            self._outbox.add(Message(self._name, self._attempt, Model(name, content)))
        except OSError:  # the launcher is far behind
            return False
        return True
