"""trainers.measure.summary: what a model is made of, true to the model and without touching it."""

import copy
import math
from dataclasses import replace
from typing import cast

import pytest
import torch

from tests.support.memory import CPU, QUICK, Memory, trained
from tests.support.networks import layers
from trainers.build import build_for, different_models
from trainers.config import RunConfig
from trainers.measure.summary import flat_beyond, summarise, summary, weight_pictures
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.datasets import DATASETS, Data
from trainers.tables.models import MODELS
from trainers.tables.network import Network
from trainers.train import train

MIXED = RunConfig(activation="tanh+relu", init="xavier_normal+kaiming_normal+default")


@pytest.mark.parametrize("model", MODELS)
def test_the_parameters_of_the_layers_add_up(model: str) -> None:
    whole = summarise(RunConfig(model=model))
    assert sum(row["parameters"] for row in whole["layers"]) == whole["total_parameters"]
    assert whole["total_parameters"] == sum(math.prod(p["shape"]) for p in whole["parameters"])
    assert whole["output_shape"] == [1, 10]


def test_the_layers_of_lenet_have_the_shapes_that_the_notes_print() -> None:
    shapes = [row["output_shape"] for row in summarise(RunConfig(model="lenet"))["layers"]]
    conv1, conv2 = [1, 6, 28, 28], [1, 16, 10, 10]
    assert shapes == [
        conv1, conv1, [1, 6, 14, 14], conv2, conv2, [1, 16, 5, 5],
        [1, 400], [1, 120], [1, 120], [1, 84], [1, 84], [1, 10],
    ]  # fmt: skip


def test_the_model_of_a_data_set_has_the_shapes_of_its_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = DATASETS["mnist"]._replace(input_shape=(3, 20, 12), classes=("a", "b"))
    monkeypatch.setitem(DATASETS, "colours", entry)
    layers = summarise(RunConfig(dataset="colours", model="lenet"))["layers"]
    assert layers[0]["output_shape"] == [1, 6, 20, 12]
    assert layers[0]["parameters"] == 6 * (3 * 25 + 1)
    assert layers[-1]["output_shape"] == [1, 2]


@pytest.mark.parametrize("model", ["mlp", "mlp_tensors"])
def test_each_layer_names_the_init_it_was_drawn_from(model: str) -> None:
    rows = summarise(replace(MIXED, model=model))["layers"]
    inits = {row["name"]: row["init"] for row in rows if row["init"]}
    assert inits == {"fc1": "xavier_normal", "fc2": "kaiming_normal", "out": "default"}


def test_bare_tensors_stand_before_the_activation_that_follows_them() -> None:
    kinds = [row["kind"] for row in summarise(RunConfig(model="mlp_tensors"))["layers"]]
    assert kinds == ["x @ w.t() + b", "ReLU", "x @ w.t() + b", "ReLU", "x @ w.t() + b"]


def test_mean_and_std_are_those_of_the_weights() -> None:
    torch.manual_seed(3)
    model = build_for(MIXED)
    rows = summary(model, MIXED, (1, 28, 28))["parameters"]
    for (name, p), row in zip(model.named_parameters(), rows, strict=True):
        assert row["name"] == name
        assert row["shape"] == list(p.shape)
        assert row["mean"] == pytest.approx(p.mean().item(), abs=1e-6)
        assert row["std"] == pytest.approx(p.std(correction=0).item(), abs=1e-6)


def test_looking_at_a_model_changes_neither_it_nor_the_random_numbers() -> None:
    config = RunConfig(dropout=(0.5,))
    torch.manual_seed(0)
    model = build_for(config)
    before, state = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    summary(model, config, (1, 28, 28))
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])


def test_a_run_records_its_model_before_the_first_step(small_mnist: Data) -> None:
    ((step, content),) = trained(QUICK, small_mnist).media["model"]
    assert step == 0
    assert content == summarise(QUICK)


def test_settings_of_training_make_no_different_model() -> None:
    configs = [
        RunConfig(lr=lr, seed=seed, activation=activation)
        for lr in (0.1, 0.2)
        for seed in (0, 1)
        for activation in ("relu", "tanh")
    ]
    assert [c.activation for c in different_models(configs)] == ["relu", "tanh"]


def test_a_single_bare_layer_is_summarised(small_mnist: Data) -> None:
    config = RunConfig(model="mlp_tensors", hidden=(), epochs=1, batch_size=500)
    memory = Memory()
    train(config, small_mnist, CPU, memory)
    (row,) = memory.media["model"][0][1]["layers"]
    assert row["parameters"] == 7850


@pytest.mark.parametrize(
    ("activation", "flat"),
    [
        # Where the slope is a tenth of its steepest: s (1 - s) = 1/40, 1 - tanh² = 1/10, exp(x) =
        # 1/10, the logistic function = 1/10.
        ("sigmoid", [-3.64, 3.64]),
        ("tanh", [-1.82, 1.82]),
        ("relu", [0.0, None]),
        ("elu", [-2.31, None]),
        ("softplus", [-2.2, None]),
        ("identity", [None, None]),
    ],
)
def test_an_activation_is_flat_beyond_where_its_slope_is_a_tenth(
    activation: str, flat: list[float | None]
) -> None:
    assert flat_beyond(ACTIVATIONS[activation].make()) == flat


@pytest.mark.parametrize("model", MODELS)
def test_every_weighted_layer_says_its_fans_and_its_weights_spread(model: str) -> None:
    config = RunConfig(model=model, activation="tanh", init="xavier_normal")
    rows = summarise(config)["weighted"]
    assert rows[-1]["name"] == "out"
    assert rows[-1]["flat"] == [None, None]
    followed = [layer.name for layer in layers(build_for(config)) if layer.activation]
    assert all(row["flat"] == [-1.82, 1.82] for row in rows if row["name"] in followed)
    assert followed
    for row in rows:
        assert row["std"] == pytest.approx(math.sqrt(2 / sum(row["fans"])), rel=0.2)


@pytest.mark.parametrize(("model", "shape"), [("mlp", (64, 28, 28)), ("lenet", (6, 20, 20))])
def test_the_first_weights_are_a_picture_for_each_unit(model: str, shape: tuple[int, ...]) -> None:
    network = build_for(RunConfig(model=model))
    pictures = weight_pictures(network, (1, 28, 28))
    assert pictures is not None
    assert pictures.shape == shape
    side = {"mlp": 28, "lenet": 5}[model]
    weight = cast(Network, network).layers[0].weight.detach()[: shape[0]].view(-1, side, side)
    every = shape[1] // side
    assert (pictures[:, ::every, ::every] > 0.5).equal(weight > 0)
    assert 0 <= pictures.min() < pictures.max() <= 1


def test_weights_that_look_at_no_image_are_no_pictures() -> None:
    assert weight_pictures(build_for(RunConfig()), (1, 14, 14)) is None


def test_constant_weights_are_a_picture_too() -> None:
    pictures = weight_pictures(build_for(RunConfig(init="zeros")), (1, 28, 28))
    assert pictures is not None
    assert (pictures == 0.5).all()


def test_the_values_are_as_pytorch_prints_them() -> None:
    parameters = summarise(RunConfig(hidden=(3,)))["parameters"]
    assert parameters[0]["values"].startswith("tensor([[")
    assert "..." in parameters[0]["values"]
