"""What our page asks for: experiments, pictures and windows of earlier steps, acts on runs.

All of it is behind the guards that stand before everything, and all but one address is read-only,
by GET; the addresses are handed to the server process by the name of this module (`rules`). The
record is read in a thread of its own, so that a slow disk delays nobody else; how, is for
`dashboard.page.experiments`, `dashboard.page.media`, `dashboard.page.past` and
`dashboard.page.commands` to say.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from dashboard.errors import UserError
from dashboard.server.access import RefusedError, check_environment, strict_json
from dashboard.server.guard import Guard

MOST_WAITING = 32  # questions at once; a person who drags a slider asks a few
LONGEST_WINDOW = 200
LONGEST_STEP = 15  # digits
MOST_BYTES = 2**20  # of a request
TYPES = {
    "png": "image/png",
    "json": "application/json; charset=utf-8",
    "text": "text/plain; charset=utf-8",
}
Answer = TypeVar("Answer")


class Readings:
    """Questions about the records in `runs_dir` (None: there are none), answered one by one."""

    def __init__(self, runs_dir: Path | None) -> None:
        self.runs_dir = runs_dir
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="records")
        self._question_count = 0
        self._listing: asyncio.Future[bytes] | None = None
        self._experiments: Any = None

    async def ask(self, question: Callable[..., Answer], *about: Any) -> Answer:
        """The answer of the thread. Raises RefusedError (503) when too many wait for it."""
        if self._question_count >= MOST_WAITING:
            raise RefusedError(503, "Too much is asked at once.", 1)
        self._question_count += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, question, *about)
        finally:
            self._question_count -= 1

    def listing(self) -> Awaitable[bytes]:
        """All experiments as JSON; those who ask at the same time get the same answer."""
        if self._listing is None or self._listing.done():
            self._listing = asyncio.ensure_future(self.ask(self._list))
        return asyncio.shield(self._listing)

    def _list(self) -> bytes:
        from dashboard.page.experiments import Experiments  # numpy: not before somebody asks

        self._experiments = self._experiments or Experiments(self.runs_dir)
        return json.dumps(self._experiments.listing(), allow_nan=False).encode()


class Read(Guard):
    """A read-only answer."""

    def initialize(self, readings: Readings) -> None:
        self.readings = readings

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "private, no-cache")

    def argument(self, name: str, longest: int) -> str:
        """One value of the address. Raises RefusedError (400) where it is missing or too long."""
        value = self.get_query_argument(name, "", strip=False)
        if not 0 < len(value) <= longest:
            raise RefusedError(400, f"Say which {name}, in at most {longest} characters.")
        return value


class ExperimentsHandler(Read):
    """GET: every experiment of the runs folder in short, those that live first."""

    async def get(self) -> None:
        self.set_header("Content-Type", TYPES["json"])
        self.finish(await self.readings.listing())


class MediaHandler(Read):
    """GET: the picture, text or value that a run had recorded for a window by some step.

    environment, window: as the page has them; step: at most so far. The header Trainboard-Step says
    which step it is of.
    """

    async def get(self) -> None:
        from dashboard.page import media

        item = await self.found(media.item, self.readings.runs_dir, *self.place(), self.step())
        self.set_header("Content-Type", TYPES[item.kind])
        self.set_header("Trainboard-Step", str(item.step))
        self.finish(item.body)

    def place(self) -> tuple[str, str]:
        environment = self.argument("environment", LONGEST_WINDOW * 2)
        check_environment(environment)
        return environment, self.argument("window", LONGEST_WINDOW)

    def step(self) -> int:
        step = self.argument("step", LONGEST_STEP)
        if not (step.isascii() and step.isdigit()):
            raise RefusedError(400, "A step is a whole number from 0.")
        return int(step)

    async def found(self, question: Callable[..., Answer], *about: Any) -> Answer:
        """The answer. Raises RefusedError (404) with its reason where there is none."""
        try:
            return await self.readings.ask(question, *about)
        except UserError as why:
            raise RefusedError(404, f"{why}.") from None


class StepsHandler(MediaHandler):
    """GET: the steps for which there is something to show in a window: {name, kind, steps}."""

    async def get(self) -> None:
        from dashboard.page import media

        self.finish(await self.found(media.steps, self.readings.runs_dir, *self.place()))


class PastHandler(MediaHandler):
    """GET: a window as it was at some step: {type, content}, as the page is sent it.

    environment, window, step: as of `MediaHandler`.
    """

    async def get(self) -> None:
        from dashboard.page import past

        window = await self.found(
            past.window_at, self.readings.runs_dir, *self.place(), self.step()
        )
        self.set_header("Content-Type", TYPES["json"])
        self.finish(json.dumps(window, allow_nan=False))


class RequestsHandler(Read):
    """GET: what was asked of an experiment. POST: ask for something; see `dashboard.page.commands`.

    The one address of ours that writes. Only our own page's script sends JSON of that type here:
    a form of another site cannot, and every other request of one was refused before.
    """

    async def get(self) -> None:
        from dashboard.page import commands

        experiment = self.argument("experiment", LONGEST_WINDOW)
        run = self.get_query_argument("run", "", strip=False)
        self.finish(await self.answered(commands.listing, experiment, run))

    async def post(self) -> None:
        from dashboard.page import commands

        if self.request.headers.get("Content-Type", "").split(";")[0] != "application/json":
            raise RefusedError(415, "A request is sent as application/json.")
        if len(self.request.body) > MOST_BYTES:
            raise RefusedError(413, f"A request has at most {MOST_BYTES:,} bytes.")
        self.finish(await self.answered(commands.write, strict_json(self.request.body)))

    async def answered(self, question: Callable[..., Answer], *about: Any) -> Answer:
        """The answer. Raises RefusedError with the reason where there is none."""
        from dashboard.page.commands import NobodyTrainsError
        from dashboard.record.schema import UnwritableError

        try:
            return await self.readings.ask(question, self.readings.runs_dir, *about)
        except NobodyTrainsError as why:
            raise RefusedError(409, f"{why}") from None
        except UnwritableError as why:
            raise RefusedError(503, f"{why}.", 1) from None
        except UserError as why:
            raise RefusedError(400, f"{why}.") from None


def rules(runs_dir: Path | None) -> list[tuple[str, type[Guard], dict[str, Any]]]:
    """The addresses and what answers them, about the experiments in `runs_dir`."""
    about = {"readings": Readings(runs_dir)}
    return [
        (r"/trainboard/api/experiments", ExperimentsHandler, about),
        (r"/trainboard/api/media", MediaHandler, about),
        (r"/trainboard/api/media/steps", StepsHandler, about),
        (r"/trainboard/api/requests", RequestsHandler, about),
        (r"/trainboard/api/past", PastHandler, about),
    ]
