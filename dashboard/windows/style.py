"""Decides how runs look in every window: colour by the first varied setting, dash by the second,
and the common layout of all plots.

Decides looks only; what is plotted is decided elsewhere, which colours there are in `palette`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dashboard.record.states import STATES
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import Metric
from dashboard.runs.run_view import RunView
from dashboard.windows import palette
from dashboard.windows.annotation import annotation

COLOURS, DASHES = palette.LIGHT, palette.DASHES
INK, FAINT, GRID, PAPER = "#1F2933", "#52606D", "#E4E7EB", "#FFFFFF"
MOST_LABEL = 100  # characters
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
STATE_COLOURS = {name: state.colour for name, state in STATES.items()}


class Looks:
    """The colour, dash and label of every run of an experiment; seeds of one setting look alike."""

    def __init__(self, experiment: Experiment) -> None:
        self.keys = [k for k in experiment.varied() if k != "seed"] or experiment.varied()
        self.seeds_vary = "seed" in experiment.varied() and "seed" not in self.keys
        self._runs = [view.name for view in experiment.runs]  # the colours where nothing varies
        self._values = {key: distinct(experiment, key) for key in self.keys[:2]}
        self._places = {
            key: dict(zip(map(repr, values), self._indices(key), strict=True))
            for key, values in self._values.items()
        }

    def colour(self, view: RunView) -> str:
        return colour(self._index(view, 0))

    def dash(self, view: RunView) -> str:
        return dash(self._index(view, 1))

    def label(self, view: RunView) -> str:
        """The settings that differ and nothing else; a lone run goes by its name."""
        return " · ".join(self.parts(view)) or short(view.name)

    def full_label(self, view: RunView) -> str:
        """The label with the seed, where seeds vary beside other settings."""
        seed = view.config.get("seed")
        return f"{self.label(view)} · seed {seed}" if self.seeds_vary else self.label(view)

    def parts(self, view: RunView) -> list[str]:
        """The settings that differ, each as a person reads it."""
        return [setting(key, view.config.get(key)) for key in self.keys]

    def values(self, nth: int) -> list[Any]:
        """The values of the first (0: colours) or second (1: dashes) setting that differs."""
        return self._values[self.keys[nth]] if nth < len(self.keys) else []

    def indices(self, nth: int) -> Sequence[int]:
        """The colours (nth 0) or dashes (1) of `values(nth)`."""
        return self._indices(self.keys[nth]) if nth < len(self.keys) else []

    def _indices(self, key: str) -> Sequence[int]:
        """Colours belong to values wherever they are met; dashes are in the order of the runs."""
        values = self._values[key]
        return palette.colours(values) if key == self.keys[0] else range(len(values))

    def _index(self, view: RunView, nth: int) -> int:
        if nth >= len(self.keys):
            return 0 if nth or self.keys else self._runs.index(view.name)
        key = self.keys[nth]
        return self._places[key][repr(view.config.get(key))]


def colour(nth: int) -> str:
    """The colour of the nth value of the first setting that differs."""
    return COLOURS[nth % len(COLOURS)]


def dash(nth: int) -> str:
    """The dash of the nth value of the second setting that differs."""
    return DASHES[nth % len(DASHES)]


def distinct(experiment: Experiment, key: str) -> list[Any]:
    """The values that the runs have for a setting, in the order of the runs."""
    values = {repr(view.config.get(key)): view.config.get(key) for view in experiment.runs}
    return list(values.values())


SHORT = {"lr": "lr", "batch_size": "batch", "seed": "seed", "epochs": "epochs", "hidden": "hidden"}


def setting(key: str, value: Any) -> str:
    """One setting as a person reads it: choices by their name alone, numbers with theirs.

    None is what a run has that has no such setting.
    """
    name = SHORT.get(key, short(key.replace("_", " "), 40))
    if value is None or value in ("none", "own"):
        return f"own {name}" if value == "own" else f"no {name}"
    if isinstance(value, str):
        return short(value)
    if isinstance(value, list):
        value = "x".join(str(v) for v in value) or "none"
    return short(f"{SHORT.get(key, short(key, 40))} {value}")


def key_name(key: str) -> str:
    """A setting's own name as a person reads it."""
    return short(key.replace("_", " "))


def wrapped(text: str, most: int = 9) -> list[str]:
    """A long name in two lines, broken after an underscore."""
    if len(text) <= most or "_" not in text:
        return [text]
    middle = len(text) / 2
    cut = min((i for i, c in enumerate(text, 1) if c == "_"), key=lambda i: abs(i - middle))
    return [text[:cut], text[cut:]]


def layout(x_title: str, y_title: str, **more: Any) -> dict[str, Any]:
    """A Plotly layout in the house style; axes carry their titles with units."""
    defaults: dict[str, Any] = {
        "margin": {"l": 62, "r": 14, "t": 14, "b": 42},
        "font": {"family": FONT, "size": 12, "color": INK},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "hovermode": "closest",
        "showlegend": True,
        "legend": {"font": {"size": 11}, "bgcolor": "rgba(255,255,255,0.7)", "tracegroupgap": 2},
        "xaxis": axis(x_title),
        "yaxis": axis(y_title),
    }
    return {**defaults, **more}


