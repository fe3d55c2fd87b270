"""The models: the notes' shapes and counts, one choice per layer, and PyTorch as the oracle."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import fields
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainers.build import build_model
from trainers.config import RunConfig
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.choice import ChoiceError
from trainers.tables.datasets import Data
from trainers.tables.inits import INITS
from trainers.tables.models import MODELS, Model
from trainers.tables.network import Layer, Network

MLPS = ("mlp", "mlp_tensors")


def build(seed: int = 0, **settings: Any) -> nn.Module:
    """A model from settings as a run has them, those not given at their defaults."""
    torch.manual_seed(seed)
    defaults = {field.name: field.default for field in fields(RunConfig)}
    return build_model(SimpleNamespace(**{**defaults, **settings}), (1, 28, 28), 10)


def layers(model: nn.Module) -> list[Layer]:
    return cast(Network, model).layers


def convolution(model: nn.Module) -> nn.Module | None:
    """The first one of a model that has one."""
    return next((part for part in model.modules() if isinstance(part, nn.Conv2d)), None)


def n_parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


@pytest.fixture(scope="module")
def digits(mnist: Data) -> Tensor:
    """32 real test pictures (32, 1, 28, 28), normalised."""
    return mnist.test_x[:32]


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


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("model", MODELS)
def test_every_choice_builds_with_every_other_and_gives_finite_outputs(
    model: str, init: str, digits: Tensor
) -> None:
    for activation in ACTIVATIONS:
        if init == "eye" and isinstance(convolution(build(model=model)), nn.Conv2d):
            with pytest.raises(ValueError, match="use dirac"):
                build(model=model, activation=activation, init=init)
        else:
            outputs = build(model=model, activation=activation, init=init)(digits)
            assert outputs.shape == (32, 10), activation
            assert outputs.isfinite().all(), activation


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


@pytest.mark.parametrize("model", MLPS)
def test_the_mixed_model_of_the_notes_has_a_choice_per_layer(model: str) -> None:
    net = build(
        model=model, activation="tanh+relu", init="xavier_normal+kaiming_normal+default", seed=1
    )
    fc1, fc2, out = layers(net)
    assert [layer.name for layer in (fc1, fc2, out)] == ["fc1", "fc2", "out"]
    kinds = [type(layer.activation) for layer in (fc1, fc2, out)]
    assert kinds == [nn.Tanh, nn.ReLU, type(None)]
    torch.manual_seed(1)
    assert torch.equal(fc1.weight, nn.init.xavier_normal_(torch.empty(200, 784)))
    assert torch.equal(fc2.weight, nn.init.kaiming_normal_(torch.empty(200, 200)))
    reference = nn.Linear(200, 10)
    assert torch.equal(out.weight, reference.weight)
    assert out.bias is not None
    assert torch.equal(out.bias, reference.bias)


def test_the_last_choice_repeats_for_the_layers_left() -> None:
    net = build(hidden=(9, 8, 7), activation="tanh+relu", init="zeros+ones")
    assert [type(layer.activation) for layer in layers(net)[:3]] == [nn.Tanh, nn.ReLU, nn.ReLU]
    assert [layer.weight.mean().item() for layer in layers(net)] == [0, 1, 1, 1]


@pytest.mark.parametrize("name", MODELS)
def test_a_hook_on_an_activation_sees_what_its_layer_gives(name: str, digits: Tensor) -> None:
    model = build(model=name, activation="leaky_relu", init="kaiming_normal")
    calls: dict[str, tuple[Tensor, Tensor]] = {}
    activations = [layer.activation for layer in layers(model) if layer.activation is not None]
    assert len({id(f) for f in activations}) == len(activations)
    for layer in layers(model)[:-1]:
        if layer.activation is None:
            assert name == "resnet"
            continue
        layer.activation.register_forward_hook(
            lambda f, args, out, key=layer.name: calls.__setitem__(key, (args[0], out))
        )
    model(digits)
    first, *_, last = layers(model)
    if first.name not in calls:
        assert name == "resnet"  # whose first activation is that of a block
        return
    before, after = calls[first.name]
    if first.weight.dim() == 4:
        side = first.weight.shape[-1]
        expected = F.conv2d(digits, first.weight, first.bias, padding=side // 2)
    else:
        expected = F.linear(digits.flatten(1), first.weight, first.bias)
    torch.testing.assert_close(before, expected)
    assert torch.equal(after, F.leaky_relu(before))
    assert list(calls) == [layer.name for layer in layers(model) if layer.activation is not None]
    assert last.name == "out"


@pytest.mark.parametrize("name", MODELS)
def test_the_layers_are_the_parameters_themselves(name: str) -> None:
    model = copy.deepcopy(build(model=name))
    listed = [p for layer in layers(model) for p in (layer.weight, layer.bias)]
    assert [id(p) for p in listed] == [id(p) for p in model.parameters()]


@pytest.mark.parametrize("name", MODELS)
def test_an_output_activation_bends_the_logits(name: str, digits: Tensor) -> None:
    plain = build(model=name, activation="tanh+relu")
    bent = build(model=name, activation="tanh+relu", output_activation=True)
    assert isinstance(layers(bent)[-1].activation, nn.ReLU)
    assert torch.equal(bent(digits), plain(digits).relu())


@pytest.mark.parametrize("model", MLPS)
def test_dropout_zeroes_or_doubles_in_training_and_rests_in_evaluation(
    model: str, digits: Tensor
) -> None:
    net = build(model=model, hidden=(784,), activation="identity", init="eye+ones", dropout=(0.5,))
    dropout = next(m for m in net.modules() if isinstance(m, nn.Dropout))
    outputs: list[Tensor] = []
    dropout.register_forward_hook(lambda f, args, out: outputs.append(out))
    net(digits)
    x = digits.flatten(1)
    kept = outputs[0] != 0
    torch.testing.assert_close(outputs[0][kept], 2 * x[kept])
    assert kept[x != 0].float().mean().item() == pytest.approx(0.5, abs=0.02)
    net.eval()
    net(digits)
    assert torch.equal(outputs[1], x)


def test_each_hidden_layer_can_have_a_dropout_of_its_own() -> None:
    net = build(hidden=(9, 8), dropout=(0.1, 0.3))
    assert [m.p for m in net.modules() if isinstance(m, nn.Dropout)] == [0.1, 0.3]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"activation": "relu+tanh+elu"}, "3 activations are given for a model with places for 2"),
        ({"init": "+".join(["ones"] * 4)}, "4 inits are given for a model with places for 3"),
        ({"model": "lenet", "hidden": (200, 200)}, "lenet has layers of fixed sizes"),
        ({"model": "lenet", "dropout": (0.5,)}, "lenet has no dropout"),
        ({"hidden": (), "dropout": (0.5,)}, "each of the 0 hidden layers, not 1"),
        ({"dropout": (0.1, 0.2, 0.3)}, "each of the 2 hidden layers, not 3"),
        ({"dropout": (1.0,)}, r"must lie in \[0, 1\)"),
        ({"hidden": (200, 0)}, "at least 1 unit, not 0"),
        ({"model": "lenets"}, r"did you mean lenet\? allowed: mlp, mlp_tensors, lenet"),
        ({"model": "cnn", "channels": (8,) * 5}, "cnn of 5 stages.* at least 32×32 pixels, not 28"),
        ({"model": "cnn:convs=0"}, "convs must be a number of convolutions in 1 .. 8"),
        ({"model": "cnn", "skip": True}, "cnn has no skips to choose: --skip is for mlp"),
        ({"model": "cnn", "dropout": (0.5,)}, "each of the 0 hidden layers, not 1"),
        ({"model": "resnet:depth=10"}, r"depth must be 6 n \+ 2, such as 8, 14 or 20"),
        ({"model": "resnet:width=0"}, "width must be a number of channels"),
        ({"model": "resnet", "hidden": (9,)}, "resnet has layers of fixed sizes"),
        ({"channels": (9,)}, "mlp has no stages of channels: --channels is for cnn"),
        ({"model": "mlp_tensors", "skip": True}, "mlp_tensors has no skips to choose"),
        ({"skip": True, "hidden": (30, 20)}, "--skip needs two hidden layers of one width"),
        ({"model": "mlp:depth=3"}, "model mlp has no parameter 'depth'; it takes no parameters"),
    ],
)
def test_a_model_that_cannot_be_is_refused_in_one_sentence(
    settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(ChoiceError, match=said):
        build(**settings)


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


def test_skips_add_what_hidden_layers_of_one_width_are_given(digits: Tensor) -> None:
    settings: dict[str, Any] = {"hidden": (30, 30, 20, 20), "activation": "tanh"}
    plain, skipping = build(**settings), build(skip=True, **settings)
    for one, other in zip(plain.parameters(), skipping.parameters(), strict=True):
        assert torch.equal(one, other)
    x = digits.flatten(1)
    for layer in layers(plain)[:-1]:
        added = x if layer.name in ("fc2", "fc4") else 0
        x = torch.tanh(F.linear(x, layer.weight, layer.bias)) + added
    out = layers(plain)[-1]
    torch.testing.assert_close(skipping(digits), F.linear(x, out.weight, out.bias))


@pytest.mark.parametrize("model", MODELS)
def test_the_own_init_is_the_one_that_its_entry_names(model: str) -> None:
    text = MODELS[model].own_init
    assert text
    own, named = (build(seed=5, model=model, init=init) for init in ("own", text))
    for one, other in zip(own.parameters(), named.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("model", MODELS)
def test_a_bias_init_fills_the_biases_of_layers_alone(model: str) -> None:
    plain, biased = (
        build(seed=5, model=model, init="kaiming_normal", bias_init=bias, norm="batch")
        for bias in ("own", "constant:value=0.1")
    )
    for one, other in zip(layers(plain), layers(biased), strict=True):
        assert torch.equal(one.weight, other.weight)
        assert one.bias is not None
        assert other.bias is not None
        assert set(one.bias.tolist()) == {0.0}
        assert torch.equal(other.bias, torch.full_like(one.bias, 0.1))
        if other.norm is not None:
            assert set(other.norm.get_parameter("bias").tolist()) == {0.0}


def test_each_layer_can_have_a_bias_init_of_its_own() -> None:
    net = build(init="ones+zeros", bias_init="zeros+constant+own", seed=1)
    biases = [layer.bias for layer in layers(net)]
    assert [set(bias.tolist()) for bias in biases if bias is not None] == [
        {0.0}, {torch.tensor(0.1).item()}, {0.0},
    ]  # fmt: skip
    assert [layer.weight.mean().item() for layer in layers(net)] == [1, 0, 0]


def test_a_single_activation_suits_a_model_without_hidden_layers() -> None:
    assert [layer.name for layer in layers(build(hidden=(), activation="relu"))] == ["out"]


def test_a_model_added_at_run_time_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Model(lambda spec, width=3: nn.Linear(math.prod(spec.input_shape), width), "", "")
    monkeypatch.setitem(MODELS, "mine", entry)
    assert n_parameters(build(model="mine:width=2")) == 785 * 2
