"""Activations, inits and models train together on real digits as a plain PyTorch loop does.

The loop here is written a second time, from torch alone, with no table of ours in it.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.support.formulas import FUNCTIONS
from tests.support.memory import CPU, Memory
from trainers.config import RunConfig
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.datasets import Data
from trainers.tables.inits import INITS
from trainers.tape import Diverged
from trainers.train import train

STEPS, BATCH = 10, 20
N = STEPS * BATCH
WRITTEN = ("mlp", "mlp_tensors", "lenet")
"""The models that are written here once more; the others are compared where they are built."""
WIDTHS = (784, 48, 32, 10)
LENET_SHAPES = ((6, 1, 5, 5), (16, 6, 5, 5), (120, 400), (84, 120), (10, 84))

FILLS: dict[str, Callable[[Tensor], object]] = {
    "default": lambda w: nn.init.kaiming_uniform_(w, a=math.sqrt(5)),
    "zeros": nn.init.zeros_,
    "ones": nn.init.ones_,
    "constant": lambda w: nn.init.constant_(w, 0.1),
    "eye": nn.init.eye_,
    "dirac": lambda w: nn.init.dirac_(w) if w.dim() == 4 else nn.init.eye_(w),
    "normal": lambda w: nn.init.normal_(w, std=0.1),
    "uniform": lambda w: nn.init.uniform_(w, -0.1, 0.1),
    "xavier_uniform": nn.init.xavier_uniform_,
    "xavier_normal": nn.init.xavier_normal_,
    "kaiming_uniform": nn.init.kaiming_uniform_,
    "kaiming_normal": nn.init.kaiming_normal_,
    "lecun_normal": lambda w: nn.init.kaiming_normal_(w, nonlinearity="linear"),
    "orthogonal": nn.init.orthogonal_,
    "trunc_normal": lambda w: nn.init.trunc_normal_(w, std=0.1, a=-0.2, b=0.2),
    "own": lambda w: nn.init.kaiming_uniform_(w, a=math.sqrt(5)),
}
# Scaled to the layer's size: with these every activation must learn something in ten steps.
SCALED = {
    "default", "own", "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal",
    "lecun_normal", "orthogonal",
}  # fmt: skip
MEASURED = "kaiming_normal"
"""With this init what is inside the networks is measured too, which must not change the losses."""
PLACES = {name: place for table in (ACTIVATIONS, INITS) for place, name in enumerate(table)}


@pytest.fixture(scope="module")
def few(mnist: Data) -> Data:
    """200 digits to train on; the test set is the same digits, so that its loss must fall."""
    x, y = mnist.train_x[:N], mnist.train_y[:N]
    return replace(
        mnist, train_x=x, train_y=y, test_x=x, test_y=y, test_images=mnist.test_images[:N]
    )


def weights(model: str, init: str) -> list[tuple[Tensor, Tensor]]:
    """(weight, bias) of each layer, drawn in order from the global generator."""
    shapes = LENET_SHAPES if model == "lenet" else tuple(zip(WIDTHS[1:], WIDTHS, strict=False))
    layers = []
    for shape in shapes:
        w, b = torch.empty(shape), torch.zeros(shape[0])
        FILLS[init](w)
        if init in ("default", "own"):
            bound = 1 / math.sqrt(math.prod(shape[1:]))
            nn.init.uniform_(b, -bound, bound)
        layers.append((w.requires_grad_(), b.requires_grad_()))
    return layers


def outputs(
    model: str, layers: list[tuple[Tensor, Tensor]], f: Callable[[Tensor], Tensor], x: Tensor
) -> Tensor:
    if model == "lenet":
        (w1, b1), (w2, b2), *layers = layers
        x = F.avg_pool2d(f(F.conv2d(x, w1, b1, padding=2)), 2)
        x = F.avg_pool2d(f(F.conv2d(x, w2, b2)), 2)
    x = x.flatten(1)
    for i, (w, b) in enumerate(layers, 1):
        x = x @ w.t() + b if model == "mlp_tensors" else F.linear(x, w, b)
        x = f(x) if i < len(layers) else x
    return x


def plain_losses(config: RunConfig, data: Data) -> list[float]:
    """The losses of each step, up to the first that is not finite."""
    torch.manual_seed(config.seed)
    layers = weights(config.model, config.init)
    parameters = [p for layer in layers for p in layer]
    order = torch.Generator().manual_seed(config.seed)
    losses = []
    for batch in torch.randperm(N, generator=order).split(BATCH):
        logits = outputs(config.model, layers, FUNCTIONS[config.activation], data.train_x[batch])
        loss = F.cross_entropy(logits, data.train_y[batch])
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            break
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for p, g in zip(parameters, gradients, strict=True):
                p.add_(g, alpha=-config.lr)
    return losses


def model_of(activation: str, init: str) -> str:
    """The models take turns, so that each meets every activation and every init that suits it."""
    suiting = [model for model in WRITTEN if (model, init) != ("lenet", "eye")]
    return suiting[(PLACES[activation] + PLACES[init]) % len(suiting)]


@pytest.mark.parametrize("init", INITS)
@pytest.mark.thorough
def test_every_activation_with_every_init_learns_as_plain_torch_does(
    init: str, few: Data, request: pytest.FixtureRequest
) -> None:
    if init != MEASURED:
        request.getfixturevalue("unmeasured")
    for activation in ACTIVATIONS:
        model = model_of(activation, init)
        config = RunConfig(
            model=model, activation=activation, init=init, batch_size=BATCH, epochs=1, lr=0.02,
            hidden=None if model == "lenet" else WIDTHS[1:-1], test_batch_size=N,
        )  # fmt: skip
        memory = Memory()
        expected = plain_losses(config, few)
        diverged_at = None
        try:
            train(config, few, CPU, memory)
        except Diverged as why:
            diverged_at = why.step
        assert diverged_at == (None if math.isfinite(expected[-1]) else len(expected)), (
            model,
            activation,
        )
        losses = [loss for _, loss in memory.points["train_loss"]]
        torch.testing.assert_close(
            torch.tensor(losses), torch.tensor(expected), rtol=1e-3, atol=1e-5, equal_nan=True,
            msg=f"{model}, {activation}: {losses} instead of {expected}",
        )  # fmt: skip
        if init in SCALED:
            (_, before), *_, (_, after) = memory.points["test_loss"]
            assert after < before, (model, activation)


def test_every_model_meets_every_activation_and_every_init_that_suits_it() -> None:
    met = {(model_of(a, i), other) for a in ACTIVATIONS for i in INITS for other in (a, i)}
    asked = {(model, other) for model in WRITTEN for other in (*ACTIVATIONS, *INITS)}
    assert met == asked - {("lenet", "eye")}


def test_every_activation_and_init_has_its_counterpart_here() -> None:
    assert set(FUNCTIONS) == set(ACTIVATIONS)
    assert set(FILLS) == set(INITS)
