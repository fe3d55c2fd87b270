"""Which environments somebody looks at, or would like to: the board draws those.

Our page says so by its socket, whether the environment is there or not. Visdom's own page opens
its socket only in an environment that is there, so a visit to one that is not counts for a while.
"""

import time
from collections.abc import Iterable
from typing import Any

from dashboard.server.attention import PageAttention

WANTED_S = 10.0  # the page that says "not yet" asks again every two
MOST_WANTED = 64


class Watched:
    """subscribers: those of Visdom's application, each with `eid`, a name or several."""

    def __init__(self, subscribers: dict[str, Any]) -> None:
        self._subscribers = subscribers
        self._wishes: dict[str, float] = {}  # when it was asked for last

    def want(self, environment: str) -> None:
        """Somebody asked for an environment that is not there."""
        self._wishes.pop(environment, None)
        self._wishes[environment] = time.monotonic()
        while len(self._wishes) > MOST_WANTED:
            del self._wishes[next(iter(self._wishes))]

    def names(self) -> list[str]:
        """The environments, each once, in alphabetical order."""
        since_s = time.monotonic() - WANTED_S
        self._wishes = {name: at_s for name, at_s in self._wishes.items() if at_s > since_s}
        return sorted({*self._wishes, *(name for _, names in self._opened() for name in names)})

    def attention(self) -> dict[str, list[dict[str, Any]]]:
        """What the pages look at, by environment; without those that a page has open that says
        nothing of it, such as Visdom's own.
        """
        pages: dict[str, list[PageAttention | None]] = {}
        for page, names in self._opened():
            for name in names:
                pages.setdefault(name, []).append(getattr(page, "attention", None))
        attention = {name: [each for each in all_ if each] for name, all_ in pages.items()}
        return {
            name: [each.as_json() for each in attention[name]]
            for name in attention
            if name not in self._wishes and len(attention[name]) == len(pages[name])
        }

    def _opened(self) -> list[tuple[Any, Iterable[str]]]:
        """Every page with the names of what it has open."""
        pages = self._subscribers.values()
        return [(page, [page.eid] if isinstance(page.eid, str) else page.eid) for page in pages]
