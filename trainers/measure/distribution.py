"""Counts how the numbers inside a network are distributed: pre-activations, gradients, weights.

Bins are fixed for the whole run, before its first step, so that a later evaluation can be laid
beside an earlier one: BINS of equal width in asinh(x / scale), that is linear up to about the scale
and logarithmic beyond, up to so many scales either way (KINDS), where the outer bins take the rest.
The scale is the root mean square that the numbers have at the start; of gradients, which shrink by
decades, a hundredth of it. Of many numbers every n-th is taken. Counts at evaluations, of which it
takes at most MOST_RECORDED; the cost is part of `tests/benchmarks/bench_signal.py`. What theory
expects is not known here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from trainers.measure.trial import Plan

DISTRIBUTION = "distribution"
"""The name under which they are recorded."""
KINDS = {"preactivation": (1.0, 1e3), "gradient": (0.01, 1e5), "weight": (1.0, 1e3)}
"""What is counted: the scale as a share of the root mean square, and how many scales bins reach."""
BINS = 61  # an odd number: one of them is around 0
MOST_NUMBERS = 4096  # of a layer; their shares are then right to 1 or 2 in 100
MOST_RECORDED = 60  # in a run

Tensors = Mapping[str, Tensor]
"""`<kind>/<layer>` -> the numbers of K models, (K, ...)."""


class Bins:
    """The bins of one run, or of a stack of K.

    first: the numbers at the start, from which the scales are. plan: says which evaluations.
    """

    def __init__(self, first: Tensors, plan: Plan) -> None:
        self._scales = {
            name: _scales(thinned(numbers), KINDS[_kind(name)][0])
            for name, numbers in first.items()
        }
        self._total_steps = plan.total_steps
        each = plan.eval_every or plan.total_steps
        evaluations = math.ceil(plan.total_steps / each)
        self._every = each * math.ceil(evaluations / MOST_RECORDED)
        self._taken_at = -self._every

    def is_due(self, step: int) -> bool:
        """Whether the evaluation at this step is one of those taken; asked once for each, in order.

        The planned last one always is. Steps are counted from the one taken before: those of a fork
        with another batch size are no multiples of anything.
        """
        due = step - self._taken_at >= self._every or step == self._total_steps
        if due:
            self._taken_at = step
        return due

    def counts(self, tensors: Tensors) -> list[dict[str, Any]]:
        """Of each of the K models {bins, layers: {layer: {kind: [scale, reach, counts]}}}.

        reach: in scales. counts: BINS integers; what is no number is not counted.
        """
        names = [name for name in tensors if name in self._scales]
        scales = torch.stack([self._scales[name] for name in names], 1).tolist()
        both = [
            _binned(thinned(tensors[name]), self._scales[name], KINDS[_kind(name)][1])
            for name in names
        ]
        counts = torch.stack(both, 1).tolist()  # one copy from the device for all
        return [_as_json(names, scales[member], counts[member]) for member in range(len(counts))]


def thinned(numbers: Tensor) -> Tensor:
    """(K, ...) -> (K, n) with n at most about MOST_NUMBERS: every so many-th, an odd distance."""
    rows = numbers.detach().flatten(1)
    every = rows.shape[1] // MOST_NUMBERS
    return rows if every < 2 else rows[:, :: every | 1]


def _kind(name: str) -> str:
    return name.partition("/")[0]


def _scales(rows: Tensor, share: float) -> Tensor:
    """(K,): so much of the root mean square; 1 where that is 0 or no number."""
    scales = rows.double().square().mean(1).sqrt() * share
    return torch.where(scales.isfinite() & (scales > 0), scales, 1.0)


def _binned(rows: Tensor, scales: Tensor, reach: float) -> Tensor:
    """(K, BINS) integers."""
    end = math.asinh(reach)
    places = torch.asinh(rows / scales[:, None].to(rows.dtype)).add_(end).mul_(BINS / (2 * end))
    # NaN goes to a bin of its own, which is left out.
    places = places.clamp_(0, BINS - 1).nan_to_num_(nan=BINS).long()
    counts = torch.zeros(len(rows), BINS + 1, dtype=torch.int64, device=rows.device)
    counts.scatter_add_(1, places, torch.ones_like(places))
    return counts[:, :BINS]


def _as_json(names: list[str], scales: list[float], counts: list[list[int]]) -> dict[str, Any]:
    layers: dict[str, dict[str, Any]] = {}
    for name, scale, of_layer in zip(names, scales, counts, strict=True):
        kind, _, layer = name.partition("/")
        layers.setdefault(layer, {})[kind] = [float(f"{scale:.4g}"), KINDS[kind][1], of_layer]
    return {"bins": BINS, "layers": layers}
