"""What can be looked at beside an experiment: the atlas, into which verdicts link.

Loads PyTorch when a page opens the atlas, and not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboard.board.scene import Scene


def with_atlas(scene: Scene) -> Scene:
    """The scene, and the atlas for whoever follows a link into it."""
    from dashboard.atlas.on_demand import WithAtlas

    return WithAtlas(scene, _numbers)


def _numbers() -> dict[str, Any]:
    from trainers.atlas import atlas

    return atlas()