def blank(text: str) -> dict[str, Any]:
    """The layout of a plot that has nothing to show yet, and says so."""
    note = annotation(text, 0.5, 0.5, xanchor="center", yanchor="middle")
    axes = {name: {**axis(""), "visible": False} for name in ("xaxis", "yaxis")}
    return {**layout("", "", showlegend=False), **axes, "annotations": [note]}


def buttons(
    entries: list[dict[str, Any]], active: int = 0, *, below_legend: bool = False
) -> dict[str, Any]:
    """A row of small Plotly buttons at the top left of a plot, or at its right below the legend."""
    return {
        "type": "buttons", "direction": "right", "active": active, "showactive": True,
        "x": 1.01 if below_legend else 0, "y": 0 if below_legend else 1,
        "xanchor": "left", "yanchor": "bottom",
        "pad": {"t": 0, "b": 0 if below_legend else 3, "l": 0, "r": 0}, "buttons": entries,
        "bgcolor": PAPER, "bordercolor": "#CBD2D9", "font": {"size": 10, "color": INK},
    }  # fmt: skip


def plain(text: str) -> str:
    """A person's text as any text of a Plotly figure, which shows it as it is.

    Plotly takes some tags (links among them), formulas between dollars and, on hovering, %{...}.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("$", "&#36;").replace("%{", "&#37;{")


def short(text: str, most: int = MOST_LABEL) -> str:
    """A text that fits into a label: of a longer one its begin and its end."""
    return text if len(text) <= most else f"{text[: most - 20]}…{text[-19:]}"


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis in the house style."""
    defaults: dict[str, Any] = {
        "title": {"text": title, "standoff": 8, "font": {"size": 12, "color": FAINT}},
        "gridcolor": GRID,
        "zerolinecolor": GRID,
        "linecolor": "#CBD2D9",
        # Names need as much room as they are long; for numbers the margin has room, and measuring
        # it would double what a plot costs the browser.
        "automargin": more.get("type") == "category",
        "ticklabeloverflow": "allow",  # else every label is measured a second time
        "autorange": True,
    }
    return {**defaults, **more}


def numbers(values: np.ndarray, digits: int = 5) -> list[float | None]:
    """The values as JSON numbers of a few significant digits; None where they are not finite."""
    values = np.asarray(values, dtype=np.float64)
    size = np.abs(values)
    fine = np.isfinite(values) & (size > 0)
    scale = np.ones_like(values)
    scale[fine] = 10.0 ** (digits - 1 - np.floor(np.log10(size[fine])))
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = np.round(values * scale) / scale
    out: list[float] = np.where(np.isfinite(rounded), rounded, values).tolist()
    if np.isfinite(values).all():
        return [*out]
    return [v if math.isfinite(v) else None for v in out]


# One hue from light (bad) to dark (good), after ColorBrewer's "Blues" and "GnBu".
RESULT_COLOURS = ("#F7FBFF", "#DCEAF6", "#BBD8EC", "#86BEDA", "#4B98C9", "#1F6FB2", "#08306B")
BEST_ERROR = 0.005
LOG_FROM = 100.0  # results that span more than two decades are told apart on a log scale


def result_places(metric: Metric, results: Sequence[float]) -> Callable[[float], float]:
    """A function from a result to its place in [0, 1], from the worst to the best.

    Accuracies go by their error on a log scale, whatever the others are: 0.98 and 0.99 differ as
    0.80 and 0.90 do, and anything better than 0.995 is best. Others lie between those there are.
    """
    if metric.share:
        return lambda value: math.log(min(1.0, max(BEST_ERROR, 1 - value))) / math.log(BEST_ERROR)
    low, high = min(results, default=0.0), max(results, default=0.0)
    if low == high:
        return lambda value: 1.0
    size: Callable[[float], float] = math.log if low > 0 and high / low > LOG_FROM else float
    worst, best = (size(end) for end in sorted((low, high), key=metric.signed))
    return lambda value: (size(value) - worst) / (best - worst)


def result_colour(place: float) -> str:
    """The colour of a result at this place in [0, 1], from the worst to the best."""
    at = min(1.0, max(0.0, place)) * (len(RESULT_COLOURS) - 1)
    i = min(int(at), len(RESULT_COLOURS) - 2)
    low, high = (_rgb(RESULT_COLOURS[k]) for k in (i, i + 1))
    channels = (round(a + (b - a) * (at - i)) for a, b in zip(low, high, strict=True))
    return "#" + "".join(f"{channel:02X}" for channel in channels)


def ink_on(background: str) -> str:
    """Black or white, whichever is easier to read on the colour (at least 4.5 : 1)."""
    return max(("#000000", "#FFFFFF"), key=lambda ink: contrast(ink, background))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, in [1, 21] (WCAG 2.1, relative luminance)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def faded(colour: str, alpha: float) -> str:
    """The colour, let through by `alpha` in [0, 1]."""
    red, green, blue = _rgb(colour)
    return f"rgba({red},{green},{blue},{alpha})"


def _luminance(colour: str) -> float:
    linear = (
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in _rgb(colour))
    )
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
