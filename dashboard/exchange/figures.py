"""Writes every plot as a still picture, PNG or SVG: those of the compare page and of each run.

Plotly's own kaleido draws them, in the Chrome or Chromium that the person has: they look as on
Visdom's page. Tables, texts and images are no plots; `dashboard.cli.report` has those.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dashboard.board.scene import ExperimentScene, Place, reason
from dashboard.errors import UserError
from dashboard.exchange.extras import needed
from dashboard.names import part_of_path
from dashboard.runs.comparison import groups
from dashboard.runs.experiment import Experiment
from dashboard.server.plotly_file import plotly_file
from dashboard.windows import palette
from dashboard.windows.content import Plot
from dashboard.windows.legend import Legend
from dashboard.windows.style import Looks

WHAT = "--as png or svg"
SCALE = 2  # of a PNG: pixels for one of the page
MOST_TABS = 4  # that draw at once
PLOTS_OF_A_TAB = 8  # to open another takes as long as to draw so many
HEADLESS = "chromium-headless-shell"  # which kaleido does not look for
COMPARE = "compare"
# The light colours of `dashboard.windows.style` and the page's dark ones (static/js/colours.js).
IN_THE_DARK = {
    "#1F2933": "#E6EAF0", "#52606D": "#9AA7B5", "#E4E7EB": "#28313C", "#CBD2D9": "#3A4552",
    "#FFFFFF": "#171D25", "rgba(255,255,255,0.7)": "rgba(23,29,37,0.7)",
    **dict(zip(palette.LIGHT, palette.DARK, strict=True)),
}  # fmt: skip


def check() -> None:
    """Raise UserError where kaleido is not installed, or no browser is there for it to draw in."""
    needed("kaleido", WHAT)
    _browser()


def _browser() -> str:
    """The Chrome or Chromium that draws: BROWSER_PATH, else what is installed."""
    chromium = needed("choreographer.browsers.chromium", WHAT).Chromium
    path = chromium.find_browser(skip_local=False) or shutil.which(HEADLESS)
    if not path or not Path(path).is_file():
        raise UserError(
            f"{WHAT} draws in Chrome or Chromium, and none is there: install one, or name it with "
            "BROWSER_PATH=/path/to/chrome"
        )
    return str(path)


def write_png(experiment: Experiment, folder: Path, dark: bool = False) -> list[str]:
    """Write FOLDER/compare/WINDOW.png and FOLDER/RUN/WINDOW.png; what cannot be drawn, in words.

    dark: on the page's dark ground. Raises UserError without a browser.
    """
    return _write(experiment, folder, "png", dark)


def write_svg(experiment: Experiment, folder: Path, dark: bool = False) -> list[str]:
    """The same as SVG."""
    return _write(experiment, folder, "svg", dark)


def _write(experiment: Experiment, folder: Path, kind: str, dark: bool) -> list[str]:
    left_out: list[str] = []
    figures = [
        {
            "fig": _in_the_dark(figure) if dark else figure,
            "path": str(folder / f"{name}.{kind}"),
            "opts": {"format": kind, "width": width_px, "height": height_px,
                     "scale": SCALE if kind == "png" else 1},
        }
        for name, figure, width_px, height_px in _plots(experiment, left_out)
    ]  # fmt: skip
    for figure in figures:
        Path(str(figure["path"])).parent.mkdir(parents=True, exist_ok=True)
    kaleido = needed("kaleido", WHAT)
    errors = needed("choreographer.errors", WHAT)
    how = {
        "path": _browser(),
        "plotlyjs": plotly_file(),
        "mathjax": False,  # it would be fetched from a network, and there are no formulas
        "n": min(MOST_TABS, os.cpu_count() or 1, 1 + len(figures) // PLOTS_OF_A_TAB),
    }
    try:
        kaleido.write_fig_from_object_sync(figures, kopts=how, cancel_on_error=True)
    except (errors.BrowserFailedError, errors.BrowserClosedError, TimeoutError) as why:
        raise UserError(f"{WHAT}: the browser {how['path']} does not draw: {why}") from why
    return left_out


def _plots(
    experiment: Experiment, left_out: list[str]
) -> Iterator[tuple[str, dict[str, Any], int, int]]:
    """(name, figure, width, height in pixels) of each plot that shows anything."""
    scene = ExperimentScene(experiment)
    looks = Legend(Looks(experiment), groups(experiment)).looks()
    pages = [(COMPARE, scene.compare()[1], looks)]
    pages += [(part_of_path(view.name), scene.of_run(view)[1], []) for view in experiment.runs]
    for page, places, entries in pages:
        for place in places:
            name = f"{page}/{part_of_path(place.name)}"
            try:
                figure = _figure(place, entries)
            except Exception as why:  # one window that holds something odd leaves the others
                left_out.append(f"{name} cannot be drawn ({reason(why)})")
                continue
            if figure:
                yield name, figure, place.window.width_px, place.window.height_px


def _figure(place: Place, looks: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The plot without what can only be clicked; None where the window has none, or no point."""
    content = place.draw()
    if not isinstance(content, Plot) or not content.traces:
        return None
    gone = ("updatemenus", "meta")
    layout = {key: value for key, value in content.layout.items() if key not in gone}
    traces = [trace for trace in content.traces if trace.get("visible") is not False]
    if layout.get("showlegend") is False and any(map(_is_line, traces)):
        return _with_legend(traces, layout, looks)
    return {"data": traces, "layout": layout}


def _with_legend(
    traces: Sequence[dict[str, Any]], layout: dict[str, Any], looks: list[dict[str, Any]]
) -> dict[str, Any]:
    """With the legend that a plot of a page shares with the one beside it; for one line, none."""
    last_of = {trace.get("legendgroup"): i for i, trace in enumerate(traces)}
    last_of.pop(None, None)
    named = [{**trace, "showlegend": last_of.get(trace.get("legendgroup")) == i}
             for i, trace in enumerate(traces)]  # fmt: skip
    more = [] if last_of else looks
    several = len(last_of) > 1 or bool(more)
    return {"data": [*named, *more], "layout": layout | {"showlegend": several}}


def _is_line(trace: dict[str, Any]) -> bool:
    return bool(trace.get("meta", {}).get("role") == "line")


def _in_the_dark(figure: dict[str, Any]) -> dict[str, Any]:
    """The figure with each colour of the light page as the dark one has it."""
    text = json.dumps(figure)
    for light, dark in IN_THE_DARK.items():
        text = text.replace(f'"{light}"', f'"{dark}"')
    turned: dict[str, Any] = json.loads(text)
    return turned
