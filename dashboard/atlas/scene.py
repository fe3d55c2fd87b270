"""Puts the atlas together as a scene for a board: five environments, all drawn once."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from typing import Any

from dashboard.atlas import examples, functions, inits, lessons
from dashboard.board.scene import Place


class AtlasScene:
    """The atlas of the numbers that `trainers.atlas.atlas()` gives."""

    def __init__(self, numbers: dict[str, Any]) -> None:
        self.lock = threading.RLock()
        self._places = {
            "atlas_activations": functions.activations(numbers["activations"]),
            "atlas_inits": inits.inits(numbers["inits"]),
            "atlas_losses": [
                *functions.losses(numbers["losses"]),
                *lessons.of_losses(numbers["lessons"]),
            ],
            "atlas_entropy": examples.entropy(numbers["entropy"]),
            "atlas_layers": [
                *examples.layers(numbers["layers"]),
                *lessons.of_layers(numbers["lessons"]),
            ],
        }

    def look(self, environments: Collection[str]) -> None:
        """All is shown, whatever is open."""

    def environments(self) -> Iterator[tuple[str, list[Place]]]:
        yield from self._places.items()

    def alive(self) -> bool:
        return False
