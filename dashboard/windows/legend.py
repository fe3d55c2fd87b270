"""Makes the legend of plots that lay runs over each other: it names the settings that differ.

With few groups each has an entry, under a title for each colour. With many there is one entry for
each colour and, in grey, one for each dash. Our page has a legend of its own, its chips; this one
is for Visdom's page. Decides names and titles; lines are drawn in `dashboard.windows.overlays`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.runs.comparison import Group
from dashboard.runs.run_view import RunView
from dashboard.windows import style
from dashboard.windows.style import Looks

ROWS = 10  # what fits beside a plot of the designed height with its buttons
# Visdom keeps what a person has hidden by name, so names that read alike must still differ.
UNSEEN = "\u200b"


class Legend:
    """Gives every trace its entry. `here` False: the traces belong to entries of another plot."""

    def __init__(self, looks: Looks, groups: Sequence[Group], here: bool = True) -> None:
        self._looks, self._here = looks, here
        self._colours = [_text(looks.keys[0], v) for v in looks.values(0)]
        self._several = len(looks.keys) > 1
        self.by_look = self._several and len(groups) + len(self._colours) > ROWS
        self.rows = len(groups) + (len(self._colours) if self._several else 0)
        if self.by_look:
            self.rows = len(self._colours) + len(looks.values(1)) + 2
        self._titles: set[str] = set()

    def entry(self, view: RunView) -> dict[str, Any]:
        """What makes a trace part of the run's entry; the first trace of an entry shows it."""
        parts = self._looks.parts(view) or [style.short(view.name)]
        colour, *others = [style.plain(part) for part in parts]
        label = style.plain(self._looks.label(view))
        if self.by_look:
            return {"name": label, "showlegend": False}
        entry: dict[str, Any] = {"name": colour, "legendgroup": colour}
        if self._several:
            entry["legendgroup"] = label
            entry["name"] = " · ".join(others) + UNSEEN * self._colours.index(colour)
        entry["showlegend"] = self._here and entry["legendgroup"] not in self._titles
        if self._several and colour not in self._titles:
            entry["legendgrouptitle"] = _group_title(colour.replace("_", " "))
        self._titles |= {entry["legendgroup"], colour}
        return entry

    @staticmethod
    def silent(entry: dict[str, Any]) -> dict[str, Any]:
        """The same entry for a further trace of the run, which hides with it and names nothing."""
        rest = {k: v for k, v in entry.items() if k != "legendgrouptitle"}
        return rest | {"showlegend": False}

    def looks(self) -> list[dict[str, Any]]:
        """Where there is no entry for each group: entries for the colours and for the dashes."""
        if not (self.by_look and self._here):
            return []
        entries: list[dict[str, Any]] = []
        for nth, what in enumerate(("colour", "dash")):
            key = self._looks.keys[nth]
            pairs = zip(self._looks.indices(nth), self._looks.values(nth), strict=True)
            for place, (i, value) in enumerate(pairs):
                name = _text(key, value)
                line = {"color": style.FAINT, "dash": style.dash(i), "width": 1.5}
                if what == "colour":
                    line = {"color": style.colour(i), "width": 3}
                entries.append(_entry_alone(f"{what} {name}", name + UNSEEN * nth, line))
                if place == 0:
                    entries[-1]["legendgrouptitle"] = _group_title(style.plain(style.key_name(key)))
        return entries


def _entry_alone(look: str, name: str, line: dict[str, Any]) -> dict[str, Any]:
    """An entry without a curve."""
    return {
        "type": "scatter", "mode": "lines", "x": [None], "y": [None], "name": name, "line": line,
        "legendgroup": look, "meta": {"role": "legend"},
    }  # fmt: skip


def _text(key: str, value: Any) -> str:
    """A setting as a Plotly figure shows it."""
    return style.plain(style.setting(key, value))


def _group_title(text: str) -> dict[str, Any]:
    return {"text": f"<b>{text}</b>", "font": {"size": 11, "color": style.FAINT}}
