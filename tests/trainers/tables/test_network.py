"""trainers.tables.network: a choice for each layer, and those that no model can have."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.support.networks import MLPS, build, layers
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.choice import ChoiceError
from trainers.tables.inits import INITS
from trainers.tables.models import MODELS


def convolution(model: nn.Module) -> nn.Module | None:
    """The first one of a model that has one."""
    return next((part for part in model.modules() if isinstance(part, nn.Conv2d)), None)


SMALL: dict[str, dict[str, Any]] = {
    "mlp": {"hidden": (30, 20)},
    "mlp_tensors": {"hidden": (30, 20)},
    "cnn": {"channels": (4, 6), "hidden": (20,)},
    "resnet": {"model": "resnet:width=4"},
}
"""Of what size a model is built more than a hundred times; its own where nothing is said."""


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.thorough
def test_every_choice_builds_with_every_other_and_gives_finite_outputs(
    model: str, init: str, digits: Tensor
) -> None:
    small = {"model": model, **SMALL.get(model, {})}
    refused = init == "eye" and convolution(build(**small)) is not None
    for activation in ACTIVATIONS:
        settings = {"activation": activation, "init": init, **small}
        if refused:
            with pytest.raises(ValueError, match="use dirac"):
                build(**settings)
        else:
            outputs = build(**settings)(digits[:8])
            assert outputs.shape == (8, 10), activation
            assert outputs.isfinite().all(), activation


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
