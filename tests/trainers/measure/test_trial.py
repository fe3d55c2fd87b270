"""trainers.measure.trial: where a few steps in fast motion lead, and that they change nothing."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.support.memory import QUICK, trained
from tests.support.networks import SMALL, parts
from trainers.config import RunConfig
from trainers.measure import trial
from trainers.measure.signal import Probe
from trainers.measure.trial import Plan, constant_loss, try_run
from trainers.tables.choice import make
from trainers.tables.datasets import Data
from trainers.tables.losses import LOSSES

LONG = Plan(total_steps=300, batch_size=200)


def tried(config: RunConfig, data: Data, plan: Plan = LONG) -> dict[str, float]:
    """What a probe says of the trial of such a run."""
    probe = Probe(*parts(config), data.train_x, data.train_y, plan)
    statistics = probe.measure(first=True)
    return {k.removesuffix("/all"): v for k, v in statistics.items() if k.startswith("trial_")}


@pytest.mark.parametrize("optimizer", ["sgd:momentum=0.9", "adam"])
def test_a_trial_leaves_everything_as_it_was(optimizer: str, mnist: Data) -> None:
    model, loss_of, step = parts(replace(SMALL, optimizer=optimizer, dropout=(0.5,)))
    weights = [parameter.clone() for parameter in model.parameters()]
    rng_state = torch.get_rng_state()
    assert try_run(model, loss_of, step, mnist.train_x, mnist.train_y, LONG)
    assert torch.equal(torch.get_rng_state(), rng_state)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), weights, strict=True))
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not step.state
    assert step.param_groups[0]["lr"] == SMALL.lr


@pytest.mark.thorough
def test_a_run_trains_bit_for_bit_as_it_would_without_its_trial(
    small_mnist: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(QUICK, batch_size=30, dropout=(0.5,), optimizer="adam", lr=0.001)
    without = trained(config, small_mnist).points
    monkeypatch.setattr(trial, "FEWEST_IMAGES", 0)
    having = trained(config, small_mnist).points
    assert having.keys() - without.keys() == {
        f"signal/trial_{what}/all" for what in ("accuracy", "loss", "alignment", "share")
    }
    assert {name: having[name] for name in without} == without


def test_a_run_that_is_over_before_a_trial_has_paid_has_none(mnist: Data) -> None:
    assert tried(SMALL, mnist, Plan(total_steps=10, batch_size=200)) == {}


def test_too_few_images_give_no_trial(small_mnist: Data) -> None:
    assert tried(SMALL, small_mnist) == {}


@pytest.mark.parametrize(
    ("settings", "right"),
    [
        ({}, (0.4, 1.0)),
        ({"optimizer": "adam", "lr": 0.001}, (0.4, 1.0)),
        ({"loss": "bce", "lr": 0.5}, (0.4, 1.0)),
        ({"init": "zeros"}, (0.0, 0.25)),
        ({"lr": 1e3}, (0.0, 0.25)),
        ({"optimizer": "adam", "lr": 1.0}, (0.0, 0.3)),
        ({"lr": 1e-6}, (0.0, 0.25)),
    ],
)
def test_what_will_learn_shows_in_a_trial_and_what_will_not_does_not(
    settings: dict[str, object], right: tuple[float, float], mnist: Data
) -> None:
    accuracy = tried(replace(SMALL, **settings), mnist)["trial_accuracy"]  # type: ignore[arg-type]
    assert right[0] <= accuracy <= right[1]


def test_a_rate_far_too_small_is_tried_to_the_end_of_the_run(mnist: Data) -> None:
    assert tried(replace(SMALL, lr=1e-6), mnist)["trial_share"] == pytest.approx(1)
    assert tried(replace(SMALL, lr=0.3), mnist)["trial_share"] < 0.5


class Slope(nn.Module):
    """One weight, whose loss is a parabola."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.ones(1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.w


def test_fast_motion_arrives_where_the_many_short_steps_do() -> None:
    """loss = w² / 2: after T steps of rate r the weight is (1 - r)^T, about exp(-rT)."""
    model, x = Slope(), torch.ones(20_000, 1)
    rate, steps = 0.002, 200
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)

    def loss_of(outputs: Tensor, _labels: Tensor) -> Tensor:
        return outputs.square().mean() / 2

    ended = try_run(model, loss_of, optimizer, x, torch.zeros(20_000), Plan(steps, 100))
    assert ended
    assert ended.share == pytest.approx(1)
    (weight,) = ended.net.parameters()
    assert weight.item() == pytest.approx((1 - rate) ** steps, rel=0.05)


@pytest.mark.parametrize(
    ("loss", "smallest"),
    [("mse", 0.09), ("mae", 0.1), ("smooth_l1", 0.045), ("cross_entropy", 2.302585)],
)
def test_the_constant_loss_is_what_one_answer_for_all_costs(loss: str, smallest: float) -> None:
    labels = torch.arange(10).repeat(20)
    found = constant_loss(make(loss, LOSSES, "loss"), torch.randn(200, 10), labels)
    assert found.item() == pytest.approx(smallest, rel=0.01)


def test_the_masks_of_a_trial_are_the_same_before_and_after_a_step(mnist: Data) -> None:
    """Else the noise of dropout would be taken for a step that does not hold."""
    shares = [
        tried(replace(SMALL, lr=1e-6, dropout=(p,)), mnist)["trial_share"] for p in (0.0, 0.8)
    ]
    assert shares == pytest.approx([1, 1])


def test_cross_entropy_of_a_trial_is_measured_without_dropout(mnist: Data) -> None:
    config = replace(SMALL, dropout=(0.5,))
    model, loss_of, step = parts(config)
    ended = try_run(model, loss_of, step, mnist.train_x[256:], mnist.train_y[256:], LONG)
    assert ended
    ended.net.train(False)
    x, y = mnist.train_x[:256], mnist.train_y[:256]
    expected = F.cross_entropy(ended.net(x), y).item()
    assert tried(config, mnist)["trial_loss"] == pytest.approx(expected, rel=1e-5)
