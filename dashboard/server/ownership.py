"""Which windows the board wrote, and what others may not do to them. Sends and draws nothing.

Whoever may use the server may make windows of their own, in any environment. A window that was
written with the board's token is changed, replaced and removed with that token only.
"""

from typing import Any

# What pages do to windows without changing them; all other commands are looked at.
HARMLESS = ("layout_item_update", "save_layouts", "save_all", "forward_to_vis", "echo")


class Ownership:
    """Remembers the board's windows. Environments and windows are named as Visdom names them."""

    def __init__(self) -> None:
        self._windows: dict[str, set[str]] = {}

    def note(self, path: str, body: dict[str, Any]) -> None:
        """Learn from a request that carries the board's token."""
        environment, window = _text(body.get("eid"), "main"), body.get("win")
        if path == "/events" and window is not None:
            self._windows.setdefault(environment, set()).add(str(window))
        elif path == "/close" and window is not None:
            self._windows.get(environment, set()).discard(str(window))
        elif path in ("/close", "/delete_env"):
            self._windows.pop(environment, None)

    def forbids_request(self, path: str, body: dict[str, Any]) -> bool:
        """Whether a POST without the token would change what the board wrote."""
        writes = path in ("/events", "/update", "/close")
        if writes or (path == "/win_data" and "data" in body):
            return self._holds(body.get("eid"), body.get("win"), all_if_none=path != "/events")
        return path in ("/delete_env", "/fork_env") and self._holds(body.get("eid"))

    def forbids_command(self, message: dict[str, Any]) -> bool:
        """Whether a socket's message without the token would change what the board wrote."""
        command, environment, data = message.get("cmd"), message.get("eid"), message.get("data")
        if command in HARMLESS:
            return False
        if command == "save":  # of a page's layout into its own environment, or a copy over another
            return environment != message.get("prev_eid") and self._holds(environment)
        if command == "close":
            return self._holds(environment, data, all_if_none=False)
        if command == "pop_embeddings_pane" and isinstance(data, dict):
            return self._holds(data.get("eid"), data.get("target"))
        return self._holds(environment, message.get("win"))

    def _holds(self, environment: Any, window: Any = None, all_if_none: bool = True) -> bool:
        windows = self._windows.get(_text(environment, "main"), set())
        return bool(windows) if window is None and all_if_none else str(window) in windows


def _text(name: Any, default: str) -> str:
    return default if name is None else str(name)
