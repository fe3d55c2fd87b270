"""What stock clients send, put so that Visdom's server and browsers can take it.

A client's call is never lost for what a person cannot see in it: NaN and the infinities, which JSON
does not have, become gaps; an environment is called as Visdom itself would call it; a plot for
WebGL, which plotly draws only where a page may make code of texts, is drawn as any other. Decides
nothing of who may send what, and leaves Visdom as it is.
"""

from __future__ import annotations

import json
import math
from typing import Any

from dashboard.server.access import ENVIRONMENT_KEYS, HUGE, RefusedError

WITHOUT_WEBGL = {"scattergl": "scatter", "heatmapgl": "heatmap"}


def decoded(body: bytes) -> tuple[Any, bool]:
    """The JSON value of a body, with None for every NaN and infinity; whether there was any.

    Raises RefusedError (400) for what is no JSON.
    """
    gaps: list[str] = []

    def gap(token: str) -> None:
        gaps.append(token)

    def finite(digits: str) -> float | None:
        value = float(digits)
        if math.isfinite(value):
            return value
        gap(digits)
        return None

    try:
        huge = finite if HUGE.search(body) else None
        return json.loads(body, parse_constant=gap, parse_float=huge), bool(gaps)
    except (ValueError, RecursionError):
        raise RefusedError(400, "The body is not JSON.") from None


def environment(name: Any) -> Any:
    """An environment's name as Visdom writes it; what looks like a file's stays, to be refused."""
    good = isinstance(name, str) and not name.startswith("/")
    return name.replace("/", "_") if good else name


def mend(route: str, message: Any) -> bool:
    """Change a client's message where Visdom or a browser would fail over it; whether it did."""
    if not isinstance(message, dict):
        return False
    has_changed, data = _names(message), message.get("data")
    if not isinstance(data, list):
        return has_changed
    if route == "/save":
        message["data"] = [environment(name) for name in data]
        return has_changed or message["data"] != data
    if route not in ("/events", "/update"):
        return has_changed
    traces = [trace for trace in data if isinstance(trace, dict)]
    for trace in traces:
        has_changed |= _without_webgl(trace)
        has_changed |= route == "/update" and _without_nowhere(trace)
    return has_changed


def _names(message: dict[str, Any]) -> bool:
    inner = message.get("data")
    has_changed = False
    for part in (message, inner if isinstance(inner, dict) else {}):
        for key in ENVIRONMENT_KEYS:
            if key in part and part[key] != environment(part[key]):
                part[key], has_changed = environment(part[key]), True
    return has_changed


def _without_webgl(trace: dict[str, Any]) -> bool:
    kind = trace.get("type")
    if not isinstance(kind, str) or kind not in WITHOUT_WEBGL:
        return False
    trace["type"] = WITHOUT_WEBGL[kind]
    return True


def _without_nowhere(trace: dict[str, Any]) -> bool:
    """Leave out points without an x, over which Visdom's update fails; they are nowhere anyway."""
    x, y = trace.get("x"), trace.get("y")
    if not (isinstance(x, list) and isinstance(y, list) and len(x) == len(y) and None in x):
        return False
    there = [i for i, value in enumerate(x) if value is not None]
    trace["x"], trace["y"] = [x[i] for i in there], [y[i] for i in there]
    return True
