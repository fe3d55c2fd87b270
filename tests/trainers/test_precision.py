"""trainers.precision: a model computes in the format asked for; its outputs stay float32."""

from collections.abc import Iterator
from typing import cast

import pytest
import torch
from torch import nn

from trainers.build import build_for
from trainers.config import PRECISIONS, ConfigError, RunConfig
from trainers.precision import in_precision, set_precision
from trainers.tables.network import Network

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    set_precision("fp32")


def made() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_outputs_and_weights_are_float32_in_every_precision(precision: str) -> None:
    model = in_precision(made(), precision, CPU)
    outputs = model(torch.randn(5, 64))
    outputs.sum().backward()
    assert outputs.dtype == torch.float32
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert all(p.grad is not None and p.grad.dtype == torch.float32 for p in model.parameters())


def test_bf16_rounds_the_products_and_fp32_does_not() -> None:
    x = torch.randn(5, 64, generator=torch.Generator().manual_seed(0))
    exact = made()(x)
    assert torch.equal(in_precision(made(), "fp32", CPU)(x), exact)
    rounded = in_precision(made(), "bf16", CPU)(x)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(rounded, made()(x).float())
    assert not torch.equal(rounded, exact)
    torch.testing.assert_close(rounded, exact, rtol=0.1, atol=0.05)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_model_given_stays_as_it_is_and_state_goes_both_ways(precision: str) -> None:
    model, x = made(), torch.randn(5, 64)
    exact, names = model(x), list(model.state_dict())
    there = in_precision(model, precision, CPU)
    assert "forward" not in vars(model)
    assert torch.equal(model(x), exact)
    assert list(there.state_dict()) == names
    fresh = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
    other = in_precision(fresh, precision, CPU)
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(x), there(x))
    model.load_state_dict(other.state_dict())


def test_a_model_in_bfloat16_is_measured_like_any_other() -> None:
    model = build_for(RunConfig(hidden=(30,)))
    rounded = in_precision(model, "bf16", CPU)
    assert [layer.name for layer in cast(Network, rounded).layers] == ["fc1", "out"]
    rounded.train(False)
    assert not any(module.training for module in model.modules())


@pytest.mark.parametrize("precision", PRECISIONS)
def test_nvidia_products_use_tf32_only_when_asked(precision: str) -> None:
    set_precision(precision)
    assert torch.backends.cuda.matmul.allow_tf32 == (precision == "tf32")
    assert torch.backends.cudnn.allow_tf32 == (precision == "tf32")


def test_an_unknown_precision_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"--precision fp8 .* fp32, tf32 or bf16"):
        RunConfig(precision="fp8")
