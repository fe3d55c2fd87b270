"""Adds the atlas to another scene, once a page opens one of its environments.

The numbers take PyTorch and about a second, so they are computed in a thread of their own and only
when somebody looks: a verdict links to the picture that shows its cause. Draws nothing itself.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator
from typing import Any

from dashboard.atlas.pieces import ENVIRONMENTS
from dashboard.atlas.scene import AtlasScene
from dashboard.board.scene import Place, Scene, trouble

log = logging.getLogger(__name__)


class WithAtlas:
    """What `scene` shows, and behind it the atlas. numbers: gives those of the atlas, slowly."""

    def __init__(self, scene: Scene, numbers: Callable[[], dict[str, Any]]) -> None:
        self.lock = scene.lock
        self._scene, self._numbers = scene, numbers
        self._atlas: list[tuple[str, list[Place]]] = []
        self._thread: threading.Thread | None = None

    def look(self, environments: Collection[str]) -> None:
        self._scene.look(environments)
        if self._thread is None and not ENVIRONMENTS.keys().isdisjoint(environments):
            self._thread = threading.Thread(target=self._compute, name="atlas", daemon=True)
            self._thread.start()

    def environments(self) -> Iterator[tuple[str, list[Place]]]:
        names = set()
        for where, places in self._scene.environments():
            names.add(where)
            yield where, places
        # An experiment may be called atlas; its pages come first.
        yield from ((where, places) for where, places in self._atlas if where not in names)

    def alive(self) -> bool:
        return self._scene.alive()

    def _compute(self) -> None:
        try:
            atlas = list(AtlasScene(self._numbers()).environments())
        except Exception as why:  # PyTorch is missing, an entry of a person's own fails
            log.info("the atlas cannot be computed", exc_info=why)
            sentence = f"The atlas cannot be shown: {type(why).__name__}: {str(why)[:200]}"
            atlas = [(where, [trouble(sentence)]) for where in ENVIRONMENTS]
        with self.lock:
            self._atlas = atlas
