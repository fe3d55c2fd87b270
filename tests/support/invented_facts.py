"""Facts of runs that never trained, for tests of what is judged from them."""

from dataclasses import replace
from typing import Any

from dashboard.runs.facts import Facts

LAYERS = ("fc1", "fc2", "out")


def at(**quantities: tuple[float, ...] | float) -> dict[str, dict[str, float]]:
    """Statistics of a healthy network of three layers, with these quantities instead."""
    usual: dict[str, tuple[float, ...] | float] = {
        "preactivation_std": (1.3, 1.1, 0.9),
        "dead_share": (0.0, 0.02),
        "saturated_share": (0.01, 0.04),
        "gradient_norm": (3.0, 2.0, 2.5),
        "update_ratio": (0.003, 0.002, 0.01),
        "twin_share": (0.0, 0.0, 0.0),
        "label_growth": 0.1,
        "gradient_agreement": 0.5,
        "overshoot": 0.8,
    }
    return {
        name: {"all": value} if isinstance(value, float) else dict(zip(LAYERS, value, strict=False))
        for name, value in (usual | quantities).items()
    }


def known(accuracy: float | None = None, step: int = 300, **other: Any) -> Facts:
    """Facts at step 0, or with an accuracy at `step` of 300."""
    first = other.pop("first", at())
    curve = [(0, 0.1)] if accuracy is None else [(0, 0.1), (step, accuracy)]
    defaults = {"now": first, "accuracy": curve, "total_steps": 300, "is_done": False}
    return Facts(first=first, **(defaults | other))


def numbers(explained: float, step: int = 300, **other: Any) -> Facts:
    """Facts of a regression that has come to explain so much of the loss of one answer for all."""
    first = other.pop("first", at())
    of_numbers = {key: value for key, value in first.items() if key not in OF_CLASSES}
    curve = [(0, 0.0), (step, explained)]
    return replace(known(first=of_numbers, **other), accuracy=[], explained=curve)


OF_CLASSES = ("label_growth", "gradient_agreement")
