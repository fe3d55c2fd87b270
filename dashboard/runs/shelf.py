"""Keeps open, in a thread of its own, the recorded experiments that somebody looks at.

Opens them from one folder, reads long ones portion by portion, follows what others write into them,
and closes what nobody has looked at for a while. Which experiments an environment shows is decided
by `dashboard.names`; draws nothing and writes nothing.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from dashboard.names import TOGETHER, experiments_of
from dashboard.record.schema import FILE_NAME, RecordError, recorded
from dashboard.runs.experiment import Experiment
from dashboard.runs.opening import REST_S, Opening

KEEP_S = 120.0
"""How long an experiment stays open after the last page that showed it was left."""
MOST_OPEN = 6
FOLLOW_EVERY_S = 0.5
LIST_EVERY_S = 3.0
"""How often the folder is listed for a page whose experiment is not there (yet)."""
RETRY_S = 10.0
JOIN_S = 1.0
log = logging.getLogger(__name__)


@dataclass
class Book:
    """An experiment that pages show. damage: what is wrong with its record, or why it is not open.

    silence: why nothing new can be read at the moment; empty while it can.
    """

    name: str
    opening: Opening | None = None
    damage: list[str] = field(default_factory=list)
    silence: str = ""
    retry_s: float = 0.0
    place: tuple[int, int] | None = None

    @property
    def experiment(self) -> Experiment | None:
        """What is known of it; None where it could not be opened."""
        return self.opening.experiment if self.opening else None

    @property
    def sentences(self) -> list[str]:
        """What a person should know who looks at it."""
        return [*self.damage, *filter(None, [self.silence])]


class Shelf:
    """The experiments in `folder` that pages show, besides those that are `held` open elsewhere.

    lock: held while what is open here is read or changed. busy: whether something else here needs
    the processor; then reading leaves it half of the time.
    """

    def __init__(
        self,
        folder: Path,
        lock: threading.RLock,
        held: Collection[str] = (),
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._folder, self._lock, self._held, self._busy = folder, lock, frozenset(held), busy
        self._seen_s: dict[str, float] = {}
        self._shows: dict[str, list[str]] = {}
        self._books: dict[str, Book] = {}
        self._leaving: list[tuple[int, Book]] = []
        self._looks = 0
        self._list_due_s = self._follow_due_s = 0.0
        self._wake, self._stopping = threading.Event(), False
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

    def book(self, name: str) -> Book | None:
        """The experiment of that name; None while it is being opened. Hold the lock."""
        return self._books.get(name)

    def experiments(self) -> list[Experiment]:
        """All that are open. Hold the lock."""
        return [book.experiment for book in self._books.values() if book.experiment]

    def close(self) -> None:
        """Close everything; what is being opened right now is closed when that is done."""
        self._stopping = True
        self._wake.set()
        if self._thread:
            self._thread.join(JOIN_S)

    def _run(self) -> None:
        while not self._stopping:
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
        for book in [*self._books.values(), *(book for _, book in self._leaving)]:
            if book.opening:
                book.opening.close()

    def _round(self) -> bool:
        """Do a little of what there is to do; True when there is more."""
        self._find()
        missing = self._settle()
        if missing:
            self._open(missing[0])
        following = time.monotonic() >= self._follow_due_s
        if following:
            self._follow_due_s = time.monotonic() + FOLLOW_EVERY_S
        return any([len(missing) > 1, *(self._read(b, following) for b in self._all())])

    def _all(self) -> list[Book]:
        return list(self._books.values())

    def _find(self) -> None:
        """Learn which experiments the environments show; some may come into the folder later."""
        with self._lock:
            unknown = [
                where
                for where in self._seen_s
                if len(self._shows.get(where, ())) <= where.count(TOGETHER)
            ]
        if not unknown or time.monotonic() < self._list_due_s:
            return
        self._list_due_s = time.monotonic() + LIST_EVERY_S
        there = {*self._held, *recorded(self._folder)}
        with self._lock:
            for where in unknown:
                if where in self._seen_s:
                    self._shows[where] = experiments_of(where, there)

    def _settle(self) -> list[str]:
        """Close what nobody looks at, or the longest left where too many are open; the experiments
        to be opened, the one that was looked at last first.
        """
        with self._lock:
            newest = self._newest_first()
            wanted = newest[:MOST_OPEN]
            for name in self._books.keys() - set(wanted):
                self._let_go(self._books.pop(name))
            for name in newest[MOST_OPEN:]:
                most = f"{MOST_OPEN} others are shown already, which are as many as can be"
                self._books[name] = Book(name, damage=[f"{name} is not open: {most}"])
            leaving = {book.name for _, book in self._leaving}
        self._close_left()
        now_s = time.monotonic()
        closed = [n for n in wanted if n not in self._books or not self._books[n].opening]
        due = [n for n in closed if n not in self._books or self._books[n].retry_s <= now_s]
        return [name for name in due if name not in leaving]

    def _newest_first(self) -> list[str]:
        """The experiments that pages show, the one that was looked at last first."""
        times_s: dict[str, float] = {}
        for where, names in self._shows.items():
            for name in set(names) - self._held:
                times_s[name] = max(times_s.get(name, 0.0), self._seen_s[where])
        return sorted(times_s, key=lambda name: -times_s[name])

    def _let_go(self, book: Book) -> None:
        if book.opening:
            self._leaving.append((self._looks, book))

    def _close_left(self) -> None:
        """Who has listed them may be drawing them until the next look."""
        with self._lock:
            past = [entry for entry in self._leaving if entry[0] < self._looks]
            self._leaving = [entry for entry in self._leaving if entry[0] >= self._looks]
        for _, book in past:
            if book.opening:
                book.opening.close()

    def _open(self, name: str) -> None:
        """Open it, which reads a short record whole and takes a first look at a long one."""
        book = Book(name, retry_s=time.monotonic() + RETRY_S, place=self._place(name))
        try:
            opening = Opening(self._folder / name, book.damage.append)
            opening.experiment.lock = self._lock
            try:
                opening.look()
                book.opening = opening
            finally:
                if not book.opening:
                    opening.close()
        except RecordError as why:
            book.damage.append(str(why))
        except Exception as why:
            log.info("%s cannot be opened", name, exc_info=True)
            book.damage.append(f"{name} cannot be opened: {type(why).__name__}: {str(why)[:200]}")
        with self._lock:
            self._books[name] = book

    def _read(self, book: Book, following: bool) -> bool:
        """Read a portion of what is new; True when there may be more."""
        opening = book.opening
        if opening is None:
            return False
        try:
            if opening.reading:
                opening.read_on()
                return opening.reading
            if not following:
                return False
            if self._place(book.name) != book.place:
                self._forget(book)
                return False
            with self._lock:
                opening.experiment.record.renew()
                more = opening.experiment.read_on()
            book.silence = ""
            return more
        except RecordError as why:
            book.silence = str(why)
            return False

    def _forget(self, book: Book) -> None:
        """Its folder was removed, or there is another record in it by now."""
        with self._lock:
            self._let_go(self._books.pop(book.name))
            for where in [w for w, names in self._shows.items() if book.name in names]:
                del self._shows[where]
        self._list_due_s = 0.0

    def _place(self, name: str) -> tuple[int, int] | None:
        """What the record's file is, whatever it is called; None where there is none."""
        try:
            status = os.stat(self._folder / name / FILE_NAME)
        except OSError:
            return None
        return status.st_dev, status.st_ino
