"""Looks at a library of experiments as a board does, and says what is there."""

from collections.abc import Callable

from dashboard.board.library import LibraryScene

Open = Callable[..., LibraryScene]
"""Opens the library of a folder, with the experiments that are held already."""


def listed(scene: LibraryScene) -> dict[str, set[str]]:
    """The names of all windows, by environment."""
    with scene.lock:
        return {where: {place.name for place in p} for where, p in scene.environments()}


def sentence(scene: LibraryScene, environment: str) -> str:
    """What the environment says is wrong; empty where nothing is, or it is not there."""
    with scene.lock:
        places = [p for where, all_ in scene.environments() if where == environment for p in all_]
        return "".join(str(p.packet()["data"]) for p in places if p.name == "trouble")


def looking(scene: LibraryScene, *names: str) -> Callable[[], bool]:
    """Look at environments, as a board does in every frame; whether all of them are there."""

    def look() -> bool:
        scene.look(names)
        return set(names) <= set(listed(scene))

    return look
