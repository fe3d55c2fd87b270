"""Draws what has changed and sends it to Visdom, a few frames a second: the board.

The only writer of the windows. It never queues: a frame is drawn from what is known at that moment,
so a slow or dead server costs nothing but frames, and a server that comes back gets everything
anew. A window that cannot be drawn or sent takes no other with it. It changes no record and stops
no run.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from dashboard.board.attention import Attention, pace_s
from dashboard.board.client import Client, ClientError, Host, NotTakenError
from dashboard.board.scene import Place, Scene
from dashboard.board.trouble import Trouble
from dashboard.board.window_sender import WindowSender
from dashboard.windows.window import Window

FRAME_S = 0.5
SLOWEST_FRAME_S = 6.0
# Of a core, for drawing; with many runs the frames slow down. Waiting for others does not count.
BUSY_SHARE = 0.15
# A window that no page has open is drawn no more often than this.
UNWATCHED_S = 2.0
# After the environments that are watched, others are drawn until this much of a frame is used up.
BUDGET_S = 0.04
# Where nothing trains nobody needs the core: frames follow each other until everything is drawn.
RESTING_BUDGET_S = 0.25
LOOK_EVERY_S = 3.0
# A window that was refused is tried again after this, or when what it shows has changed.
REFUSED_S = 30.0
log = logging.getLogger(__name__)


class _Drawing(NamedTuple):
    """What a window was drawn of and when; answers: as in Place."""

    stamp: tuple[int, ...]
    when_s: float
    answers: int


class Board:
    """Shows a scene on a Visdom server from a thread of its own (`start`, `stop`).

    `frame` draws one frame and can be called without the thread. report: takes a sentence for the
    person, once for each thing that cannot be shown.
    """

    def __init__(
        self, scene: Scene, host: Host, report: Callable[[str], object] = log.warning
    ) -> None:
        self.scene = scene
        self.frames = 0
        self.failures = 0
        self._client = Client(host)
        self._trouble = Trouble(report)
        self._sender = WindowSender(scene, self._client, self._trouble)
        self._refused_s: dict[tuple[str, str], float] = {}
        self._drawings: dict[tuple[str, str], _Drawing] = {}
        self._sizes: dict[str, dict[str, Window]] = {}
        self._open_pages: dict[str, Attention] | None = None
        self._generation = -1
        self._look_due_s = 0.0
        self._turn = 0
        self._wake = threading.Event()
        self._is_stopping = self._seen_only = False
        self._over = self._all_due = False
        self._behind = False
        self._alive = False
        self._thread = threading.Thread(target=self._loop, name="board", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 2.0, *, seen_only: bool = False) -> None:
        """Draw what is still undrawn, as far as the time allows, and end the thread.

        seen_only: of what pages have open alone, for a server that ends too.
        """
        self._is_stopping, self._seen_only = True, seen_only
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._over = True

    def frame(self, budget_s: float = BUDGET_S, *, all_due: bool = False) -> int:
        """Draw and send the windows that need it; how many were sent. Raises ClientError.

        all_due: whoever looks, and however lately it was drawn, what has changed is drawn.

        The first environment, and those that pages have open, are drawn in every frame, the others
        within the budget: first a window of each, so that a page finds it, then all in turn.
        """
        self._all_due = all_due
        self._forget_if_restarted()
        self._open_pages = self._client.watched()
        open_now = self._open_pages or {}
        self.scene.look(open_now)
        with self.scene.lock:
            environments = list(self.scene.environments())
        self._alive = self.scene.alive()
        self._remove_gone(environments)
        first, others = environments[:1], environments[1:]
        urgent = [*first, *(other for other in others if other[0] in open_now)]
        rest = [each for each in others if each[0] not in open_now]
        if self._seen_only:
            urgent, rest = [each for each in urgent if each[0] in open_now], []
        self._behind = False
        with self._sender.sending():
            count = sum(self._send_environment(*each) for each in urgent)
            until_s = time.monotonic() + budget_s
            for more in self._draw_others(rest):
                count += more
                if time.monotonic() > until_s or self._over:
                    self._behind = True
                    break
        self.frames += 1
        self._trouble.over()
        return count

    def undrawn(self) -> int:
        """How many windows, of those that are still drawn, do not show the newest state yet."""
        with self.scene.lock:
            environments = list(self.scene.environments())
        if self._seen_only:
            open_now = self._open_pages or {}
            environments = [each for each in environments if each[0] in open_now]
        return sum(
            (where, place.name) not in self._drawings
            or self._drawings[where, place.name].stamp != place.stamp
            for where, places in environments
            for place in places
        )

    def _loop(self) -> None:
        while True:
            started_s, worked_s = time.monotonic(), time.thread_time()
            try:
                self.frame(self._budget_s(), all_due=self._is_stopping)
                if self._is_stopping and (self._over or not self.undrawn()):
                    return
            except Exception as why:
                self._note_failure(why)
                if self._is_stopping:
                    return
            spent_s, work_s = time.monotonic() - started_s, time.thread_time() - worked_s
            pause_s = max(FRAME_S, work_s / BUSY_SHARE) - spent_s
            in_a_hurry = self._behind and not self.scene.alive()
            if not self._is_stopping and not in_a_hurry:
                self._wake.wait(min(max(pause_s, 0.0), SLOWEST_FRAME_S))

    def _note_failure(self, why: Exception) -> None:
        """The thread lives on whatever happened; the next frame sends everything anew."""
        if self._over:  # what it draws from may be closed by now
            return
        self.failures += 1
        self._forget()
        if isinstance(why, ClientError):
            log.info("no frame: %s", why)
            self._trouble.of_server(why)
        else:
            log.info("no frame", exc_info=why)
            self._trouble.of_ours(why)

    def _budget_s(self) -> float:
        if self._is_stopping:
            return math.inf
        return BUDGET_S if self.scene.alive() else RESTING_BUDGET_S

    def _draw_others(self, others: list[tuple[str, list[Place]]]) -> Iterator[int]:
        """Send them one after the other, each time how many windows.

        What was never drawn gets its first window, for until then a page that opens it finds
        nothing; then all are drawn, beginning after the one that was drawn last.
        """
        there = {where for where, _ in self._drawings}
        new = [each for each in others if each[1] and each[0] not in there]
        for where, places in new:
            self._send(where, places[0])
            yield 1
        if new:
            self._sender.flush()  # only what was answered counts as drawn
        for _ in others:
            self._turn = (self._turn + 1) % len(others)
            yield self._send_environment(*others[self._turn])

    def _remove_gone(self, environments: list[tuple[str, list[Place]]]) -> None:
        """Take from the server what is drawn there and is listed no more."""
        names = {where: {place.name for place in places} for where, places in environments}
        for where in {where for where, _ in self._drawings} - names.keys():
            self._forget_environment(where)
            self._client.remove(where)
        for where, name in [key for key in self._drawings if key[1] not in names[key[0]]]:
            del self._drawings[where, name]
            self._client.close(where, name)

    def _forget_environment(self, where: str) -> None:
        self._sizes.pop(where, None)
        for key in [key for key in self._drawings if key[0] == where]:
            del self._drawings[key]
            self._refused_s.pop(key, None)

    def _send_environment(self, where: str, places: list[Place]) -> int:
        stale = [place for place in places if self._stale(where, place)]
        for place in stale:
            self._send(where, place)
        self._lay_out(where, places)
        return len(stale)

    def _lay_out(self, where: str, places: list[Place]) -> None:
        """Save the places of new windows; what came first stays, a person may have moved it."""
        sizes = self._sizes.setdefault(where, {})
        new = [place.name for place in places if place.name not in sizes]
        if new:
            sizes = {**sizes, **{place.name: place.window for place in places}}
            self._sender.lay_out(where, list(sizes.items()), new)
            self._sizes[where] = sizes

    def _stale(self, where: str, place: Place) -> bool:
        last = self._drawings.get((where, place.name))
        if last is None:
            return True
        has_changed = last.stamp != place.stamp
        if self._all_due:
            return has_changed
        if time.monotonic() >= self._refused_s.get((where, place.name), math.inf):
            return True
        in_a_hurry = has_changed and last.answers != place.answers
        every_s = 0.0 if in_a_hurry else place.window.every_s
        due = time.monotonic() - last.when_s >= max(every_s, self._pace_s(where, place.name))
        return due and (has_changed or (place.window.live and self._alive))

    def _pace_s(self, where: str, name: str) -> float:
        """The least time between two drawings, by who looks at the window."""
        if self._open_pages is None:
            return 0.0
        if where not in self._open_pages:
            return UNWATCHED_S
        wanted_s = pace_s(self._open_pages[where], name)
        return wanted_s if self._alive else min(wanted_s, UNWATCHED_S)

    def _send(self, where: str, place: Place) -> None:
        size = None if place.name in self._sizes.get(where, ()) else place.window
        hear = partial(self._note_answer, where, place, time.monotonic())
        self._refused_s.pop((where, place.name), None)
        self._sender.send(where, place, size, hear)

    def _note_answer(
        self, where: str, place: Place, drawn_s: float, why: NotTakenError | None
    ) -> None:
        if why:
            log.info("window %s of %s: %s", place.name, where, why)
            self._trouble.of_window(where, place.name, why)
            self._refused_s[where, place.name] = drawn_s + REFUSED_S
        self._drawings[where, place.name] = _Drawing(place.stamp, time.monotonic(), place.answers)

    def _forget_if_restarted(self) -> None:
        if self._client.host.generation != self._generation:
            self._generation = self._client.host.generation
            self._forget()
        elif self._drawings and time.monotonic() >= self._look_due_s:
            self._look_due_s = time.monotonic() + LOOK_EVERY_S
            if not self._client.has(*next(iter(self._drawings))):
                self._forget()

    def _forget(self) -> None:
        self._drawings.clear()
        self._sizes.clear()
        self._refused_s.clear()
