"""Networks with norms and of convolutions, trained by the launcher to the end; and that what was
there before computes what it did, bit for bit."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.support.formulas import FUNCTIONS
from tests.support.launching import Launch, recorded
from tests.support.memory import CPU, QUICK, Memory, trained
from trainers import load_run
from trainers.build import build_for
from trainers.config import RunConfig
from trainers.rates import Rates
from trainers.tables.datasets import Data
from trainers.tables.recipes import RECIPES
from trainers.tables.schedules import SCHEDULES, schedule_of
from trainers.train import train

COLOURS = """
import numpy as np
from trainers.tables.datasets import Dataset
from trainers.tables.idx import Images

def patches(data_dir):
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 96, (120, 3, 32, 32), dtype=np.uint8)
    labels = np.arange(120) % 10
    for i, label in enumerate(labels):
        pixels[i, label % 3, 3 * label : 3 * label + 5] += 128
    return Images(pixels[:80], labels[:80], pixels[80:], labels[80:])

DATASETS = {"patches": Dataset(
    patches, "made here", "seed 0", tuple("0123456789"), (3, 32, 32),
    mean=(0.2, 0.2, 0.2), std=(0.12, 0.12, 0.12),
)}
"""


@pytest.mark.processes
def test_lenet_and_a_resnet_with_batch_norm_are_trained_on_images_shaped_like_those_of_cifar(
    launch: Launch, tmp_path: Any
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(COLOURS)
    done = launch(
        "--choices", str(file), "--dataset", "patches", "--model", "lenet", "resnet:width=4",
        "--norm", "none", "batch", "--activation", "relu", "--init", "own", "--optimizer", "adam",
        "--lr", "0.01", "--schedule", "onecycle", "--weight-decay", "1e-4", "--clip-norm", "5",
        "--batch-size", "20", "--epochs", "3", "--no-dashboard", "--experiment", "colours",
        "--workers", "1", "--threads", "1",
    )  # fmt: skip
    assert done.ends() == 0, done.said
    runs = recorded(tmp_path, "colours").runs
    assert [(run.config["model"], run.config["norm"]) for run in runs] == [
        (model, norm) for model in ("lenet", "resnet:width=4") for norm in ("none", "batch")
    ]
    for run in runs:
        assert run.state == "done"
        losses = run.lines["train_loss"].drawn()[1]
        assert losses[-1] < losses[0]
        rates = run.lines["lr"].drawn()[1]
        assert max(rates) == pytest.approx(0.01, rel=0.2)
        assert rates[-1] < 1e-4
        if run.config["norm"] != "none":
            layer = "conv1" if run.config["model"] == "lenet" else "conv1a"
            spread = run.lines[f"signal/preactivation_std/{layer}"].first_value
            assert spread == pytest.approx(1, abs=0.01)
    kept = load_run(tmp_path / "runs" / "colours", "resnet.width.4-batch", choices=file)
    assert "net.norm_last.running_mean" in kept.model.state_dict()
    assert kept.predict(torch.rand(5, 3, 32, 32)).shape == (5,)


@pytest.fixture(scope="module")
def few(mnist: Data) -> Data:
    parts = {name: getattr(mnist, name)[:120] for name in ("train_x", "train_y", "test_x",
                                                           "test_y", "test_images")}  # fmt: skip
    return dataclasses.replace(mnist, **parts)


def plain_losses(config: RunConfig, data: Data) -> list[float]:
    """The losses by PyTorch alone, from the weights that the model begins with."""
    torch.manual_seed(config.seed)
    drawn = build_for(config)
    weights = [p.detach().clone().requires_grad_() for p in drawn.parameters()]
    f = FUNCTIONS[config.activation.partition("+")[0]]
    g = FUNCTIONS[config.activation.rpartition("+")[2]]
    order = torch.Generator().manual_seed(config.seed)
    losses = []
    for batch in torch.randperm(len(data.train_y), generator=order).split(config.batch_size):
        outputs = forward(config, weights, (f, g), data.train_x[batch])
        loss = F.cross_entropy(outputs, data.train_y[batch])
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight.data.add_(gradient, alpha=-config.lr)
        losses.append(loss.item())
    return losses


def forward(config: RunConfig, weights: list[Tensor], functions: Any, x: Tensor) -> Tensor:
    pairs = list(zip(weights[::2], weights[1::2], strict=True))
    if config.model == "lenet":
        for (w, b), padding in zip(pairs[:2], (2, 0), strict=True):
            x = F.avg_pool2d(functions[0](F.conv2d(x, w, b, padding=padding)), 2)
        pairs = pairs[2:]
    x = x.flatten(1)
    for i, (w, b) in enumerate(pairs, 1):
        x = x @ w.t() + b if config.model == "mlp_tensors" else F.linear(x, w, b)
        if i < len(pairs) or config.output_activation:
            x = functions[min(i, 2) - 1](x)
    return x


@pytest.mark.parametrize("name", RECIPES)
def test_the_losses_of_a_recipe_are_those_of_plain_pytorch_bit_for_bit(
    name: str, few: Data
) -> None:
    known = {field.name for field in dataclasses.fields(RunConfig)}
    flags = {key: value for key, value in RECIPES[name].make().items() if key in known}
    first = {key: value[0] if isinstance(value, list) else value for key, value in flags.items()}
    config = RunConfig.from_dict({**first, "dataset": "mnist", "epochs": 1, "batch_size": 20})
    losses = [loss for _, loss in trained(config, few).points["train_loss"]]
    assert losses == plain_losses(config, few)


SHORT = dataclasses.replace(QUICK, batch_size=25, hidden=(48, 32))
"""20 steps on 250 images."""


@pytest.mark.usefixtures("terse")
@pytest.mark.parametrize("text", [*SCHEDULES, "step:gamma=0.5,parts=4"])
def test_each_step_is_made_at_the_rate_of_the_schedule(text: str, tiny_mnist: Data) -> None:
    """A run of 20 steps; those of a run whose rate is set by hand at every step."""
    config = dataclasses.replace(SHORT, schedule=text)
    memory = trained(config, tiny_mnist)
    share, varies = schedule_of(text)
    rates = [config.lr * share(step, 20) for step in range(20)]
    points = memory.points.get("lr", [])
    assert [step for step, _ in points] == (list(range(1, 21)) if varies else [])
    assert [rate for _, rate in points] == (pytest.approx(rates) if varies else [])
    by_hand = Memory()
    changes = [{"step": step, "lr": lr, "key": str(step)} for step, lr in enumerate(rates)]
    train(SHORT, tiny_mnist, CPU, by_hand, rates=Rates(changes))
    assert memory.points["train_loss"] == by_hand.points["train_loss"]


def test_a_rate_that_a_person_sets_ends_the_schedule(tiny_mnist: Data) -> None:
    config, memory = dataclasses.replace(SHORT, schedule="cosine"), Memory()
    changes = [{"step": 5, "lr": 0.03, "key": "k"}]
    train(config, tiny_mnist, CPU, memory, rates=Rates(changes))
    rates = [rate for _, rate in memory.points["lr"]]
    cosine = [config.lr * (1 + math.cos(math.pi * step / 20)) / 2 for step in range(5)]
    assert rates == pytest.approx([*cosine, *[0.03] * 15])


def test_clipping_keeps_a_run_from_diverging(tiny_mnist: Data) -> None:
    wild = dataclasses.replace(SHORT, init="normal:std=1", lr=10.0, epochs=1)
    calm = trained(dataclasses.replace(wild, clip_norm=0.1), tiny_mnist)
    assert all(math.isfinite(loss) for _, loss in calm.points["train_loss"])
    with pytest.raises(ArithmeticError):
        trained(wild, tiny_mnist)


def test_a_model_of_a_person_keeps_its_own_weights_with_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from trainers.tables.models import MODELS
    from trainers.tables.own_entry import model_of

    def drawn(spec: Any) -> nn.Module:
        layer = nn.Linear(784, 10)
        nn.init.constant_(layer.weight, 0.25)
        nn.init.constant_(layer.bias, 0.5)
        return nn.Sequential(nn.Flatten(), layer)

    monkeypatch.setitem(MODELS, "drawn", model_of(drawn, "here"))
    own, filled, biased = (
        build_for(RunConfig(model="drawn", init=init, bias_init=bias_init))
        for init, bias_init in (("own", "own"), ("zeros", "own"), ("own", "zeros"))
    )
    values = [[sorted(set(p.flatten().tolist())) for p in net.parameters()]
              for net in (own, filled, biased)]  # fmt: skip
    assert values == [[[0.25], [0.5]], [[0.0], [0.0]], [[0.25], [0.0]]]
