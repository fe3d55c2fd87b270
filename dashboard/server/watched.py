"""Which environments somebody looks at, or would like to: the board draws those.

Our page says so by its socket, whether the environment is there or not. Visdom's own page opens
its socket only in an environment that is there, so a visit to one that is not counts for a while.
"""

import time
from collections.abc import Iterable
from typing import Any

WANTED_S = 10.0  # the page that says "not yet" asks again every two
MOST_WANTED = 64


class Watched:
    """subscribers: those of Visdom's application, each with `eid`, a name or several."""

    def __init__(self, subscribers: dict[str, Any]) -> None:
        self._subscribers = subscribers
        self._wanted: dict[str, float] = {}  # when it was asked for last

    def want(self, environment: str) -> None:
        """Somebody asked for an environment that is not there."""
        self._wanted.pop(environment, None)
        self._wanted[environment] = time.monotonic()
        while len(self._wanted) > MOST_WANTED:
            del self._wanted[next(iter(self._wanted))]

    def names(self) -> list[str]:
        """The environments, each once, in alphabetical order."""
        since_s = time.monotonic() - WANTED_S
        self._wanted = {name: at_s for name, at_s in self._wanted.items() if at_s > since_s}
        opened: Iterable[str | Iterable[str]] = [page.eid for page in self._subscribers.values()]
        several = [[names] if isinstance(names, str) else names for names in opened]
        return sorted({*self._wanted, *(name for names in several for name in names)})
