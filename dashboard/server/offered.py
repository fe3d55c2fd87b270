"""What a server offers beyond the usual: a page within others' pages, or one to be looked at only.

The rules alone, by the addresses as Visdom names them; they are applied in `dashboard.server.front`
and `dashboard.server.guard`.
"""

import re
from collections.abc import Sequence
from typing import Any

from dashboard.errors import UserError

ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[1-9]\d{0,4})?")
ASKING = ("/login", "/logout", "/", "/win_exists", "/win_data", "/win_hash", "/env_state")
"""POSTs that change no window and no run; what a /win_data may hold is asked separately."""
ASKING_BELOW = ("/env/", "/compare/")
LOOKING = ("echo",)
"""What a page or a client may say by its socket where nothing can be changed."""


def check_origins(words: Sequence[str]) -> tuple[str, ...]:
    """The origins of pages within which ours may be shown. Raises UserError."""
    origins = [word.rstrip("/").lower() for word in words]
    for word, origin in zip(words, origins, strict=True):
        if not ORIGIN.fullmatch(origin):
            raise UserError(
                f"--embed {word[:60]!r} is no origin: write what stands in the address bar of the "
                "page around ours, up to the port, as http://localhost:8888"
            )
    return tuple(dict.fromkeys(origins))


def changes(method: str, route: str) -> bool:
    """Whether a request may change anything, as far as its first line shows."""
    if method in ("GET", "HEAD"):
        return False
    return route not in ASKING and not route.startswith(ASKING_BELOW)


def changes_window(route: str, message: dict[str, Any]) -> bool:
    """Whether a request that seemed to ask brings something: /win_data does both."""
    return route == "/win_data" and "data" in message
