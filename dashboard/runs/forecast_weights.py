"""The numbers of `dashboard.runs.forecast`: log odds of learning, by what is known at a stage.

Written by `tests/benchmarks/fit_forecast.py`: first from draws 1 to 150 and 100001 to 100150 of one
epoch each, then, from there, for the alignment and the rise, from draws 7 to 35 and 69 to 109,
of one epoch, and ten full grids. Decides nothing.
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
    0: (
        Weights(
            1.2,
            {"trial_odds": 2.5, "trial_skill": 1.05, "trial_share": -0.47, "trial_alignment": 2.27},
        ),
        Weights(1.82, {"trial_odds": 2.47, "trial_skill": 1.0, "trial_share": -0.46}),
    ),
    2: (
        Weights(
            3.27,
            {
                "odds": 1.11,
                "skill": 0.39,
                "train_skill": 0.59,
                "trial_odds": 2.4,
                "trial_skill": 0.67,
                "trial_share": -0.61,
                "trial_alignment": 2.43,
            },
        ),
        Weights(
            3.75,
            {
                "odds": 1.08,
                "skill": 0.34,
                "train_skill": 0.46,
                "trial_odds": 2.37,
                "trial_skill": 0.65,
                "trial_share": -0.64,
            },
        ),
        Weights(4.5, {"odds": 2.68, "skill": 0.38, "train_skill": 0.8}),
        Weights(4.21, {"odds": 2.85}),
    ),
    5: (
        Weights(
            3.15,
            {
                "odds": 1.17,
                "skill": 0.28,
                "train_skill": 0.56,
                "trial_odds": 2.26,
                "trial_skill": 0.6,
                "trial_share": -0.57,
                "trial_alignment": 1.48,
            },
        ),
        Weights(
            3.53,
            {
                "odds": 1.17,
                "skill": 0.28,
                "train_skill": 0.48,
                "trial_odds": 2.23,
                "trial_skill": 0.6,
                "trial_share": -0.6,
            },
        ),
        Weights(4.1, {"odds": 2.79, "skill": 0.44, "train_skill": 0.6}),
        Weights(3.94, {"odds": 2.95}),
    ),
    10: (
        Weights(
            2.57,
            {
                "odds": 1.41,
                "skill": 0.31,
                "train_skill": 0.75,
                "trial_odds": 1.92,
                "trial_skill": 0.49,
                "trial_share": -0.34,
                "trial_alignment": 0.64,
                "odds_rise": 2.61,
            },
        ),
        Weights(
            2.74,
            {
                "odds": 1.41,
                "skill": 0.29,
                "train_skill": 0.67,
                "trial_odds": 1.9,
                "trial_skill": 0.47,
                "trial_share": -0.4,
                "odds_rise": 2.64,
            },
        ),
        Weights(2.58, {"odds": 2.65, "skill": 1.05, "train_skill": 0.15, "odds_rise": 2.51}),
        Weights(2.41, {"odds": 2.91, "odds_rise": 2.12}),
        Weights(3.17, {"odds": 2.86}),
    ),
}
"""Stage -> what is used there, the first of which all features are known."""
