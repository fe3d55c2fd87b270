"""trainers.measure.signal: the statistics are what plain torch computes, and measuring changes
nothing."""

from collections.abc import Iterator
from dataclasses import replace
from unittest import mock

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.support.memory import Memory
from tests.support.networks import SMALL, layers, parts
from trainers.config import RunConfig
from trainers.measure.layer_statistics import DEAD_SLOPE, SATURATED_SLOPE
from trainers.measure.signal import PROBE_IMAGES, Probe
from trainers.tables.choice import make
from trainers.tables.datasets import Data
from trainers.tables.losses import LOSSES
from trainers.tables.network import Layer, ModelSpec
from trainers.tables.norms import NORMS
from trainers.tables.own_function import OwnModel
from trainers.train import train

CPU = torch.device("cpu")
STEP = 1e-6  # of the differences that stand for slopes
MODELS = {
    "mlp": SMALL,
    "tensors": replace(SMALL, model="mlp_tensors", activation="tanh"),
    "sigmoid": replace(SMALL, activation="sigmoid", init="normal:std=1"),
    "lenet": RunConfig(model="lenet", activation="tanh+relu", init="xavier_normal", lr=0.1),
}


def measured(config: RunConfig, data: Data, first: bool = False) -> dict[str, float]:
    return Probe(*parts(config), data.train_x, data.train_y).measure(first)


def plain_pre_activations(
    model: nn.Module, x: Tensor
) -> Iterator[tuple[str, Tensor, nn.Module | None]]:
    """(layer, its linear output, the activation behind it), computed layer by layer by hand."""
    for layer in layers(model):
        if layer.weight.dim() == 4:
            z = F.conv2d(x, layer.weight, layer.bias, padding=2 if layer.name == "conv1" else 0)
        else:
            z = F.linear(x.flatten(1), layer.weight, layer.bias)
        yield layer.name, z, layer.activation
        x = z if layer.activation is None else layer.activation(z)
        x = F.avg_pool2d(x, 2) if layer.weight.dim() == 4 else x


@pytest.mark.parametrize("name", MODELS)
def test_spreads_and_shares_are_those_of_a_plain_forward_pass(name: str, mnist: Data) -> None:
    statistics = measured(MODELS[name], mnist)
    model = parts(MODELS[name])[0]
    for layer, z, activation in plain_pre_activations(model, mnist.train_x[:PROBE_IMAGES]):
        assert statistics[f"preactivation_std/{layer}"] == pytest.approx(z.std(correction=0).item())
        if activation is None:
            assert f"dead_share/{layer}" not in statistics
            continue
        z = z.detach().double().transpose(0, 1).flatten(1)  # a row a unit
        slopes = ((activation(z + STEP) - activation(z - STEP)) / (2 * STEP)).abs()
        dead = (slopes < DEAD_SLOPE).all(1).float().mean()
        saturated = (slopes.mean(1) < SATURATED_SLOPE).float().mean()
        assert statistics[f"dead_share/{layer}"] == pytest.approx(dead.item())
        assert statistics[f"saturated_share/{layer}"] == pytest.approx(saturated.item())


def probed(model: nn.Module, data: Data) -> dict[str, float]:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss_of = make("cross_entropy", LOSSES, "loss")
    return Probe(model, loss_of, optimizer, data.train_x, data.train_y).measure(first=True)


def test_every_layer_of_a_persons_own_model_has_its_own_spread(mnist: Data) -> None:
    """Also where an activation that nobody knows writes into the layer's output."""
    torch.manual_seed(0)
    fc1, fc2, out = nn.Linear(784, 40), nn.Linear(40, 20), nn.Linear(20, 10)
    net = nn.Sequential(nn.Flatten(), fc1, nn.ReLU(inplace=True), fc2, nn.Tanh(), out)
    with torch.no_grad():
        fc1.weight *= 5
        z1 = mnist.train_x[:PROBE_IMAGES].flatten(1) @ fc1.weight.t() + fc1.bias
        z2 = z1.clamp(min=0) @ fc2.weight.t() + fc2.bias
        z3 = z2.tanh() @ out.weight.t() + out.bias
    spec = ModelSpec((nn.ReLU,), (lambda weight, bias: None,), (1, 28, 28), 10)
    statistics = probed(OwnModel(net, spec), mnist)
    for name, z in (("1", z1), ("3", z2), ("5", z3)):
        spread = z.double().std(correction=0).item()
        assert statistics[f"preactivation_std/{name}"] == pytest.approx(spread, rel=1e-4), name
    assert not any(name.startswith(("dead_share", "saturated_share")) for name in statistics)


