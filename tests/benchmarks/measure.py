"""How every claim is measured: two things alternately in one run, their ratio, its spread.

A claim is a ratio because machines differ and are noisy; alternating both sides lets a slow minute
hit both. Measures nothing by itself.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version

from trainers.plan.cores import cores

ROUNDS = 7


@dataclass
class Claim:
    """A measured figure beside its target. figures: one a round."""

    name: str
    target: str
    figures: list[float]
    unit: str = ""
    note: str = ""
    sides: dict[str, list[float]] = field(default_factory=dict)

    @property
    def median(self) -> float:
        return statistics.median(self.figures)

    def row(self) -> list[str]:
        spread = f"{min(self.figures):.3g} to {max(self.figures):.3g}"
        return [self.name, f"{self.median:.3g}{self.unit}", spread, self.target, self.note]


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes, in seconds."""
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s


def ratio(
    name: str,
    target: str,
    above: Callable[[], float],
    below: Callable[[], float],
    rounds: int = ROUNDS,
    note: str = "",
) -> Claim:
    """`above()` ÷ `below()`, each called once a round, in turns of who comes first."""
    ups, downs = [], []
    for i in range(rounds):
        if i % 2:
            downs.append(below())
            ups.append(above())
        else:
            ups.append(above())
            downs.append(below())
    return quotient(name, target, ups, downs, note)


def quotient(name: str, target: str, ups: list[float], downs: list[float], note: str = "") -> Claim:
    """The claim of what was measured already, above and below, one of each a round."""
    figures = [up / down for up, down in zip(ups, downs, strict=True)]
    return Claim(name, target, figures, note=note, sides={"above": ups, "below": downs})


def machine() -> dict[str, str]:
    """What was measured on: processor, cores, threads and versions."""
    import torch

    model = platform.processor()
    try:
        with open("/proc/cpuinfo") as info:
            model = next(line.split(":")[1].strip() for line in info if "model name" in line)
    except (OSError, StopIteration):
        pass
    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none"
    return {
        "processor": model,
        "cores": str(cores()),
        "gpu": gpu,
        "torch threads": str(torch.get_num_threads()),
        "load (1 min)": f"{os.getloadavg()[0]:.2f}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "visdom", "tornado", "numpy")},
    }
