"""Draws an experiment, or a run, as figures that need no server: one document in a frame.

They are the windows of the page, in its order, as Plotly draws them and as tables; what the page
adds (choosing, cursor, acts) is not there. A whole page in one file is `export`'s report.html.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dashboard.board.scene import ExperimentScene
from dashboard.output import report
from dashboard.runs.experiment import Experiment
from dashboard.runs.opening import open_experiment
from dashboard.server.pages import FILES
from dashboard.server.plotly_file import plotly_file
from dashboard.windows.content import Content, Html, Picture, Plot

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>{style}
body {{ font: 14px system-ui, sans-serif; margin: 8px; background: #fff; color: #1f2933; }}
section {{ margin: 0 0 18px; overflow: auto; }}
h2 {{ font-size: 15px; margin: 0 0 4px; }}
</style>
<script>{plotly}</script>
{sections}
<script>
for (const place of document.querySelectorAll("[data-figure]")) {{
  const {{ data, layout }} = JSON.parse(place.dataset.figure);
  Plotly.newPlot(place, data, layout, {{ responsive: true, displaylogo: false }});
}}
</script>
</html>
"""


@dataclass(frozen=True)
class Figures:
    """Figures as the last line of a cell shows them.

    plots: by the window's name, {"data", "layout"} as Plotly takes them:
    `plotly.graph_objects.Figure(shown.plots["accuracy"])`.
    """

    title: str
    sections: str
    height: int
    plots: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)

    def html(self) -> str:
        """A document of its own, with Plotly inside (5 MB)."""
        style = (FILES / "css" / "bare.css").read_text(encoding="utf-8").partition("*/")[2]
        plotly = plotly_file().read_text(encoding="utf-8").replace("</script", "<\\/script")
        return PAGE.format(
            title=html.escape(self.title), style=style, plotly=plotly, sections=self.sections
        )

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html.escape(self.html())}" title="{html.escape(self.title)}" '
            f'style="width:100%;height:{self.height}px;border:0"></iframe>'
        )


def figures(folder: Path, run: str | None, height: int) -> Figures:
    """The windows that compare the runs of the experiment in `folder`, or those of one of its runs.

    Raises RecordError.
    """
    experiment, damage = open_experiment(folder)
    with closing(experiment.record):
        if damage:
            report(damage)
        contents = dict(_drawn(experiment, run))
    plots = {
        name: {"data": content.traces, "layout": content.layout}
        for name, (_, content) in contents.items()
        if isinstance(content, Plot)
    }
    sections = "\n".join(_section(title, content) for title, content in contents.values())
    return Figures(f"{experiment.name}/{run}" if run else experiment.name, sections, height, plots)


def _drawn(experiment: Experiment, run: str | None) -> Iterator[tuple[str, tuple[str, Content]]]:
    """(name, (title, content)) of each window of the page that shows something."""
    scene = ExperimentScene(experiment)
    views = [view for view in experiment.runs if view.name == run]
    _, places = scene.of_run(views[0]) if views else scene.compare()
    for place in places:
        content = place.draw()
        if not isinstance(content, Plot) or content.traces:  # an empty one says what is yet to come
            yield place.name, (place.window.title, content)


def _section(title: str, content: Content) -> str:
    if isinstance(content, Plot):
        figure = html.escape(json.dumps(content.packet(), allow_nan=False))
        body = f'<div data-figure="{figure}"></div>'
    elif isinstance(content, Picture):
        source = content.packet()["data"][0]["content"]["src"]
        body = f'<img src="{source}" alt=""><p>{html.escape(content.caption)}</p>'
    else:
        assert isinstance(content, Html)
        body = content.content
    return f"<section><h2>{html.escape(title)}</h2>{body}</section>"
