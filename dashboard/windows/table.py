"""Holds all named windows, WINDOWS, for whoever asks for both pages at once; declares none."""

from __future__ import annotations

from dashboard.windows.compare_windows import COMPARE_WINDOWS
from dashboard.windows.run_windows import RUN_WINDOWS
from dashboard.windows.window import CompareWindow, RunWindow

WINDOWS: dict[str, dict[str, CompareWindow] | dict[str, RunWindow]] = {
    "compare": COMPARE_WINDOWS,
    "run": RUN_WINDOWS,
}


def windows_table() -> str:
    """The windows with what they show as Markdown: the compare page, then a run's own."""
    pages = {"compare": "the compare page", "run": "a run's own page"}
    parts = []
    for page, windows in WINDOWS.items():
        rows = [f"| `{name}` | {window.says} |" for name, window in windows.items()]
        parts += [f"| window of {pages[page]} | what it shows |", "|---|---|", *rows, ""]
    return "\n".join(parts)
