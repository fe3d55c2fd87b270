"""SCHEDULES: what share of its learning rate a run takes at each step, one entry each.

Closed-form functions of the step and of how many steps there are; nothing is remembered from one
step to the next, so a run that goes on has the rates it would have had. What they multiply, and
when, is `trainers.rates`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from dashboard.errors import UserError
from trainers.tables.choice import make_choice, parse

Share = Callable[[int, int], float]
"""Called with the updates made so far, from 0, and the planned ones; gives what the next update's
rate is, as a share of the run's rate."""


class Schedule(NamedTuple):
    """One schedule; `make(**params)` gives its share of the rate."""

    make: Callable[..., Share]
    says: str
    source: str
    formula: str
    """s: updates made so far. n: all of them."""
    varies: bool = True
    """Whether the rate ever changes."""


def schedule_of(text: str) -> tuple[Share, bool]:
    """The share that a schedule takes, and whether it varies. Raises ChoiceError."""
    choice = parse(text, SCHEDULES, "schedule")
    share: Share = make_choice(choice, SCHEDULES, "schedule")
    return share, SCHEDULES[choice.name].varies


def _cosine(end: float = 0.0) -> Share:
    _within(end=end)
    return lambda step, total: end + (1 - end) * (1 + math.cos(math.pi * step / total)) / 2


def _step(parts: int = 3, gamma: float = 0.1) -> Share:
    if parts < 1:
        raise UserError("parts must be at least 1")
    if gamma <= 0:
        raise UserError("gamma must be greater than 0")
    return lambda step, total: gamma ** (step * parts // total)


def _onecycle(warmup: float = 0.3, start: float = 0.04, end: float = 4e-6) -> Share:
    _within(warmup=warmup, start=start, end=end)

    def share(step: int, total: int) -> float:
        top, last = warmup * total - 1, total - 1
        if step <= top:
            return _between(start, 1.0, step / top if top else 1.0)
        return _between(1.0, end, (step - top) / (last - top) if last > top else 1.0)

    return share


def _warmup(share: float = 0.1, start: float = 0.01) -> Share:
    _within(share=share, start=start)

    def of(step: int, total: int) -> float:
        rise = max(1, round(share * total))
        return start + (1 - start) * min(1.0, step / rise)

    return of


def _between(first: float, last: float, share: float) -> float:
    """From first to last along half a cosine, of which so much is done."""
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2


def _within(**shares: float) -> None:
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise UserError(f"{name} must lie in [0, 1]")


SCHEDULES: dict[str, Schedule] = {
    "constant": Schedule(
        make=lambda: lambda step, total: 1.0,
        says="the same rate at every step",
        source="the source notes",
        formula="lr",
        varies=False,
    ),
    "cosine": Schedule(
        make=_cosine,
        says="falls along half a cosine to `end` times the rate",
        source="Loshchilov & Hutter 2016, SGDR, arXiv 1608.03983 (without restarts)",
        formula="lr * (end + (1 - end) * (1 + cos(pi * s / n)) / 2)",
    ),
    "step": Schedule(
        make=_step,
        says="`parts` equal parts, each with `gamma` times the rate of the one before",
        source="He et al. 2015, Deep residual learning, arXiv 1512.03385; PyTorch documentation of "
        "StepLR",
        formula="lr * gamma ** floor(s * parts / n)",
    ),
    "onecycle": Schedule(
        make=_onecycle,
        says="rises from `start` to the whole rate in the first `warmup` of the steps, then falls "
        "to `end`, both along half a cosine",
        source="Smith & Topin 2017, Super-convergence, arXiv 1708.07120",
        formula="lr * cosine from start to 1 at s = warmup * n - 1, then to end at s = n - 1",
    ),
    "warmup": Schedule(
        make=_warmup,
        says="rises evenly from `start` to the whole rate in the first `share` of the steps, and "
        "stays",
        source="Goyal et al. 2017, Accurate, large minibatch SGD, arXiv 1706.02677",
        formula="lr * (start + (1 - start) * min(1, s / (share * n)))",
    ),
}
