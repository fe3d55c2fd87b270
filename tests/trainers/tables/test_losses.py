"""The losses against PyTorch's and against the notes' numbers; mean and sum over samples."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainers.tables.choice import ChoiceError, make, parse
from trainers.tables.losses import LOSSES

# text of the choice -> the same by PyTorch's class, given outputs, labels and one-hot rows
ORACLES: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "cross_entropy": lambda z, y, t: nn.CrossEntropyLoss()(z, y),
    "cross_entropy:label_smoothing=0.1": lambda z, y, t: nn.CrossEntropyLoss(label_smoothing=0.1)(
        z, y
    ),
    "log_softmax_nll": lambda z, y, t: nn.NLLLoss()(nn.LogSoftmax(dim=1)(z), y),
    "soft_cross_entropy": lambda z, y, t: nn.CrossEntropyLoss()(z, t * 0.9 + (1 - t) * 0.1 / 9),
    "soft_cross_entropy:sure=0.5": lambda z, y, t: nn.CrossEntropyLoss()(
        z, t * 0.5 + (1 - t) * 0.5 / 9
    ),
    "mse": lambda z, y, t: nn.MSELoss()(z, t),
    "mae": lambda z, y, t: nn.L1Loss()(z, t),
    "smooth_l1": lambda z, y, t: nn.SmoothL1Loss()(z, t),
    "smooth_l1:beta=0.3": lambda z, y, t: nn.SmoothL1Loss(beta=0.3)(z, t),
    "bce": lambda z, y, t: nn.BCELoss()(torch.sigmoid(z), t),
}


@pytest.fixture
def batch() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(7, 10, generator=generator) * 2
    labels = torch.randint(10, (7,), generator=generator)
    return outputs, labels, F.one_hot(labels, 10).float()


def test_every_loss_has_an_oracle() -> None:
    assert {text.partition(":")[0] for text in ORACLES} == set(LOSSES)


@pytest.mark.parametrize("text", ORACLES)
def test_a_loss_is_that_of_pytorch(text: str, batch: tuple[Tensor, Tensor, Tensor]) -> None:
    outputs, labels, rows = batch
    loss = make(text, LOSSES, "loss")(outputs, labels)
    assert loss.shape == ()
    torch.testing.assert_close(loss, ORACLES[text](outputs, labels, rows))


@pytest.mark.parametrize("text", ORACLES)
def test_the_samples_losses_are_those_of_batches_of_one(
    text: str, batch: tuple[Tensor, Tensor, Tensor]
) -> None:
    outputs, labels, _ = batch
    loss_of = make(text, LOSSES, "loss")
    alone = [loss_of(outputs[i : i + 1], labels[i : i + 1]) for i in range(7)]
    torch.testing.assert_close(loss_of(outputs, labels, reduction="none"), torch.stack(alone))


@pytest.mark.parametrize("text", ORACLES)
def test_sums_of_unequal_batches_divide_into_the_mean(
    text: str, batch: tuple[Tensor, Tensor, Tensor]
) -> None:
    outputs, labels, _ = batch
    loss_of = make(text, LOSSES, "loss")
    parts = [loss_of(outputs[s], labels[s], reduction="sum") for s in (slice(5), slice(5, 7))]
    torch.testing.assert_close(sum(parts) / 7, loss_of(outputs, labels))


@pytest.mark.parametrize("text", ORACLES)
def test_one_hot_rows_are_as_good_as_labels(
    text: str, batch: tuple[Tensor, Tensor, Tensor]
) -> None:
    outputs, labels, rows = batch
    loss_of = make(text, LOSSES, "loss")
    torch.testing.assert_close(loss_of(outputs, rows), loss_of(outputs, labels))


@pytest.mark.parametrize("text", ORACLES)
def test_a_step_down_the_gradient_makes_the_loss_smaller(
    text: str, batch: tuple[Tensor, Tensor, Tensor]
) -> None:
    outputs, labels, _ = batch
    loss_of = make(text, LOSSES, "loss")
    outputs.requires_grad_()
    loss = loss_of(outputs, labels)
    (gradient,) = torch.autograd.grad(loss, outputs)
    assert loss_of(outputs - 0.1 * gradient, labels) < loss


def test_cross_entropy_takes_rows_of_probabilities_as_the_notes_do() -> None:
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(6, 8, generator=generator)
    target = torch.randn(6, 8, generator=generator).softmax(dim=1)
    by_hand = -(target * outputs.log_softmax(dim=1)).sum() / 6
    torch.testing.assert_close(make("cross_entropy", LOSSES, "loss")(outputs, target), by_hand)


@pytest.mark.parametrize(
    ("p", "bits"), [([0.25] * 4, 2.0), ([0.1, 0.1, 0.1, 0.7], 1.3568)], ids=["even", "uneven"]
)
def test_cross_entropy_of_a_distribution_with_itself_is_its_entropy(
    p: list[float], bits: float
) -> None:
    row = torch.tensor([p])
    nats = make("cross_entropy", LOSSES, "loss")(row.log(), row).item()
    assert nats / math.log(2) == pytest.approx(bits, abs=5e-5)


def test_the_entropies_of_the_notes() -> None:
    rows = torch.tensor([[0.25] * 4, [0.1, 0.1, 0.1, 0.7], [0.001, 0.001, 0.001, 0.999]])
    bits = -(rows * rows.log2()).sum(dim=1)
    torch.testing.assert_close(bits, torch.tensor([2.0, 1.3568, 0.0313]), atol=5e-5, rtol=0)


def test_bce_stays_finite_where_a_probability_is_zero_in_floating_point() -> None:
    outputs = torch.tensor([[-200.0, 200.0]], requires_grad=True)
    loss = make("bce", LOSSES, "loss")(outputs, torch.tensor([0]))
    loss.backward()
    assert loss.item() == pytest.approx(200)
    assert outputs.grad is not None
    assert outputs.grad.isfinite().all()


@pytest.mark.parametrize(
    "text",
    [
        "cross_entropy:label_smoothing=1.5",
        "soft_cross_entropy:sure=2",
        "smooth_l1:beta=-1",
        "mse:beta=1",
    ],
)
def test_a_wrong_parameter_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(ChoiceError):
        parse(text, LOSSES, "loss")


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_says_what_it_compares(name: str) -> None:
    entry = LOSSES[name]
    assert all((entry.says, entry.source, entry.formula))
    assert "outputs" in entry.compares or "output" in entry.compares
