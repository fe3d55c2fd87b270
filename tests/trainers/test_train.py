"""trainers.train: the loop computes what plain torch computes, and records it."""

import dataclasses
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from tests.support.memory import CPU, QUICK, Memory, trained
from trainers.answers import confusion
from trainers.build import build_for
from trainers.evaluate import evaluate
from trainers.tables.datasets import Data
from trainers.tape import Diverged, LossTape, Stopped
from trainers.train import is_point, train


def test_the_losses_are_those_of_a_plain_torch_loop(small_mnist: Data) -> None:
    memory = trained(QUICK, small_mnist)

    torch.manual_seed(QUICK.seed)
    layers = [nn.Linear(784, 200), nn.Linear(200, 200), nn.Linear(200, 10)]
    torch.manual_seed(QUICK.seed)
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)
    model = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    optimizer = torch.optim.SGD(model.parameters(), lr=QUICK.lr)
    order = torch.Generator().manual_seed(QUICK.seed)
    losses = []
    for _ in range(QUICK.epochs):
        for batch in torch.randperm(1000, generator=order).split(QUICK.batch_size):
            loss = F.cross_entropy(
                model(small_mnist.train_x[batch].flatten(1)), small_mnist.train_y[batch]
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    steps, recorded = zip(*memory.points["train_loss"], strict=True)
    assert steps == tuple(range(1, 21))
    torch.testing.assert_close(torch.tensor(recorded), torch.tensor(losses), rtol=1e-5, atol=1e-7)


def test_the_same_config_gives_the_same_numbers_bit_for_bit(small_mnist: Data) -> None:
    config = dataclasses.replace(QUICK, dropout=(0.5,), activation="tanh")
    assert trained(config, small_mnist).points == trained(config, small_mnist).points


def test_another_seed_gives_other_numbers(small_mnist: Data) -> None:
    other = dataclasses.replace(QUICK, seed=1)
    assert trained(QUICK, small_mnist).points != trained(other, small_mnist).points


def test_a_last_batch_that_is_smaller_is_trained_too(small_mnist: Data) -> None:
    memory = trained(dataclasses.replace(QUICK, batch_size=300, epochs=1), small_mnist)
    assert memory.steps_per_epoch == memory.total_steps == 4
    assert len(memory.points["train_loss"]) == 4


def test_evaluations_come_at_the_start_and_after_each_epoch(small_mnist: Data) -> None:
    memory = trained(QUICK, small_mnist)
    assert [step for step, _ in memory.points["test_accuracy"]] == [0, 10, 20]
    assert [step for step, _ in memory.media["x"]] == [0, 10, 20]


@pytest.mark.parametrize("eval_every", [0, 7])
def test_the_probe_is_looked_at_after_2_5_and_10_percent(
    eval_every: int, small_mnist: Data
) -> None:
    """Also where an evaluation falls on the same step."""
    config = dataclasses.replace(QUICK, epochs=10, batch_size=100, eval_every=eval_every)
    memory = trained(config, small_mnist)
    assert memory.total_steps == 100
    for series in ("signal/early_accuracy/all", "signal/early_loss/all"):
        assert [step for step, _ in memory.points[series]] == [2, 5, 10]


def test_eval_every_gives_evaluations_between(small_mnist: Data) -> None:
    memory = trained(dataclasses.replace(QUICK, eval_every=3, epochs=1), small_mnist)
    assert [step for step, _ in memory.points["test_loss"]] == [0, 3, 6, 9, 10]


@pytest.mark.parametrize("batch_size", [1, 7, 500, 1000])
def test_the_test_loss_is_a_true_mean_per_sample(small_mnist: Data, batch_size: int) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))

    def loss_of(logits: torch.Tensor, y: torch.Tensor, reduction: str = "mean") -> torch.Tensor:
        return F.cross_entropy(logits, y, reduction=reduction)

    score = evaluate(model, loss_of, small_mnist, batch_size)
    with torch.no_grad():
        logits = model(small_mnist.test_x)
    assert score.loss == pytest.approx(F.cross_entropy(logits, small_mnist.test_y).item(), rel=1e-5)
    right = int((logits.argmax(1) == small_mnist.test_y).sum())
    assert score.result == right / 500


