"""The inits: the numbers of torch.nn.init for the same seed, and the spread theory expects."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from trainers.tables.choice import LARGEST, ChoiceError, make, parameters, parse
from trainers.tables.inits import INITS, fans, init_layer_

LINEAR = (200, 784)
CONVOLUTION = (16, 6, 5, 5)

# text of the choice -> the same thing said to torch.nn.init
ORACLES: dict[str, Callable[[Tensor], Any]] = {
    "default": lambda w: nn.init.kaiming_uniform_(w, a=math.sqrt(5)),
    "own": lambda w: nn.init.kaiming_uniform_(w, a=math.sqrt(5)),
    "zeros": nn.init.zeros_,
    "ones": nn.init.ones_,
    "constant": lambda w: nn.init.constant_(w, 0.1),
    "constant:value=10": lambda w: nn.init.constant_(w, 10),
    "eye": nn.init.eye_,
    "dirac": lambda w: nn.init.eye_(w) if w.dim() == 2 else nn.init.dirac_(w),
    "normal": lambda w: nn.init.normal_(w, mean=0, std=0.1),
    "normal:std=1": lambda w: w.copy_(torch.randn(w.shape)),
    "uniform": lambda w: nn.init.uniform_(w, -0.1, 0.1),
    "uniform:a=-1,b=1": lambda w: nn.init.uniform_(w, a=-1, b=1),
    "xavier_uniform": nn.init.xavier_uniform_,
    "xavier_normal": nn.init.xavier_normal_,
    "xavier_normal:gain=2": lambda w: nn.init.xavier_normal_(w, gain=2),
    "kaiming_uniform": nn.init.kaiming_uniform_,
    "kaiming_normal": nn.init.kaiming_normal_,
    "kaiming_normal:nonlinearity=relu,mode=fan_out": lambda w: nn.init.kaiming_normal_(
        w, mode="fan_out", nonlinearity="relu"
    ),
    "kaiming_normal:a=0.5": lambda w: nn.init.kaiming_normal_(w, a=0.5),
    "lecun_normal": lambda w: nn.init.normal_(w, 0, 1 / math.sqrt(w[0].numel())),
    "orthogonal": nn.init.orthogonal_,
    "orthogonal:gain=0.5": lambda w: nn.init.orthogonal_(w, 0.5),
    "trunc_normal": lambda w: nn.init.trunc_normal_(w, std=0.1, a=-0.2, b=0.2),
    "trunc_normal:mean=0.1,std=0.5,a=0,b=1": lambda w: nn.init.trunc_normal_(w, 0.1, 0.5, 0, 1),
}
CASES = [
    (text, shape)
    for text in ORACLES
    for shape in (LINEAR, CONVOLUTION)
    if not (text == "eye" and shape is CONVOLUTION)
]


def filled(text: str, shape: tuple[int, ...], seed: int = 0) -> Tensor:
    torch.manual_seed(seed)
    weight = torch.empty(shape)
    make(text, INITS, "init")(weight, None)
    return weight


def test_every_init_has_an_oracle() -> None:
    assert {text.partition(":")[0] for text in ORACLES} == set(INITS)


@pytest.mark.parametrize(("text", "shape"), CASES)
def test_an_init_draws_the_numbers_of_pytorch(text: str, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    expected = torch.empty(shape)
    with torch.no_grad():
        ORACLES[text](expected)
    assert torch.equal(filled(text, shape), expected)


@pytest.mark.parametrize(("text", "shape"), CASES)
def test_the_spread_of_the_weights_is_the_one_theory_expects(
    text: str, shape: tuple[int, ...]
) -> None:
    choice = parse(text, INITS, "init")
    theory = INITS[choice.name].theory
    if theory is None:
        assert choice.name in ("eye", "dirac")
        return
    draws = math.ceil(24_000 / math.prod(shape))
    weights = torch.cat([filled(text, shape, seed).flatten() for seed in range(draws)])
    expected = theory(shape, **dict(choice.params))
    # Of n numbers the standard deviation is off by 1/sqrt(2n): 0.5 % at n = 24,000; four times it.
    assert weights.std().item() == pytest.approx(expected, rel=0.02, abs=1e-6)


def test_the_theory_of_a_truncated_normal_holds_from_narrow_to_wide() -> None:
    theory = INITS["trunc_normal"].theory
    assert theory is not None
    assert theory(LINEAR, std=1.0, a=-50.0, b=50.0) == pytest.approx(1)
    assert theory(LINEAR, std=1.0, a=0.0, b=1e-9) == pytest.approx(1e-9 / math.sqrt(12))
    assert theory(LINEAR, std=1.0, a=0.0, b=50.0) == pytest.approx(math.sqrt(1 - 2 / math.pi))


@pytest.mark.parametrize("text", ["normal", "uniform", "kaiming_uniform", "orthogonal", "default"])
def test_a_generator_of_ones_own_leaves_the_global_one_alone(text: str) -> None:
    fill = make(text, INITS, "init")
    weight, again = torch.empty(LINEAR), torch.empty(LINEAR)
    before = torch.get_rng_state()
    fill(weight, torch.Generator().manual_seed(3))
    fill(again, torch.Generator().manual_seed(3))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(weight, again)


@pytest.mark.parametrize("make_layer", [lambda: nn.Linear(784, 200), lambda: nn.Conv2d(6, 16, 5)])
def test_default_is_what_a_pytorch_layer_does_by_itself(make_layer: Callable[[], Any]) -> None:
    torch.manual_seed(0)
    reference = make_layer()
    layer = make_layer()
    torch.manual_seed(0)
    entry = INITS["default"]
    init_layer_(layer.weight, layer.bias, entry.make(), entry.fill_bias)
    assert torch.equal(layer.weight, reference.weight)
    assert torch.equal(layer.bias, reference.bias)


@pytest.mark.parametrize("name", [name for name in INITS if name not in ("default", "own")])
def test_biases_start_at_zero(name: str) -> None:
    layer = nn.Linear(5, 2)
    entry = INITS[name]
    init_layer_(layer.weight, layer.bias, entry.make(), entry.fill_bias)
    assert torch.equal(layer.bias, torch.zeros(2))
    assert layer.weight.grad_fn is None


def test_eye_on_a_convolution_names_dirac() -> None:
    with pytest.raises(ValueError, match="use dirac"):
        filled("eye", CONVOLUTION)


@pytest.mark.parametrize(
    "text",
    [
        "normal:std=0",
        "uniform:a=1,b=1",
        "xavier_normal:gain=-1",
        "orthogonal:gain=0",
        "trunc_normal:a=0.3",
        "trunc_normal:a=5,b=6",
        "kaiming_normal:mode=fan",
        "kaiming_normal:nonlinearity=gelu",
    ],
)
def test_a_parameter_out_of_range_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(ChoiceError, match=" must "):
        parse(text, INITS, "init")


FARTHEST = [
    f"{name}:{key}={sign}{LARGEST:g}"
    for name, entry in INITS.items()
    for key, (kind, _) in parameters(entry).items()
    for sign in ("", "-")
    if kind is float
]


@pytest.mark.parametrize("text", [f"uniform:a=-{LARGEST:g},b={LARGEST:g}", *FARTHEST])
def test_the_largest_parameters_fill_a_weight_or_are_refused(text: str) -> None:
    with contextlib.suppress(ChoiceError):
        fill = make(text, INITS, "init")
        init_layer_(torch.empty(1, 1), None, fill)


def test_fans_count_inputs_and_outputs_of_a_unit() -> None:
    assert fans(LINEAR) == (784, 200)
    assert fans(CONVOLUTION) == (6 * 25, 16 * 25)
