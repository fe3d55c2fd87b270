"""The bias inits against PyTorch's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from trainers.tables.bias_inits import BIAS_INITS
from trainers.tables.choice import ChoiceError, make, parse

ORACLES: dict[str, Callable[[Tensor], Any]] = {
    "zeros": nn.init.zeros_,
    "constant": lambda b: nn.init.constant_(b, 0.1),
    "constant:value=-2": lambda b: nn.init.constant_(b, -2),
    "normal:mean=1,std=0.5": lambda b: nn.init.normal_(b, 1, 0.5),
    "uniform:a=0,b=3": lambda b: nn.init.uniform_(b, 0, 3),
}


def test_every_bias_init_has_an_oracle_but_the_one_that_leaves_it_to_the_init() -> None:
    assert {text.partition(":")[0] for text in ORACLES} == set(BIAS_INITS) - {"own"}
    assert make("own", BIAS_INITS, "bias_init") is None


@pytest.mark.parametrize("text", ORACLES)
def test_a_bias_init_draws_the_numbers_of_pytorch(text: str) -> None:
    bias, expected = torch.full((50,), 7.0), torch.full((50,), 7.0)
    torch.manual_seed(3)
    make(text, BIAS_INITS, "bias_init")(bias, torch.zeros(50, 2))
    torch.manual_seed(3)
    ORACLES[text](expected)
    assert torch.equal(bias, expected)


@pytest.mark.parametrize("text", ["normal:std=0", "uniform:a=1,b=1", "zeros:value=1"])
def test_a_wrong_parameter_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(ChoiceError):
        parse(text, BIAS_INITS, "bias_init")
