"""The norms against their formula, and where they stand in each model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from tests.support.networks import layers
from trainers.build import build_for
from trainers.config import ConfigError, RunConfig
from trainers.plan.plan import make_plan
from trainers.tables.choice import ChoiceError, make, parse
from trainers.tables.models import MODELS
from trainers.tables.norms import NORMS

Shape = tuple[int, ...]
SHAPES: list[Shape] = [(5, 12), (5, 12, 3, 2)]

# text of the choice -> the mean and variance of every number of x, by hand
OVER: dict[str, Callable[[Tensor], tuple[Tensor, Tensor]]] = {
    "batch": lambda x: _moments(x, [0, *range(2, x.dim())]),
    "layer": lambda x: _moments(x, [*range(1, x.dim())]),
    "group": lambda x: _of_groups(x, 4),
    "group:groups=6": lambda x: _of_groups(x, 6),
    "group:groups=5": lambda x: _of_groups(x, 4),  # the most that divide 12
    "group:groups=100": lambda x: _of_groups(x, 6 if x.dim() == 2 else 12),  # of two numbers each
}


def _moments(x: Tensor, over: list[int]) -> tuple[Tensor, Tensor]:
    return x.mean(over, keepdim=True), x.var(over, correction=0, keepdim=True)


def _of_groups(x: Tensor, groups: int) -> tuple[Tensor, Tensor]:
    parts = x.unflatten(1, (groups, -1))
    moments = _moments(parts, [*range(2, parts.dim())])
    mean, variance = (moment.expand_as(parts).flatten(1, 2) for moment in moments)
    return mean, variance


def norm_of(text: str, shape: Shape) -> nn.Module:
    norm: nn.Module = make(text, NORMS, "norm")(shape[1], len(shape) == 4)
    return norm


def test_every_norm_has_its_formula_here() -> None:
    assert {text.partition(":")[0] for text in OVER} | {"none"} == set(NORMS)


@pytest.mark.parametrize("shape", SHAPES, ids=["units", "maps"])
@pytest.mark.parametrize("text", OVER)
def test_a_norm_computes_its_formula_with_a_weight_and_a_bias_for_each_unit(
    text: str, shape: Shape
) -> None:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0)) * 3 + 1
    norm = norm_of(text, shape)
    weight, bias = norm.get_parameter("weight"), norm.get_parameter("bias")
    assert weight.shape == bias.shape == (12,)
    assert torch.equal(weight, torch.ones(12))
    assert torch.equal(bias, torch.zeros(12))
    with torch.no_grad():
        weight.copy_(torch.arange(12.0))
        bias.fill_(0.5)
    mean, variance = OVER[text](x)
    each = (1, 12, *[1] * (x.dim() - 2))
    expected = (x - mean) / (variance + 1e-5).sqrt() * weight.view(each) + 0.5
    torch.testing.assert_close(norm(x), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("shape", SHAPES, ids=["units", "maps"])
def test_batch_norm_evaluates_by_running_means(shape: Shape) -> None:
    norm = norm_of("batch:momentum=0.5", shape)
    x = torch.randn(shape) * 3 + 1
    norm(x)
    over = [0, *range(2, x.dim())]
    each = (1, 12, *[1] * (x.dim() - 2))
    mean = 0.5 * x.mean(over).view(each)  # it was 0
    variance = 0.5 + 0.5 * x.var(over).view(each)  # it was 1
    expected = (x - mean) / (variance + 1e-5).sqrt()
    torch.testing.assert_close(norm.eval()(x), expected, atol=1e-5, rtol=1e-5)


def test_a_last_batch_of_one_image_is_taken_by_what_is_known() -> None:
    """Where PyTorch's own ends the run: one number has no spread."""
    norm, x = norm_of("batch", (5, 12)), torch.randn(1, 12)
    norm(torch.randn(5, 12))
    known = [buffer.clone() for buffer in norm.buffers()]
    outputs = norm(x)
    assert all(torch.equal(a, b) for a, b in zip(norm.buffers(), known, strict=True))
    assert torch.equal(outputs, norm.eval()(x))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("norm", NORMS)
def test_every_layer_but_the_last_is_followed_by_its_norm_and_then_its_activation(
    norm: str, model: str
) -> None:
    net = build_for(RunConfig(model=model, norm=norm, activation="relu"))
    calls: list[nn.Module] = []
    for module in net.modules():
        module.register_forward_hook(lambda module, _x, _out: calls.append(module))
    net.eval()(torch.rand(2, 1, 28, 28))
    *hidden, last = layers(net)
    assert last.norm is None
    for layer in hidden:
        if norm == "none" or layer.norm is None:
            assert layer.norm is None
            assert norm == "none" or layer.activation is None
        else:
            at = calls.index(layer.norm)
            assert calls[at + 1] is layer.activation


@pytest.mark.parametrize("model", MODELS)
def test_the_first_weights_are_the_same_whatever_the_norm(model: str) -> None:
    config = RunConfig(model=model, init="kaiming_normal")
    firsts = []
    for norm in NORMS:
        torch.manual_seed(3)
        net = build_for(replace(config, norm=norm))
        firsts.append([layer.weight for layer in layers(net)])
    for first in firsts[1:]:
        assert all(torch.equal(a, b) for a, b in zip(first, firsts[0], strict=True))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("batch:momentum=0", r"momentum must lie in \(0, 1\]"),
        ("layer:eps=0", "eps must be greater than 0"),
        ("group:groups=0", "groups must be at least 1"),
        ("none:eps=1", "it takes no parameters"),
    ],
)
def test_a_wrong_parameter_is_refused_when_it_is_read(text: str, said: str) -> None:
    with pytest.raises(ChoiceError, match=said):
        parse(text, NORMS, "norm")


def test_batch_norm_of_single_images_is_refused_before_anything_starts() -> None:
    with pytest.raises(ConfigError, match=r"--norm batch needs at least 2 images a step"):
        make_plan(RunConfig(batch_size=1), {"norm": ["layer", "batch"]}, device="cpu")
