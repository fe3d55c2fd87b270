"""trainers.atlas.inits: weights as their source says, and what ten layers make of a signal."""

import math

import pytest
import torch

from tests.support.atlas_numbers import Numbers
from trainers.atlas import atlas
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.inits import INITS


@pytest.mark.parametrize("name", INITS)
def test_a_histogram_holds_all_weights_with_the_std_the_source_expects(
    name: str, numbers: Numbers
) -> None:
    entry = numbers["inits"]["entries"][name]
    assert entry["shares"].sum() == pytest.approx(1)
    if entry["theory_std"] is not None:
        assert entry["std"] == pytest.approx(entry["theory_std"], rel=0.02, abs=1e-9)


@pytest.mark.parametrize(
    ("init", "activation", "low", "high"),
    [
        ("orthogonal", "identity", -0.01, 0.01),
        ("lecun_normal", "selu", -0.1, 0.1),
        ("xavier_normal", "tanh", -1.0, 0.0),
        ("kaiming_normal", "relu", -0.6, 0.2),
        ("kaiming_normal", "sigmoid", -8.0, -4.0),
        ("default", "relu", -6.0, -3.0),
        ("ones", "relu", 20.0, 24.0),
        ("zeros", "relu", -math.inf, -math.inf),
    ],
)
def test_ten_layers_do_to_the_signal_what_theory_says(
    init: str, activation: str, low: float, high: float, numbers: Numbers
) -> None:
    signal = numbers["inits"]["signal"]
    log_std = signal["log_std"]
    where = signal["inits"].index(init), signal["activations"].index(activation)
    assert log_std.shape == (11, len(INITS), len(ACTIVATIONS))
    assert abs(log_std[0]).max() < 0.01
    assert low <= log_std[10][where] <= high


@pytest.mark.thorough
def test_making_the_atlas_leaves_the_random_numbers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainers.atlas.inits.INPUTS", 8)  # of the signal, nearly all of the work
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    atlas()
    assert torch.equal(torch.rand(3), expected)
