"""trainers.measure.forecast: what step 0 says of the steps to come, against what the steps then
do."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.support.networks import SMALL, layers, parts
from trainers.config import RunConfig
from trainers.measure.forecast import (
    expected_stds,
    label_alignment,
    label_growth,
    overshoot,
    scaling,
    twin_shares,
    working_scale,
)
from trainers.measure.signal import PROBE_IMAGES, Probe
from trainers.tables.datasets import Data


def twins(config: RunConfig, data: Data) -> dict[str, float]:
    model, loss_of, _ = parts(config)
    parameters = list(model.parameters())
    loss = loss_of(model(data.train_x[:100]), data.train_y[:100])
    gradients = torch.autograd.grad(loss, parameters)
    shares = twin_shares(layers(model), parameters, gradients)
    return {name.removeprefix("twin_share/"): share.item() for name, share in shares.items()}


LABELS = torch.tensor([0, 1, 2, 2, 1, 0, 0])


def test_labels_themselves_are_aligned_whatever_their_scale_and_what_all_share() -> None:
    one_hot = F.one_hot(LABELS, 3).float()
    of_images, of_classes = torch.randn(7, 1), torch.randn(3)
    shifted = 0.01 * one_hot + of_images + of_classes
    assert label_alignment(one_hot, LABELS) == pytest.approx(1)
    assert label_alignment(shifted, LABELS) == pytest.approx(1, abs=1e-4)
    assert label_alignment(-one_hot, LABELS) == pytest.approx(-1)


def test_classes_begin_to_part_before_any_answer_changes() -> None:
    biased = torch.tensor([5.0, 0, 0]) + 0.1 * F.one_hot(LABELS, 3)
    assert set(biased.argmax(1).tolist()) == {0}
    assert label_alignment(biased, LABELS) > 0.99


@pytest.mark.parametrize("outputs", [torch.ones(7, 3), torch.randn(7, 1).expand(7, 3),
                                     torch.full((7, 3), torch.inf)])  # fmt: skip
def test_outputs_that_tell_nothing_apart_are_not_aligned(outputs: Tensor) -> None:
    assert label_alignment(outputs, LABELS) == pytest.approx(0, abs=1e-6)


def test_alignment_is_the_correlation_of_centred_outputs_with_centred_labels() -> None:
    outputs = torch.randn(7, 3)
    centred = (outputs - outputs.mean(1, keepdim=True)).double()
    one_hot = F.one_hot(LABELS, 3).double()
    both = torch.stack([(each - each.mean(0)).flatten() for each in (centred, one_hot)])
    assert label_alignment(outputs, LABELS) == pytest.approx(both.corrcoef()[0, 1].item())


@pytest.mark.parametrize("init", ["zeros", "ones", "constant", "constant:value=-0.3"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "gelu", "identity"])
def test_units_of_equal_weights_and_gradients_are_twins(
    init: str, activation: str, mnist: Data
) -> None:
    shares = twins(replace(SMALL, init=init, activation=activation), mnist)
    assert shares["fc1"] == shares["fc2"] == 1


@pytest.mark.parametrize("init", ["default", "normal", "kaiming_uniform", "orthogonal", "eye"])
def test_units_that_are_drawn_apart_are_not(init: str, mnist: Data) -> None:
    assert set(twins(replace(SMALL, init=init), mnist).values()) == {0.0}


def test_equal_weights_with_different_ways_out_are_not_symmetric(mnist: Data) -> None:
    """Only the first layer is constant: what comes after it tells its units apart."""
    shares = twins(replace(SMALL, init="constant+normal+normal"), mnist)
    assert shares["fc1"] == 0


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_the_growth_is_what_a_small_step_adds_to_the_other_halfs_margin(
    optimizer: str, activation: str, mnist: Data
) -> None:
    config = replace(SMALL, activation=activation, optimizer=optimizer, lr=1e-5)
    model, _, step = parts(config)
    model, x, y = model.double(), mnist.train_x[:100].double(), mnist.train_y[:100]
    step = type(step)(model.parameters(), lr=config.lr)  # type: ignore[call-arg]
    growth, _ = label_growth(model, step, x, y)

    def margin(half: slice) -> Tensor:
        labels = F.one_hot(y[half], 10).double()
        labels = labels - labels.mean(0)
        return (model(x[half]) * labels).sum(1).mean() / labels.square().sum(1).mean()

    before = margin(slice(1, None, 2)).item()
    (-margin(slice(0, None, 2))).backward()
    step.step()
    assert growth.item() == pytest.approx(margin(slice(1, None, 2)).item() - before, rel=0.02)


def test_momentum_carries_the_growth_on(mnist: Data) -> None:
    x, y = mnist.train_x[:100], mnist.train_y[:100]
    grown = {}
    for optimizer in ("sgd", "sgd:momentum=0.9"):
        model, _, step = parts(replace(SMALL, optimizer=optimizer))
        grown[optimizer] = label_growth(model, step, x, y)[0].item()
    assert grown["sgd:momentum=0.9"] == pytest.approx(10 * grown["sgd"], rel=1e-4)


def test_a_chaotic_network_sees_nothing_alike_in_images_of_one_class(mnist: Data) -> None:
    def agreement(init: str) -> float:
        config = RunConfig(activation="tanh", init=init, hidden=(200,) * 10)
        model, _, step = parts(config)
        return label_growth(model, step, mnist.train_x[:256], mnist.train_y[:256])[1].item()

    assert agreement("normal:std=1") < 0.2 < 0.3 < agreement("xavier_normal")


def test_the_overshoot_of_a_parabola_is_the_rate_times_its_curvature() -> None:
    """loss = 3 w²: slope 6 w, curvature 6 everywhere."""

    class Parabola(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.full((1, 1), 5.0))

        def forward(self, x: Tensor) -> Tensor:
            return x @ self.w

    model, x = Parabola(), torch.ones(4, 1)
    step = torch.optim.SGD(model.parameters(), lr=0.2)

    def loss_of(outputs: Tensor, _labels: Tensor) -> Tensor:
        return 3 * outputs.square().mean()

    ratio = overshoot(model, loss_of, step, x, torch.zeros(4))
    assert ratio.item() == pytest.approx(0.2 * 6, rel=1e-5)


def test_a_step_that_overshoots_ends_higher_and_a_small_one_lower(mnist: Data) -> None:
    x, y = mnist.train_x[:128], mnist.train_y[:128]
    for lr, higher in ((0.01, False), (3.0, True)):
        model, loss_of, step = parts(replace(SMALL, lr=lr))
        bend = overshoot(model, loss_of, step, x, y).item()
        before = loss_of(model(x), y)
        before.backward()
        step.step()
        assert (bend > 2) == higher
        assert (loss_of(model(x), y) > before).item() == higher


def test_small_logits_are_scaled_to_one_and_the_weights_come_back_bit_for_bit(
    mnist: Data,
) -> None:
    model, _, _ = parts(replace(SMALL, init="xavier_normal:gain=0.7"))
    x, parameters = mnist.train_x[:128], list(model.parameters())
    kept = [parameter.detach().clone() for parameter in parameters]
    with torch.no_grad(), scaling(parameters) as scale_by:
        assert model(x).square().mean().sqrt() < 0.6
        scale_by(working_scale(model, x, scale_by))
        assert model(x).square().mean().sqrt().item() == pytest.approx(1, rel=0.15)
    assert all(torch.equal(a, b) for a, b in zip(parameters, kept, strict=True))


@pytest.mark.parametrize("init", ["normal", "zeros", "kaiming_normal"])
def test_logits_that_are_large_or_stay_zero_are_taken_as_they_are(init: str, mnist: Data) -> None:
    model, _, _ = parts(replace(SMALL, init=init, hidden=(200, 200)))
    parameters = list(model.parameters())
    with scaling(parameters) as scale_by:
        assert working_scale(model, mnist.train_x[:128], scale_by) == 1


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "selu", "gelu", "identity"])
@pytest.mark.parametrize("init", ["kaiming_normal", "xavier_uniform", "normal:std=0.2", "default"])
def test_theory_expects_about_the_spread_that_is_measured(
    activation: str, init: str, mnist: Data
) -> None:
    """Close in the first layers; rougher in the last, where few units average less noise."""
    network = parts(RunConfig(activation=activation, init=init, hidden=(400, 400, 400)))
    stds = expected_stds(layers(network[0]), mnist.train_x[:PROBE_IMAGES])
    statistics = Probe(*network, mnist.train_x, mnist.train_y).measure(first=False)
    for layer in ("fc1", "fc2", "fc3"):
        expected = stds[f"expected_std/{layer}"].item()
        assert statistics[f"preactivation_std/{layer}"] == pytest.approx(expected, rel=0.15)


def test_behind_a_skip_theory_is_silent_until_a_norm_speaks(mnist: Data) -> None:
    config = RunConfig(activation="relu", init="kaiming_normal", hidden=(300,) * 4, skip=True)
    for norm, known in (("none", ["fc1", "fc2"]), ("layer", ["fc1", "fc2", "fc3", "fc4"])):
        statistics = Probe(
            *parts(replace(config, norm=norm)), mnist.train_x, mnist.train_y
        ).measure(first=True)
        expected = {name.partition("/")[2]: value for name, value in statistics.items()
                    if name.startswith("expected_std/")}  # fmt: skip
        assert list(expected) == known
        for layer, value in expected.items():
            assert statistics[f"preactivation_std/{layer}"] == pytest.approx(value, rel=0.15)


def test_for_relu_theory_is_he_and_for_identity_it_is_glorot(mnist: Data) -> None:
    """He et al. 2015, eq. 9: Var[z] takes a factor n Var[w] / 2 a layer; without ReLU n Var[w]."""
    for activation, factor in (("relu", 0.5), ("identity", 1.0)):
        config = RunConfig(activation=activation, init="normal:std=0.1", hidden=(300, 300))
        network = layers(parts(config)[0])
        stds = expected_stds(network, mnist.train_x[:50])
        gain = 300 * network[1].weight.square().mean() * factor
        ratio = (stds["expected_std/fc2"] / stds["expected_std/fc1"]).square()
        assert ratio.item() == pytest.approx(gain.item(), rel=1e-3)


@pytest.mark.parametrize("init", ["ones", "eye", "normal:mean=1", "zeros"])
def test_theory_is_silent_where_weights_are_not_drawn_around_zero(init: str, mnist: Data) -> None:
    network = layers(parts(replace(SMALL, init=init))[0])
    assert expected_stds(network, mnist.train_x[:50]) == {}


def test_theory_ends_at_a_convolution(mnist: Data) -> None:
    network = layers(parts(RunConfig(model="lenet", init="kaiming_normal"))[0])
    assert list(expected_stds(network, mnist.train_x[:50])) == ["expected_std/conv1"]