class Bare(nn.Module):
    """Two layers of bare tensors with a bend between that is no module."""

    def __init__(self) -> None:
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(20, 784) / 28)
        self.w2 = nn.Parameter(torch.randn(10, 20))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x.flatten(1) @ self.w1.t()) @ self.w2.t()

    @property
    def layers(self) -> list[Layer]:
        return [Layer("first", self.w1, None, None), Layer("last", self.w2, None, None)]


def test_a_layer_whose_output_is_unknown_has_no_spread(mnist: Data) -> None:
    torch.manual_seed(0)
    model = Bare()
    statistics = probed(model, mnist)
    assert "preactivation_std/first" not in statistics
    assert statistics["gradient_norm/first"] > 0
    outputs = model(mnist.train_x[:PROBE_IMAGES])
    spread = outputs.double().std(correction=0).item()
    assert statistics["preactivation_std/last"] == pytest.approx(spread)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("optimizer", ["sgd", "sgd:momentum=0.9,nesterov=true", "adam", "adamw"])
def test_gradients_and_updates_are_those_of_the_step_that_follows(
    name: str, optimizer: str, mnist: Data
) -> None:
    """Also from the second step on, when the optimiser remembers the first."""
    model, loss_of, step = parts(replace(MODELS[name], optimizer=optimizer, lr=0.01))
    x, y = mnist.train_x[:PROBE_IMAGES], mnist.train_y[:PROBE_IMAGES]
    for _ in range(2):
        statistics = Probe(model, loss_of, step, x, y).measure(first=False)
        before = {layer.name: layer.weight.detach().clone() for layer in layers(model)}
        step.zero_grad()
        loss_of(model(x), y).backward()
        step.step()
        for layer in layers(model):
            old, grad = before[layer.name], layer.weight.grad
            assert grad is not None
            norm, ratio = (
                statistics[f"gradient_norm/{layer.name}"],
                statistics[f"update_ratio/{layer.name}"],
            )
            assert norm == pytest.approx(grad.norm().item(), rel=1e-4)
            moved = (layer.weight.detach() - old).norm() / old.norm()
            assert ratio == pytest.approx(moved.item(), rel=1e-3)


def test_a_unit_that_never_fires_is_dead_and_one_on_the_flat_part_is_saturated(
    mnist: Data,
) -> None:
    relu, sigmoid = (parts(replace(SMALL, activation=a)) for a in ("relu", "sigmoid"))
    for model, _, _ in (relu, sigmoid):
        with torch.no_grad():
            bias = layers(model)[0].bias
            assert bias is not None
            bias[:15] = -1000.0
    for network in (relu, sigmoid):
        statistics = Probe(*network, mnist.train_x, mnist.train_y).measure(first=False)
        assert statistics["dead_share/fc1"] == pytest.approx(0.5)
        assert statistics["saturated_share/fc1"] == pytest.approx(0.5, abs=0.04)
        assert statistics["dead_share/fc2"] < 0.5


