"""Draws the machine while it trained: throughput, processor, memory and GPUs over the minutes.

What was sampled when is `dashboard.record.machine`'s; a new launch goes on where the last ended.
"""

from __future__ import annotations

import math
from typing import Any

from dashboard.runs.experiment import Experiment
from dashboard.windows import style
from dashboard.windows.annotation import annotation
from dashboard.windows.content import Plot

GAP = 0.13  # between the small plots, as a share of the height


def machine(experiment: Experiment) -> Plot:
    """Three small plots above each other over one axis of minutes."""
    launches = [samples for launch in experiment.machine() if (samples := _samples(launch))]
    if not launches:
        return Plot([], style.blank("no samples yet: the first comes after a few seconds"))
    traces: list[dict[str, Any]] = []
    begins_s = 0.0
    for samples in launches:
        first_s = samples[0]["time_s"]
        x = [round((begins_s + s["time_s"] - first_s) / 60, 3) for s in samples]
        traces += _traces(samples, x)
        begins_s += samples[-1]["time_s"] - first_s + 3.0
    return Plot(traces, _layout())


def has_samples(experiment: Experiment) -> bool:
    return experiment.has_machine()


def _traces(samples: list[dict[str, Any]], x: list[float]) -> list[dict[str, Any]]:
    gpus = max(len(s["gpus"]) for s in samples)
    rows = [
        _line(x, [s["images_per_s"] for s in samples], "images/s", 0, "", "%{y:,.0f} images/s"),
        _line(x, [s["cpu_percent"] for s in samples], "CPU", 1, "2", "CPU %{y:.0f} %"),
        _line(x, [s["memory_gb"] for s in samples], "memory", 1, "3", "memory %{y:.1f} GB"),
    ]
    for i in range(gpus):
        percent, memory_gb = ([_of(s["gpus"], i, j) for s in samples] for j in (0, 1))
        rows.append(_line(x, percent, f"GPU {i}", 2 + i, "2", f"GPU {i} %{{y:.0f}} %"))
        name = f"GPU {i} memory"
        rows.append(_line(x, memory_gb, name, 2 + i, "3", f"{name} %{{y:.1f}} GB"))
    return rows


def _line(
    x: list[float], y: list[float | None], name: str, colour: int, axis: str, says: str
) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "name": name, "xaxis": "x",
        "yaxis": f"y{axis}", "line": {"color": style.colour(colour), "width": 1.6},
        "legendgroup": name, "hovertemplate": f"%{{x:.1f}} min: {says}<extra></extra>",
    }  # fmt: skip


def _layout() -> dict[str, Any]:
    height = (1 - 2 * GAP) / 3
    figure = style.layout("minutes of training", "", showlegend=False)
    figure["margin"] |= {"l": 52, "t": 24}
    figure["xaxis"] |= {"anchor": "y3"}
    titles = ("images a second, all runs", "busy: CPU, GPU (%)", "memory (GB)")
    figure["annotations"] = []
    for i, title in enumerate(titles):
        top = 1 - i * (height + GAP)
        name = f"yaxis{i + 1 if i else ''}"
        limits = {"range": [0, 102], "autorange": False} if i == 1 else {"rangemode": "tozero"}
        figure[name] = style.axis("", domain=[max(0.0, top - height), top], nticks=4, **limits)
        figure["annotations"].append(annotation(f"<b>{title}</b>", 0, top, font={"size": 11}))
    return figure


def _samples(launch: dict[str, Any]) -> list[dict[str, Any]]:
    """The samples whose numbers are numbers; a record may come from anywhere."""
    numbers = ("time_s", "cpu_percent", "memory_gb", "images_per_s")
    return [
        sample | {"gpus": sample.get("gpus") or []}
        for sample in launch["samples"]
        if isinstance(sample, dict)
        and all(_is_number(sample.get(name)) for name in numbers)
        and isinstance(sample.get("gpus") or [], list)
    ]


def _of(gpus: list[Any], i: int, j: int) -> float | None:
    try:
        value = gpus[i][j]
    except (IndexError, TypeError, KeyError):
        return None
    return value if _is_number(value) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
