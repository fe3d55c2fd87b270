"""Regression, labels, tables and texts: trained, measured, recorded, kept and loaded again."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tests.support.memory import CPU, Memory, trained
from tests.support.small_data import SMALL, small
from tests.support.tables import restored
from trainers.config import RunConfig
from trainers.model_files import ModelFiles
from trainers.saved_model import load_run
from trainers.tables.datasets import Data
from trainers.tables.tasks import TASKS
from trainers.train import train

BASE = RunConfig(activation="relu", init="kaiming_normal", epochs=6, batch_size=50, lr=0.05)
LOSSES = {"numbers": "mse", "marks": "bce", "moods": "cross_entropy"}
RESULTS = {"numbers": "test_mae", "marks": "test_f1", "moods": "test_accuracy"}


@pytest.fixture(autouse=True)
def _only_here() -> Iterator[None]:
    with restored():
        yield


def config(name: str, **other: Any) -> RunConfig:
    return dataclasses.replace(BASE, dataset=name, loss=LOSSES[name], **other)


@pytest.mark.parametrize(("name", "enough"), [("numbers", 12.0), ("marks", 0.9), ("moods", 0.9)])
def test_a_run_of_each_task_learns_and_records_its_own_result(name: str, enough: float) -> None:
    data = small(name)
    memory = trained(config(name), data)
    result = memory.points[RESULTS[name]][-1][1]
    assert result <= enough if name == "numbers" else result >= enough
    others = set(RESULTS.values()) - {RESULTS[name]}
    assert not others & set(memory.points), "no result of another task"
    assert memory.points[RESULTS[name].replace("test", "train")]


def test_the_losses_of_a_regression_are_those_of_a_plain_torch_loop() -> None:
    data = small("numbers")
    memory = trained(config("numbers", hidden=(), epochs=1), data)
    torch.manual_seed(0)
    weight, bias = torch.empty(1, 3), torch.zeros(1)
    torch.nn.init.kaiming_normal_(weight)
    weight.requires_grad_(), bias.requires_grad_()
    optimizer = torch.optim.SGD([weight, bias], lr=0.05)
    losses = []
    for batch in torch.randperm(800, generator=torch.Generator().manual_seed(0)).split(50):
        loss = F.mse_loss(F.linear(data.train_x[batch], weight, bias), data.train_y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    recorded = [value for _, value in memory.points["train_loss"]]
    torch.testing.assert_close(torch.tensor(recorded), torch.tensor(losses), rtol=1e-5, atol=1e-6)


def test_the_error_and_what_is_explained_are_in_the_targets_own_units() -> None:
    data = small("numbers")
    memory = trained(config("numbers"), data)
    rows = memory.media["truth"][-1][1]
    true, said = np.array(rows["true"])[:, 0], np.array(rows["said"])[:, 0]
    assert 150 < true.mean() < 250
    mae, r2 = memory.points["test_mae"][-1][1], memory.points["test_r2"][-1][1]
    assert mae == pytest.approx(np.abs(true - said).mean(), rel=1e-4)
    left = np.square(true - said).sum() / np.square(true - true.mean()).sum()
    assert r2 == pytest.approx(1 - left, abs=1e-4)


def test_f1_is_that_of_all_labels_together() -> None:
    outputs = torch.tensor([[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]])
    targets = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    task = TASKS["labels"]
    sums = task.tally(outputs, targets, torch.ones(1)).tolist()
    assert task.value(sums, 2) == pytest.approx(2 * 2 / (3 + 3))  # said 3, true 3, 2 of them both
    assert task.value([0, 0], 2) == 1.0
    halves = sum(
        task.tally(outputs[i : i + 1], targets[i : i + 1], torch.ones(1)) for i in range(2)
    )
    assert torch.as_tensor(halves).tolist() == sums


def test_a_constant_target_has_no_share_explained() -> None:
    assert TASKS["regression"].more(torch.zeros(3, 1), torch.ones(3, 1)) == {}


def test_of_labels_it_is_counted_how_each_is_told_and_which_images_are_wholly_right() -> None:
    memory = trained(config("marks"), small("marks"))
    rows, counts = memory.media["truth"][-1][1], memory.media["label_counts"][-1][1]
    assert len(counts) == 3
    right = [int(t == s) for t, s in zip(rows["true"], rows["said"], strict=True)]
    images, ones, judged, _ = memory.media["x"][-1][1]
    assert (images.shape, ones, judged) == ((64, 3, 12, 12), [1] * 64, right)


def test_of_texts_the_texts_are_recorded_with_what_is_said_of_them() -> None:
    memory = trained(config("moods"), small("moods"))
    texts, rows = memory.media["texts"][0][1], memory.media["truth"][-1][1]
    assert texts[0] == SMALL["moods"](None)[2][0]
    assert rows["names"] == ["glad", "sad"]
    assert len(rows["true"]) == len(rows["said"]) == len(texts) == 32
    assert "x" not in memory.media
    assert np.sum(memory.media["confusion"][-1][1]) == 100


def test_nothing_is_said_of_classes_where_there_are_none() -> None:
    memory = trained(config("numbers", epochs=30, lr=0.01), small("numbers"))
    silent = ("label_growth", "gradient_agreement", "trial", "early", "accuracy")
    assert not [name for name in memory.points if any(word in name for word in silent)]
    assert memory.points["signal/constant_loss/all"]


def test_theory_says_nothing_of_the_spread_that_texts_give() -> None:
    memory = trained(config("moods", epochs=1), small("moods"))
    assert not [name for name in memory.points if "expected_std" in name]
    assert memory.points["signal/preactivation_std/fc1"]


def test_the_bag_of_words_counts_what_is_no_padding() -> None:
    from trainers.tables.bag_of_words import TokenCounts

    rows = TokenCounts(4)(torch.tensor([[1, 3, 3, 0], [0, 0, 0, 0]]))
    torch.testing.assert_close(rows[0], torch.tensor([0.0, 1.0, 0.0, 2.0]) / (5 / 4) ** 0.5)
    assert rows[1].tolist() == [0] * 4


@pytest.mark.parametrize("name", SMALL)
def test_the_model_that_is_kept_says_the_same_of_the_same_samples(
    name: str, tmp_path: Path
) -> None:
    data, settings = small(name), config(name)
    memory = Memory()
    train(settings, data, CPU, memory, models=ModelFiles(tmp_path, "r", settings))
    samples = SMALL[name](None)[2]
    run = load_run(tmp_path, "r", "last")
    said = run.predict(samples)
    rows = memory.media["truth"][-1][1]["said"]
    torch.testing.assert_close(
        said[: len(rows)].float(), torch.tensor(rows).float(), rtol=1e-4, atol=1e-3
    )
    assert run.result == memory.points[RESULTS[name]][-1][1]
    assert np.isnan(run.test_accuracy) == (name != "moods")


def test_the_best_model_of_a_regression_is_that_with_the_lowest_error(tmp_path: Path) -> None:
    small("numbers")
    files = ModelFiles(tmp_path, "r", config("numbers"))
    weights = {"w": torch.zeros(1)}
    for step, mae in ((1, 5.0), (2, 3.0), (3, 4.0)):
        kept = {each["file"]: each for each in files.keep(step, mae, 0.1, weights)}
    assert kept["best.pt"]["test_mae"] == 3.0
    later = ModelFiles(tmp_path, "r", config("numbers"))
    later.resume(3)
    assert later.is_better(2.0, 0.1)
    assert not later.is_better(3.5, 0.1)


def test_plain_numbers_are_left_as_they_are_where_nothing_is_normalised() -> None:
    small("numbers")
    from trainers.tables.datasets import load

    plain = load("numbers", normalize=False)
    assert plain.train_y.mean().item() == pytest.approx(200, abs=10)
    assert plain.scale.tolist() == [1.0]
    again: Data = load("numbers")
    assert again.train_y.mean().item() == pytest.approx(0, abs=1e-5), "what was read is unchanged"


def test_a_fork_cannot_take_a_loss_that_is_for_another_task(tmp_path: Path) -> None:
    from trainers.fork import _check
    from trainers.tables.choice import ChoiceError

    small("numbers")
    with pytest.raises(ChoiceError, match="loss cross_entropy is for classes, and the targets of"):
        _check(dataclasses.replace(config("numbers"), loss="cross_entropy"))
    _check(dataclasses.replace(config("numbers"), loss="mae"))
