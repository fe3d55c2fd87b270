"""The models: the notes' shapes and counts, and PyTorch as the oracle."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.support.networks import MLPS, build, layers
from trainers.build import build_model
from trainers.config import RunConfig
from trainers.tables.models import MODELS, Model


def n_parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize("model", MLPS)
@pytest.mark.parametrize(
    ("hidden", "count"),
    [(None, 199_210), ((), 7_850), ((64,), 50_890), ((30, 20, 10), 24_490)],
)
def test_an_mlp_has_as_many_parameters_as_its_widths_say(
    model: str, hidden: tuple[int, ...] | None, count: int
) -> None:
    assert n_parameters(build(model=model, hidden=hidden)) == count


def test_lenet_has_the_shapes_and_counts_of_the_notes() -> None:
    model = build(model="lenet", activation="sigmoid")
    assert n_parameters(model) == 61_706
    shapes = []
    x = torch.rand(1, 1, 28, 28)
    for step in cast(nn.Sequential, model.net):
        x = step(x)
        shapes.append((type(step).__name__, tuple(x.shape)))
    assert shapes == [
        ("Conv2d", (1, 6, 28, 28)),
        ("Sigmoid", (1, 6, 28, 28)),
        ("AvgPool2d", (1, 6, 14, 14)),
        ("Conv2d", (1, 16, 10, 10)),
        ("Sigmoid", (1, 16, 10, 10)),
        ("AvgPool2d", (1, 16, 5, 5)),
        ("Flatten", (1, 400)),
        ("Linear", (1, 120)),
        ("Sigmoid", (1, 120)),
        ("Linear", (1, 84)),
        ("Sigmoid", (1, 84)),
        ("Linear", (1, 10)),
    ]


REFERENCES: dict[str, Callable[[], nn.Module]] = {
    "mlp": lambda: nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 200),
        nn.ReLU(),
        nn.Linear(200, 200),
        nn.ReLU(),
        nn.Linear(200, 10),
    ),
    "lenet": lambda: nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    ),
}
REFERENCES["mlp_tensors"] = REFERENCES["mlp"]


def stages(*channels: int) -> list[nn.Module]:
    parts: list[nn.Module] = []
    for n_in, n_out in zip((1, *channels), channels, strict=False):
        for own_in in (n_in, n_out):
            parts += [nn.Conv2d(own_in, n_out, 3, padding=1), nn.ReLU()]
        parts.append(nn.MaxPool2d(2))
    return parts


REFERENCES["cnn"] = lambda: nn.Sequential(*stages(16, 32, 64), nn.Flatten(), nn.Linear(576, 10))


class PlainBlock(nn.Module):
    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        stride = 1 if n_in == n_out else 2
        self.first = nn.Conv2d(n_in, n_out, 3, stride, 1)
        self.second = nn.Conv2d(n_out, n_out, 3, 1, 1)
        self.shortcut = nn.Conv2d(n_in, n_out, 1, stride) if stride == 2 else None

    def forward(self, x: Tensor) -> Tensor:
        h = x.relu()
        skipped = x if self.shortcut is None else self.shortcut(h)
        outputs: Tensor = skipped + self.second(self.first(h).relu())
        return outputs


REFERENCES["resnet"] = lambda: nn.Sequential(
    nn.Conv2d(1, 16, 3, 1, 1), PlainBlock(16, 16), PlainBlock(16, 32), PlainBlock(32, 64),
    nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
)  # fmt: skip


def test_every_model_has_a_reference() -> None:
    assert set(REFERENCES) == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_the_plain_pytorch_one_of_the_same_seed(name: str, digits: Tensor) -> None:
    torch.manual_seed(7)
    reference = REFERENCES[name]()
    model = build(seed=7, model=name)
    for ours, theirs in zip(model.parameters(), reference.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    torch.testing.assert_close(model(digits), reference(digits))


@pytest.mark.parametrize("init", ["kaiming_normal", "uniform:a=-0.05,b=0.05"])
def test_bare_tensors_and_modules_learn_the_same(init: str, digits: Tensor) -> None:
    settings: dict[str, Any] = {"activation": "tanh+relu", "hidden": (50, 40), "dropout": (0.2,)}
    labels = torch.arange(32) % 10

    def losses(model: str) -> list[float]:
        net = build(model=model, init=init, **settings)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        values = []
        for _ in range(10):
            loss = F.cross_entropy(net(digits), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            values.append(loss.item())
        return values

    by_modules = losses("mlp")
    assert losses("mlp_tensors") == pytest.approx(by_modules, rel=1e-5)
    assert by_modules[-1] < by_modules[0]


@pytest.mark.parametrize("name", MODELS)
def test_pictures_and_flat_rows_give_the_same(name: str, digits: Tensor) -> None:
    model = build(model=name)
    assert torch.equal(model(digits), model(digits.flatten(1)))


@pytest.mark.parametrize("name", MODELS)
def test_the_layers_are_the_parameters_themselves(name: str) -> None:
    model = copy.deepcopy(build(model=name))
    listed = [p for layer in layers(model) for p in (layer.weight, layer.bias)]
    assert [id(p) for p in listed] == [id(p) for p in model.parameters()]


@pytest.mark.parametrize("model", [*MLPS, "lenet", "cnn", "resnet"])
@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 28, 28), (2, 17, 23)])
def test_a_model_takes_images_of_any_shape(model: str, shape: tuple[int, ...]) -> None:
    net = build_model(RunConfig(model=model), shape, 7)
    assert net(torch.rand(2, *shape)).shape == (2, 7)


@pytest.mark.parametrize("depth", [8, 14, 20])
def test_a_resnet_is_as_deep_as_it_says(depth: int) -> None:
    net = build(model=f"resnet:depth={depth}")
    skipped = [layer for layer in layers(net) if layer.name.startswith("project")]
    assert len(layers(net)) - len(skipped) == depth
    assert len(skipped) == 2


def test_the_layers_of_a_cnn_are_those_of_its_channels_and_its_hidden_widths() -> None:
    net = build(model="cnn:convs=1", channels=(4, 6), hidden=(30, 20), dropout=(0.5,))
    names = ["conv1", "conv2", "fc1", "fc2", "out"]
    assert [layer.name for layer in layers(net)] == names
    shapes = [(4, 1, 3, 3), (6, 4, 3, 3), (30, 6 * 7 * 7), (20, 30), (10, 20)]
    assert [tuple(layer.weight.shape) for layer in layers(net)] == shapes


def test_lenet_pools_by_the_largest_as_well(digits: Tensor) -> None:
    plain, largest = (build(model=f"lenet{text}").eval() for text in ("", ":pooling=max"))
    x = torch.rand(1, 1, 28, 28)
    conv1, act1, pool1 = list(cast(nn.Sequential, largest.net))[:3]
    assert torch.equal(pool1(act1(conv1(x))), F.max_pool2d(act1(conv1(x)), 2))
    assert not torch.equal(plain(digits), largest(digits))


@pytest.mark.parametrize("model", MODELS)
def test_the_own_init_is_the_one_that_its_entry_names(model: str) -> None:
    text = MODELS[model].own_init
    assert text
    own, named = (build(seed=5, model=model, init=init) for init in ("own", text))
    for one, other in zip(own.parameters(), named.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_model_added_at_run_time_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Model(lambda spec, width=3: nn.Linear(math.prod(spec.input_shape), width), "", "")
    monkeypatch.setitem(MODELS, "mine", entry)
    assert n_parameters(build(model="mine:width=2")) == 785 * 2
