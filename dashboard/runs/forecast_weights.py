"""The numbers of `dashboard.runs.forecast`: log odds of learning, by what is known at a stage.

Written by `python -m tests.benchmarks.bench_forecast --fit --first 1 100001 --draws 150`, from
300 draws; decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Weights:
    """The log odds of learning are the constant and every feature times its weight."""

    constant: float
    of: Mapping[str, float]


WEIGHTS: dict[int, tuple[Weights, ...]] = {
    0: (Weights(1.98, {"trial_odds": 2.45, "trial_skill": 0.8, "trial_share": -0.38}),),
    2: (
        Weights(
            3.75,
            {
                "odds": 1.07,
                "skill": 0.13,
                "train_skill": 0.15,
                "trial_odds": 2.33,
                "trial_skill": 0.47,
                "trial_share": -0.61,
            },
        ),
        Weights(4.44, {"odds": 2.68, "skill": 0.16, "train_skill": 0.52}),
        Weights(4.23, {"odds": 2.83}),
    ),
    5: (
        Weights(
            3.62,
            {
                "odds": 1.14,
                "skill": 0.1,
                "train_skill": 0.25,
                "trial_odds": 2.2,
                "trial_skill": 0.44,
                "trial_share": -0.58,
            },
        ),
        Weights(4.18, {"odds": 2.72, "skill": 0.26, "train_skill": 0.41}),
        Weights(4.04, {"odds": 2.88}),
    ),
    10: (
        Weights(
            3.66,
            {
                "odds": 1.38,
                "skill": 0.13,
                "train_skill": 0.45,
                "trial_odds": 1.87,
                "trial_skill": 0.3,
                "trial_share": -0.39,
            },
        ),
        Weights(3.48, {"odds": 2.59, "skill": 0.88, "train_skill": -0.06}),
        Weights(3.36, {"odds": 2.76}),
    ),
}
"""Stage -> what is used there, the first of which all features are known."""
