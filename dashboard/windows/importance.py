"""Draws which setting matters: a bar for the share of the variance that each accounts for.

The shares are `dashboard.runs.importance`'s, the results those that `dashboard.runs.standing`
compares.
"""

from __future__ import annotations

from dashboard.runs import importance as shares
from dashboard.runs.comparison import SEED, groups
from dashboard.runs.experiment import Experiment
from dashboard.runs.importance import Importance
from dashboard.runs.standing import Standing, standing
from dashboard.windows import style
from dashboard.windows.annotation import annotation
from dashboard.windows.content import Plot

MOST_BARS = 10
LEAST_PAIR = 0.01  # an interaction with a smaller share has no bar of its own
SETTING, REST = "#2563A8", "#8A96A3"


def is_wanted(experiment: Experiment) -> bool:
    """Whether two settings vary beside the seed, in more choices than their own effects need."""
    keys = _settings(experiment)
    configs = [group.first.config for group in groups(experiment)]
    degrees = sum(len({repr(config.get(key)) for config in configs}) - 1 for key in keys)
    return len(keys) > 1 and len(configs) > degrees


def window(experiment: Experiment) -> Plot:
    """The bars, the largest on top; seeds and rest last."""
    keys, state = _settings(experiment), standing(experiment)
    indices = [i for i in state.order if state.values[i]]
    importance = shares.importance(
        [state.groups[i].first.config for i in indices],
        [[*state.values[i].values()] for i in indices],
        keys,
    ) if indices else None  # fmt: skip
    if importance is None:
        return Plot([], style.blank("too few results yet to say which setting matters"))
    bars = _bars(importance)
    names = [name for name, _, _ in bars]
    figure = style.layout("share of the variance", "", showlegend=False)
    figure["xaxis"] |= {"range": [0, 1.12], "autorange": False, "tickformat": ".0%",
                        "tickvals": [0, 0.25, 0.5, 0.75, 1]}  # fmt: skip
    figure["yaxis"] |= {"type": "category", "autorange": "reversed", "automargin": True,
                        "showgrid": False}  # fmt: skip
    figure["margin"] |= {"t": 28}
    figure["annotations"] = [annotation(_caption(experiment, len(indices), state), 0, 1.0,
                                        font={"size": 11, "color": style.FAINT})]  # fmt: skip
    trace = {
        "type": "bar", "orientation": "h", "y": names, "x": [share for _, share, _ in bars],
        "marker": {"color": [colour for _, _, colour in bars]},
        "text": [_percent(share) for _, share, _ in bars], "textposition": "outside",
        "cliponaxis": False, "hoverinfo": "skip",
    }  # fmt: skip
    return Plot([trace], figure)


def _settings(experiment: Experiment) -> list[str]:
    return [key for key in experiment.varied() if key != SEED]


def _bars(importance: Importance) -> list[tuple[str, float, str]]:
    """(name, share, colour); the smallest effects are joined with what is left."""
    parts = [s for s in importance.shares if len(s.keys) == 1 or s.share >= LEAST_PAIR][:MOST_BARS]
    rows = [(" × ".join(map(style.key_name, s.keys)), s.share, SETTING) for s in parts]
    rest = importance.rest + sum(s.share for s in importance.shares if s not in parts)
    bars = [(style.plain(name), share, colour) for name, share, colour in rows]
    bars += [("seeds", importance.seeds, REST)] if importance.seeds is not None else []
    return [*bars, ("the rest", rest, REST)] if rest >= LEAST_PAIR else bars


def _percent(share: float) -> str:
    return f"{share:.0%}" if share == 0 or share >= 0.01 else "< 1%"


def _caption(experiment: Experiment, groups: int, state: Standing) -> str:
    """Of what the variance is, and what is left out of it."""
    bad = sum(state.wrong_counts)
    without = f", without {bad} runs that went wrong" if bad else ""
    return style.plain(f"{experiment.metric.text} of {groups} choices{without}")
