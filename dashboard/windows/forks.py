"""Draws what became of forks: each one's metric minus its parent's at the same steps.

Both have seen the same batches, and were one until the fork, so this is a paired comparison that
begins at 0. Their whole curves are in the other windows.
"""

from __future__ import annotations

import numpy as np

from dashboard.runs.experiment import Experiment
from dashboard.runs.lineage import Fork, forks
from dashboard.windows import style
from dashboard.windows.content import Plot
from dashboard.windows.figure import line_trace, marked
from dashboard.windows.style import Looks, layout


def is_wanted(experiment: Experiment) -> bool:
    """Whether there is a fork whose parent is there too."""
    return bool(forks(experiment))


def window(experiment: Experiment) -> Plot:
    """A line for each fork, from the step at which it parts from its parent."""
    looks, name = Looks(experiment), experiment.metric.text
    title = f"Δ {style.plain(style.short(name))}, fork − parent"
    figure = layout("step (optimizer updates)", title)
    figure["yaxis"] |= {"zeroline": True, "zerolinecolor": style.FAINT, "zerolinewidth": 1.5}
    traces = []
    for fork in forks(experiment):
        steps, values = paired(fork, experiment.metric.name)
        label = f"{fork.run.name} − {fork.parent.name}"
        traces.append(marked(line_trace(steps, values, label, looks.colour(fork.run), 2.0), 5))
    return Plot(traces, figure)


def paired(fork: Fork, series: str) -> tuple[np.ndarray, np.ndarray]:
    """The steps from the fork on at which both have the series, and the difference there."""
    lines = [view.lines.get(series) for view in (fork.run, fork.parent)]
    if not lines[0] or not lines[1]:
        return np.empty(0), np.empty(0)
    (xs, ys), (parent_xs, parent_ys) = lines[0].means(), lines[1].means()
    steps, mine, theirs = np.intersect1d(xs, parent_xs, return_indices=True)
    since = steps >= fork.step
    return steps[since], (ys[mine] - parent_ys[theirs])[since]