@pytest.mark.parametrize(
    "config",
    [
        replace(SMALL, dropout=(0.5,), optimizer="adam", lr=0.01),
        replace(SMALL, model="mlp_tensors", init="normal:std=0.02", optimizer="sgd:momentum=0.9"),
        replace(SMALL, model="lenet", hidden=None, activation="gelu"),
        replace(SMALL, norm="batch", dropout=(0.2,)),
    ],
    ids=["dropout and adam", "tensors and momentum", "lenet", "batch norm"],
)
@pytest.mark.thorough
def test_a_run_trains_bit_for_bit_as_without_the_statistics(
    config: RunConfig, tiny_mnist: Data
) -> None:
    config = replace(config, epochs=2, batch_size=50, eval_every=3)
    memories, models = [Memory(), Memory()], []
    models.append(train(config, tiny_mnist, CPU, memories[0]))
    with mock.patch.multiple(Probe, record=mock.DEFAULT, look=mock.DEFAULT):
        models.append(train(config, tiny_mnist, CPU, memories[1]))
    assert any(name.startswith("signal/") for name in memories[0].points)
    assert not any(name.startswith("signal/") for name in memories[1].points)
    for series in ("train_loss", "test_loss", "test_accuracy"):
        assert memories[0].points[series] == memories[1].points[series]
    for one, other in zip(*(model.parameters() for model in models), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("model", MODELS)
def test_behind_a_norm_the_first_signal_is_one_wide_as_theory_has_it(
    model: str, norm: str, mnist: Data
) -> None:
    """Whatever the weights are; and the running means of a batch norm, 0 and 1 at first, would not
    say so."""
    config = replace(MODELS[model], norm=norm, init="normal:std=0.7")
    statistics = measured(config, mnist, first=True)
    names = [layer.name for layer in layers(parts(config)[0])]
    for layer in names[:-1]:
        spread = statistics[f"preactivation_std/{layer}"]
        if norm == "none":
            assert not 0.9 < spread < 1.1
        else:
            assert spread == pytest.approx(1, abs=0.01)
            assert statistics[f"expected_std/{layer}"] == 1
    known = statistics.get("expected_std/out")
    assert (known is None) == (norm == "none" and model == "lenet")
    if known is not None:
        assert statistics["preactivation_std/out"] == pytest.approx(known, rel=0.4)


@pytest.mark.parametrize("training", [True, False])
def test_measuring_leaves_no_trace(training: bool, mnist: Data) -> None:
    model, loss_of, optimizer = parts(replace(SMALL, dropout=(0.5,), norm="batch"))
    model.train(training)
    modes = [(m.training, getattr(m, "track_running_stats", None)) for m in model.modules()]
    weights = [parameter.detach().clone() for parameter in model.parameters()]
    buffers = [buffer.clone() for buffer in model.buffers()]
    gradient = torch.ones_like(weights[0])
    next(model.parameters()).grad = gradient
    random = torch.random.get_rng_state()

    Probe(model, loss_of, optimizer, mnist.train_x, mnist.train_y).measure(first=True)

    assert all(torch.equal(p, w) for p, w in zip(model.parameters(), weights, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(model.buffers(), buffers, strict=True))
    assert modes == [(m.training, getattr(m, "track_running_stats", None)) for m in model.modules()]
    assert next(model.parameters()).grad is gradient
    assert [p.grad for p in model.parameters()][1:] == [None] * (len(weights) - 1)
    assert torch.equal(random, torch.random.get_rng_state())
    assert all(module.training == training for module in model.modules())
    assert not any(module._forward_pre_hooks for module in model.modules())
    assert not any(module._forward_hooks for module in model.modules())
    assert optimizer.state_dict()["state"] == {}


def test_a_model_that_cannot_be_measured_leaves_no_hook_behind(mnist: Data) -> None:
    model, loss_of, optimizer = parts(SMALL)
    with pytest.raises(RuntimeError):
        Probe(model, loss_of, optimizer, mnist.train_x[:, :, :5], mnist.train_y).measure(True)
    assert model.training
    assert not any(module._forward_pre_hooks for module in model.modules())
    assert not any(module._forward_hooks for module in model.modules())


def test_series_carry_the_quantity_and_the_layer_in_their_name(small_mnist: Data) -> None:
    memory = Memory()
    train(replace(SMALL, epochs=1, batch_size=500), small_mnist, CPU, memory)
    assert [step for step, _ in memory.points["signal/gradient_norm/fc1"]] == [0, 2]
    assert [step for step, _ in memory.points["signal/label_growth/all"]] == [0]
    quantities = {name.split("/")[1] for name in memory.points if name.startswith("signal/")}
    assert quantities == {
        "preactivation_std", "dead_share", "saturated_share", "gradient_norm", "update_ratio",
        "expected_std", "twin_share", "label_growth", "gradient_agreement", "overshoot",
        "constant_loss", "early_accuracy", "early_loss",
    }  # fmt: skip


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_measured_as_what_they_are(
    broken: float, mnist: Data
) -> None:
    model, loss_of, optimizer = parts(SMALL)
    with torch.no_grad():
        next(model.parameters())[0, 0] = broken
    statistics = Probe(model, loss_of, optimizer, mnist.train_x, mnist.train_y).measure(first=True)
    assert not torch.tensor(statistics["preactivation_std/fc1"]).isfinite()
