"""The models: the notes' shapes and counts, one choice per layer, and PyTorch as the oracle."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainers.build import build_model
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.choice import ChoiceError
from trainers.tables.datasets import Data
from trainers.tables.inits import INITS
from trainers.tables.models import MODELS, Model
from trainers.tables.network import Layer, Network

MLPS = ("mlp", "mlp_tensors")


def build(seed: int = 0, **settings: Any) -> nn.Module:
    """A model from settings as a run has them, those not given at their defaults."""
    defaults = {
        "model": "mlp",
        "activation": "relu",
        "norm": "none",
        "init": "default",
        "bias_init": "own",
        "hidden": None,
        "channels": None,
        "skip": False,
        "dropout": (),
        "output_activation": False,
    }
    torch.manual_seed(seed)
    return build_model(SimpleNamespace(**{**defaults, **settings}), (1, 28, 28), 10)


def layers(model: nn.Module) -> list[Layer]:
    return cast(Network, model).layers


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
        if (init, model) == ("eye", "lenet"):
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
    assert len({id(f) for f in activations}) == len(layers(model)) - 1
    for layer in layers(model)[:-1]:
        assert layer.activation is not None
        layer.activation.register_forward_hook(
            lambda f, args, out, key=layer.name: calls.__setitem__(key, (args[0], out))
        )
    model(digits)
    first, *_, last = layers(model)
    before, after = calls[first.name]
    if name == "lenet":
        expected = F.conv2d(digits, first.weight, first.bias, padding=2)
    else:
        expected = F.linear(digits.flatten(1), first.weight, first.bias)
    torch.testing.assert_close(before, expected)
    assert torch.equal(after, F.leaky_relu(before))
    assert list(calls) == [layer.name for layer in layers(model)[:-1]]
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
        ({"model": "resnet"}, r"did you mean lenet\? allowed: mlp, mlp_tensors, lenet"),
        ({"model": "mlp:depth=3"}, "model mlp has no parameter 'depth'; it takes no parameters"),
    ],
)
def test_a_model_that_cannot_be_is_refused_in_one_sentence(
    settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(ChoiceError, match=said):
        build(**settings)


def test_a_single_activation_suits_a_model_without_hidden_layers() -> None:
    assert [layer.name for layer in layers(build(hidden=(), activation="relu"))] == ["out"]


def test_a_model_added_at_run_time_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Model(lambda spec, width=3: nn.Linear(math.prod(spec.input_shape), width), "", "")
    monkeypatch.setitem(MODELS, "mine", entry)
    assert n_parameters(build(model="mine:width=2")) == 785 * 2
