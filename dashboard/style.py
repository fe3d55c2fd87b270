"""How runs look in every window: colour by the first varied setting, dash by the second, and the
common layout of all plots. Colours are Okabe and Ito's set for colour-blind readers (2008), the
yellow darkened for white paper, with four more that keep apart from them.

Decides looks only; what is plotted is decided elsewhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.experiment import Experiment, RunView

COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8A6D00", "#56B4E9",
    "#7A3E9D", "#E69F00", "#5B5B5B", "#A3245B", "#2F6F4F", "#3B4CC0",
)  # fmt: skip
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
INK, FAINT, GRID, PAPER = "#1F2933", "#52606D", "#E4E7EB", "#FFFFFF"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
STATE_COLOURS = {
    "queued": "#52606D", "running": "#0B5CAD", "done": "#08704F",
    "failed": "#B3261E", "diverged": "#A63D00", "stopped": "#6B4E00",
}  # fmt: skip


class Looks:
    """The colour, dash and label of every run of an experiment."""

    def __init__(self, experiment: Experiment) -> None:
        self.varied = [k for k in experiment.varied() if k != "seed"] or experiment.varied()
        self._values = {key: _distinct(experiment, key) for key in self.varied[:2]}

    def colour(self, run: RunView) -> str:
        return COLOURS[self._index(run, 0) % len(COLOURS)]

    def dash(self, run: RunView) -> str:
        return DASHES[self._index(run, 1) % len(DASHES)]

    def label(self, run: RunView) -> str:
        """The settings that differ and nothing else; a lone run goes by its name."""
        parts = [setting(key, run.run.config.get(key)) for key in self.varied]
        return " · ".join(parts) or run.name

    def _index(self, run: RunView, nth: int) -> int:
        if nth >= len(self.varied):
            return 0
        key = self.varied[nth]
        return self._values[key].index(repr(run.run.config.get(key)))


def _distinct(experiment: Experiment, key: str) -> list[str]:
    return list(dict.fromkeys(repr(view.run.config.get(key)) for view in experiment.runs))


SHORT = {"lr": "lr", "batch_size": "batch", "seed": "seed", "epochs": "epochs", "hidden": "hidden"}


def setting(key: str, value: Any) -> str:
    """One setting as a person reads it: choices by their name alone, numbers with theirs."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        value = "-".join(str(v) for v in value)
    return f"{SHORT.get(key, key)} {value}"


def layout(x_title: str, y_title: str, **more: Any) -> dict[str, Any]:
    """A Plotly layout in the house style; axes carry their titles with units."""
    made: dict[str, Any] = {
        "margin": {"l": 58, "r": 14, "t": 14, "b": 42},
        "font": {"family": FONT, "size": 12, "color": INK},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "hovermode": "closest",
        "showlegend": True,
        "legend": {"font": {"size": 11}, "bgcolor": "rgba(255,255,255,0.7)", "tracegroupgap": 2},
        "xaxis": axis(x_title),
        "yaxis": axis(y_title),
    }
    return {**made, **more}


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis in the house style."""
    made: dict[str, Any] = {
        "title": {"text": title, "standoff": 8, "font": {"size": 12, "color": FAINT}},
        "gridcolor": GRID,
        "zerolinecolor": GRID,
        "linecolor": "#CBD2D9",
        "automargin": True,
        "autorange": True,
    }
    return {**made, **more}


def numbers(values: np.ndarray, digits: int = 5) -> list[float | None]:
    """The values as JSON numbers of a few significant digits; None where they are not finite."""
    values = np.asarray(values, dtype=np.float64)
    size = np.abs(values)
    fine = np.isfinite(values) & (size > 0)
    scale = np.ones_like(values)
    scale[fine] = 10.0 ** (digits - 1 - np.floor(np.log10(size[fine])))
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = np.round(values * scale) / scale
    out: list[float | None] = np.where(np.isfinite(rounded), rounded, values).tolist()
    if not np.isfinite(values).all():
        out = [v if np.isfinite(v) else None for v in values]
    return out
