"""Reads ranges of numbers from flags, as in `--lr 1e-4..1`; what is drawn from them is not known.

A range stands where a list of values may stand. It is even on a logarithmic scale, as learning
rates and batch sizes are chosen.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SIGN = ".."


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, both above 0 and both allowed; whole numbers where both are ints."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g}{SIGN}{self.high:g}"


def number_or_range(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    """What reads a value of a flag: a number of this kind, float or int, or a range of such."""

    def read(text: str) -> Any:
        if SIGN not in text:
            return kind(text)
        low, _, high = text.partition(SIGN)
        try:
            ends = Range(kind(low), kind(high))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no range such as 1{SIGN}10") from None
        if not (0 < ends.low < ends.high and math.isfinite(ends.high)):
            raise argparse.ArgumentTypeError(
                f"{text!r} is no range: it must go from a number above 0 to a larger one"
            )
        return ends

    read.__name__ = kind.__name__  # argparse says it of what is neither
    return read


def ranges(choices: Mapping[str, Sequence[Any]]) -> dict[str, Range]:
    """The ranges among the choices of a grid, by the name of the setting."""
    return {
        field: value
        for field, values in choices.items()
        for value in values
        if isinstance(value, Range)
    }
