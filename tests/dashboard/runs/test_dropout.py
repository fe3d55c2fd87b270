"""dashboard.runs.dropout: where dropout is strong, in one layer or in many together."""

from typing import Any

import pytest

from dashboard.runs.dropout import dropout_of, drops_much, kept_paths
from dashboard.runs.facts import Facts, Layer


def of(dropout: Any, hidden: int = 1) -> Facts:
    """Facts of a network with so many hidden layers and an output."""
    layers = {f"fc{i}": Layer(100, 100, 0.1) for i in range(hidden + 1)}
    return Facts(settings={"dropout": dropout}, layers=layers)


@pytest.mark.parametrize(
    ("dropout", "hidden", "kept", "much"),
    [
        ([], 10, 1, False),
        ([0.5], 1, 1 / 2, False),
        ([0.6], 1, 0.4, True),
        ([0.5], 4, 1 / 16, False),
        ([0.5], 5, 1 / 32, True),
        ([0.1], 10, 0.9**10, False),
        ([0.3], 10, 0.7**10, True),
        ([0.5, 0.2, 0.0], 3, 0.4, False),
        ([0.0, 0.0, 0.8], 3, 0.2, True),
        (0.5, 5, 1 / 32, True),
    ],
)
def test_dropout_is_strong_in_one_layer_or_where_many_leave_few_paths(
    dropout: Any, hidden: int, kept: float, much: bool
) -> None:
    facts = of(dropout, hidden)
    assert kept_paths(facts) == pytest.approx(kept)
    assert drops_much(facts) is much


def test_of_a_run_whose_layers_are_not_recorded_only_what_was_set_counts() -> None:
    assert dropout_of(Facts(settings={"dropout": [0.5]})) == [0.5]
    assert not drops_much(Facts(settings={"dropout": [0.5]}))


@pytest.mark.parametrize("dropout", [None, "much", [None], [-1.0, 2.0, 10**400], [float("nan")]])
def test_what_is_no_share_of_units_is_no_dropout(dropout: Any) -> None:
    facts = of(dropout)
    assert dropout_of(facts) == []
    assert not drops_much(facts)
