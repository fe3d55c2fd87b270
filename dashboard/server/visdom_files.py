"""The browser files of Visdom's own page, as the server has them: none until somebody opens it.

Our own page needs none of them. The first visit below /visdom/ begins to look for them, and where
they are missing to fetch them (`dashboard.server.assets`), in a thread; nothing else waits for it.
"""

import asyncio
import logging
import threading
import time
from pathlib import Path

from dashboard.server import assets
from dashboard.server.access import RefusedError
from dashboard.server.assets import AssetError

PATIENCE_S = 1.0  # files that are here are checked within it; fetching takes longer
LOOK_AGAIN_S = 2
TRY_AGAIN_S = 10.0  # for so long a failure is told, then the next visit tries anew
log = logging.getLogger(__name__)


class VisdomFiles:
    """`folder` holds every file, each proved by its hash, once a visit found or fetched them."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self._over: asyncio.Event | None = None
        self._trouble = ""
        self._tried_s = 0.0

    async def wait(self) -> None:
        """Return when the files are here; raises RefusedError (503), which says why they are not.

        While they are being fetched it asks the browser to come again.
        """
        if self.folder:
            return
        if self._trouble and time.monotonic() - self._tried_s < TRY_AGAIN_S:
            raise RefusedError(503, self._trouble)
        over = self._over or self._begin()
        try:
            await asyncio.wait_for(over.wait(), PATIENCE_S)
        except TimeoutError:
            count = len(assets.ASSETS[assets.installed_version()])
            raise RefusedError(
                503,
                f"Fetching the {count} browser files of Visdom's own page …; "
                "this page opens when they are here.",
                LOOK_AGAIN_S,
            ) from None
        if not self.folder:
            raise RefusedError(503, self._trouble)

    def _begin(self) -> asyncio.Event:
        self._over = asyncio.Event()
        loop = asyncio.get_running_loop()
        # Not one of the loop's own threads: those would be waited for when the server ends.
        threading.Thread(target=self._fetch, args=(loop,), name="visdom", daemon=True).start()
        return self._over

    def _fetch(self, loop: asyncio.AbstractEventLoop) -> None:
        folder, trouble = None, ""
        try:
            folder = assets.ensure(report=log.info)
        except AssetError as why:
            trouble = f"Visdom's own page cannot be shown: {why}"
        except Exception:
            log.exception("Visdom's browser files")
            trouble = "Visdom's own page cannot be shown: its browser files cannot be fetched."
        loop.call_soon_threadsafe(self._end, folder, trouble)

    def _end(self, folder: Path | None, trouble: str) -> None:
        assert self._over
        self.folder, self._trouble, self._tried_s = folder, trouble, time.monotonic()
        self._over.set()
        self._over = None