def test_the_train_accuracy_is_the_share_right_so_far_in_the_epoch(small_mnist: Data) -> None:
    memory = trained(dataclasses.replace(QUICK, lr=1e-9, epochs=1), small_mnist)
    points = memory.points["train_accuracy"]
    assert [step for step, _ in points] == [2, 4, 6, 8, 10]
    # At this rate nothing is learnt: what is right is right with the first weights.
    torch.manual_seed(QUICK.seed)
    model = build_for(QUICK)
    batches = torch.randperm(1000, generator=torch.Generator().manual_seed(QUICK.seed))
    right = model(small_mnist.train_x[batches]).argmax(1) == small_mnist.train_y[batches]
    for step, value in points:
        assert value == right[: step * QUICK.batch_size].double().mean().item()


def test_a_run_whose_loss_explodes_is_diverged_at_that_step(small_mnist: Data) -> None:
    memory = Memory()
    with pytest.raises(Diverged) as caught:
        train(dataclasses.replace(QUICK, lr=1e4, epochs=50), small_mnist, CPU, memory)
    losses = memory.points["train_loss"]
    assert losses[-1][0] == caught.value.step
    assert not math.isfinite(losses[-1][1])
    assert all(math.isfinite(value) for _, value in losses[:-1])


def test_a_run_stops_when_it_is_told(small_mnist: Data) -> None:
    looks = iter([False, False, True])
    with pytest.raises(Stopped):
        train(
            dataclasses.replace(QUICK, epochs=500), small_mnist, CPU, Memory(), lambda: next(looks)
        )


@pytest.mark.parametrize(
    ("of", "points", "chosen"),
    [
        (300, 5, [60, 120, 180, 240, 300]),
        (236, 5, [47, 94, 141, 188, 235, 236]),
        (10, 3, [3, 6, 9, 10]),
        (9, 5, list(range(1, 10))),
        (3, 5, [1, 2, 3]),
        (1, 5, [1]),
    ],
)
def test_points_are_evenly_spaced_and_end_with_the_last_step(
    of: int, points: int, chosen: list[int]
) -> None:
    assert [i for i in range(1, of + 1) if is_point(i, of, points)] == chosen


def test_a_loss_does_not_wait_for_the_step_after_it() -> None:
    memory = Memory()
    tape = LossTape(memory, lambda: False)
    for step in range(1, 4):
        tape.add(torch.tensor(float(step)))
        assert memory.points["train_loss"][-1] == (step, float(step))


def test_what_is_taken_for_what_is_counted_at_every_evaluation(small_mnist: Data) -> None:
    memory = trained(QUICK, small_mnist)
    assert [step for step, _ in memory.media["confusion"]] == [0, 10, 20]
    there = torch.bincount(small_mnist.test_y, minlength=10).tolist()
    accuracies = dict(memory.points["test_accuracy"])
    for step, counts in memory.media["confusion"]:
        assert [sum(row) for row in counts] == there
        assert sum(counts[i][i] for i in range(10)) == round(500 * accuracies[step])


def test_confusion_counts_labels_by_row_and_predictions_by_column() -> None:
    counts = confusion(torch.tensor([1, 1, 0, 2]), torch.tensor([0, 0, 0, 1]), 3)
    assert counts == [[1, 2, 0], [0, 0, 1], [0, 0, 0]]


def test_what_is_taken_for_what_of_very_many_classes_is_not_counted(
    small_mnist: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainers.answers.MOST_CLASSES", 9)
    assert "confusion" not in trained(QUICK, small_mnist).media
