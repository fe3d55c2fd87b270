"""Keeps open, in a thread of its own, the recorded experiments that somebody looks at.

Decides which of one folder are opened, read on or closed, and when; how one is, says
`dashboard.runs.shelf_entry`. Which experiments an environment shows is decided by
`dashboard.names`; draws nothing and writes nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

from dashboard.names import TOGETHER, experiments_of
from dashboard.record.schema import recorded
from dashboard.runs.experiment import Experiment
from dashboard.runs.opening import REST_S
from dashboard.runs.shelf_entry import ShelfEntry

KEEP_S = 120.0
"""How long an experiment stays open after the last page that showed it was left."""
MOST_OPEN = 6
FOLLOW_EVERY_S = 0.5
LIST_EVERY_S = 3.0
"""How often the folder is listed for a page whose experiment is not there (yet)."""
JOIN_S = 1.0
log = logging.getLogger(__name__)


class Shelf:
    """The experiments in `folder` that pages show, besides `held_names`, which are open elsewhere.

    lock: held while what is open here is read or changed. busy: whether something else here needs
    the processor; then reading leaves it half of the time. most_open: as many at once (default:
    MOST_OPEN).
    """

    def __init__(
        self,
        folder: Path,
        lock: threading.RLock,
        held_names: Collection[str] = (),
        busy: Callable[[], bool] = lambda: False,
        most_open: int | None = None,
    ) -> None:
        self._folder, self._lock, self._busy = folder, lock, busy
        self._held_names = frozenset(held_names)
        self._most_open = most_open or MOST_OPEN
        self._seen_s: dict[str, float] = {}
        self._shows: dict[str, list[str]] = {}
        self._entries: dict[str, ShelfEntry] = {}
        self._to_close: list[tuple[int, ShelfEntry]] = []
        self._looks = 0
        self._list_due_s = self._follow_due_s = 0.0
        self._wake, self._is_stopping = threading.Event(), False
        self._thread: threading.Thread | None = None

    def look(self, environments: Collection[str]) -> None:
        """Hear what pages have open now; nobody may be drawing at this moment. Never waits long.

        An environment that is left stays for KEEP_S.
        """
        now_s = time.monotonic()
        with self._lock:
            self._looks += 1
            new = set(environments) - self._seen_s.keys()
            self._seen_s |= dict.fromkeys(environments, now_s)
            for where in [w for w, seen_s in self._seen_s.items() if now_s - seen_s > KEEP_S]:
                del self._seen_s[where]
                self._shows.pop(where, None)
        if new:
            self._list_due_s = 0.0
            self._wake.set()
        if self._seen_s and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="shelf", daemon=True)
            self._thread.start()

    def shown(self) -> dict[str, list[str]]:
        """The environments that pages show, each with those experiments of it that are there,
        held ones among them. Hold the lock.
        """
        return {where: names for where, names in self._shows.items() if names}

    def entry(self, name: str) -> ShelfEntry | None:
        """The experiment of that name; None while it is being opened. Hold the lock."""
        return self._entries.get(name)

    def experiments(self) -> list[Experiment]:
        """All that are open. Hold the lock."""
        return [entry.experiment for entry in self._entries.values() if entry.experiment]

    def close(self) -> None:
        """Close everything; what is being opened right now is closed when that is done."""
        self._is_stopping = True
        self._wake.set()
        if self._thread:
            self._thread.join(JOIN_S)

    def _run(self) -> None:
        while not self._is_stopping:
            try:
                more = self._round()
            except Exception:
                log.info("what pages look at cannot be read", exc_info=True)
                more = False
            if not more:
                self._wake.wait(FOLLOW_EVERY_S)
            elif self._busy():
                self._wake.wait(REST_S)
            self._wake.clear()
        for entry in [*self._entries.values(), *(entry for _, entry in self._to_close)]:
            entry.close()

    def _round(self) -> bool:
        """Do a little of what there is to do; True when there is more."""
        self._find()
        to_open = self._settle()
        if to_open:
            self._open(to_open[0])
        follow = time.monotonic() >= self._follow_due_s
        if follow:
            self._follow_due_s = time.monotonic() + FOLLOW_EVERY_S
        return any([len(to_open) > 1, *(self._read(b, follow) for b in self._all())])

    def _all(self) -> list[ShelfEntry]:
        return list(self._entries.values())

    def _find(self) -> None:
        """Learn which experiments the environments show; some may come into the folder later."""
        with self._lock:
            incomplete = [
                where
                for where in self._seen_s
                if len(self._shows.get(where, ())) <= where.count(TOGETHER)
            ]
        if not incomplete or time.monotonic() < self._list_due_s:
            return
        self._list_due_s = time.monotonic() + LIST_EVERY_S
        there = {*self._held_names, *recorded(self._folder)}
        with self._lock:
            for where in incomplete:
                if where in self._seen_s:
                    self._shows[where] = experiments_of(where, there)

    def _settle(self) -> list[str]:
        """Close what nobody looks at, or the longest left where too many are open; the experiments
        to be opened, the one that was looked at last first.
        """
        with self._lock:
            order = self._newest_first()
            newest = order[: self._most_open]
            for name in self._entries.keys() - set(newest):
                self._let_go(self._entries.pop(name))
            for name in order[self._most_open :]:
                most = f"{self._most_open} others are shown already, which are as many as can be"
                self._entries[name] = ShelfEntry(
                    name, self._folder / name, self._lock, [f"{name} is not open: {most}"]
                )
            names_to_close = {entry.name for _, entry in self._to_close}
        self._close_left()
        now_s = time.monotonic()
        not_open = [n for n in newest if n not in self._entries or not self._entries[n].opening]
        due = [n for n in not_open if n not in self._entries or self._entries[n].retry_s <= now_s]
        return [name for name in due if name not in names_to_close]

    def _newest_first(self) -> list[str]:
        """The experiments that pages show, the one that was looked at last first."""
        times_s: dict[str, float] = {}
        for where, names in self._shows.items():
            for name in set(names) - self._held_names:
                times_s[name] = max(times_s.get(name, 0.0), self._seen_s[where])
        return sorted(times_s, key=lambda name: -times_s[name])

    def _let_go(self, entry: ShelfEntry) -> None:
        if entry.opening:
            self._to_close.append((self._looks, entry))

    def _close_left(self) -> None:
        """Who has listed them may be drawing them until the next look."""
        with self._lock:
            past = [each for each in self._to_close if each[0] < self._looks]
            self._to_close = [each for each in self._to_close if each[0] >= self._looks]
        for _, entry in past:
            entry.close()

    def _open(self, name: str) -> None:
        entry = ShelfEntry(name, self._folder / name, self._lock)
        entry.open()
        with self._lock:
            self._entries[name] = entry

    def _read(self, entry: ShelfEntry, follow: bool) -> bool:
        """Read a portion of what is new; True when there may be more."""
        if follow and entry.is_replaced():
            self._forget(entry)
            return False
        return entry.read(follow)

    def _forget(self, entry: ShelfEntry) -> None:
        with self._lock:
            self._let_go(self._entries.pop(entry.name))
            for where in [w for w, names in self._shows.items() if entry.name in names]:
                del self._shows[where]
        self._list_due_s = 0.0
