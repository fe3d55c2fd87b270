"""The activations: their values and slopes against PyTorch's functions and the notes."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from trainers.tables.activations import ACTIVATIONS, SOFTMAX
from trainers.tables.choice import ChoiceError, make, parse

X = torch.linspace(-6, 6, 241, dtype=torch.float64)

# Written out, not taken from the table: the functions by their formulas.
FORMULAS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": lambda x: 1 / (1 + torch.exp(-x)),
    "tanh": lambda x: (torch.exp(x) - torch.exp(-x)) / (torch.exp(x) + torch.exp(-x)),
    "relu": lambda x: x.clamp(min=0),
    "leaky_relu": lambda x: torch.where(x > 0, x, 0.01 * x),
    "selu": lambda x: 1.0507009873554805 * F.elu(x, 1.6732632423543772),
    "softplus": lambda x: torch.log(1 + torch.exp(x)),
    "elu": lambda x: torch.where(x > 0, x, torch.exp(x) - 1),
    "gelu": lambda x: x * (1 + torch.erf(x / math.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + torch.exp(-x)),
    "identity": lambda x: x,
}


def test_every_activation_has_a_formula() -> None:
    assert set(FORMULAS) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_the_function_of_its_formula(name: str) -> None:
    torch.testing.assert_close(make(name, ACTIVATIONS, "activation")(X), FORMULAS[name](X))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_changes_nothing_in_place_and_shares_nothing(name: str) -> None:
    f, g = (make(name, ACTIVATIONS, "activation") for _ in range(2))
    x = X.clone()
    f(x)
    assert torch.equal(x, X)
    assert f is not g


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.2])
def test_leaky_relu_keeps_its_slope_below_zero(slope: float) -> None:
    f = make(f"leaky_relu:negative_slope={slope}", ACTIVATIONS, "activation")
    x = torch.tensor([-2.0, -1.0, 0.0, 3.0])
    torch.testing.assert_close(f(x), torch.tensor([-2 * slope, -slope, 0.0, 3.0]))


def test_parameters_of_softplus_and_elu_reach_the_function() -> None:
    softplus = make("softplus:beta=2", ACTIVATIONS, "activation")
    torch.testing.assert_close(softplus(X), torch.log(1 + torch.exp(2 * X)) / 2)
    elu = make("elu:alpha=0.5", ACTIVATIONS, "activation")
    torch.testing.assert_close(elu(X), torch.where(X > 0, X, 0.5 * (torch.exp(X) - 1)))


@pytest.mark.parametrize("text", ["softplus:beta=0", "elu:alpha=-1"])
def test_a_parameter_out_of_range_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(ChoiceError, match="must be greater than 0"):
        parse(text, ACTIVATIONS, "activation")


def test_softmax_keeps_the_order_of_the_outputs() -> None:
    logits = torch.rand(64, 10, generator=torch.Generator().manual_seed(0))
    probabilities = SOFTMAX.make()(logits)
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(64))
    assert torch.equal(probabilities.argmax(dim=1), logits.argmax(dim=1))
    assert "softmax" not in ACTIVATIONS


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_says_what_it_is_and_where_it_comes_from(name: str) -> None:
    entry = ACTIVATIONS[name]
    assert all((entry.says, entry.source, entry.formula, entry.saturates))
    assert "\n" not in entry.says
