"""trainers.tables.augments: images are shifted and mirrored, the same ones each time."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from tests.support.memory import CPU, QUICK, Memory, trained
from trainers.checkpoint import Checkpoint
from trainers.stack.grouping import can_stack
from trainers.tables.augments import AUGMENTS, Augmenter
from trainers.tables.choice import ChoiceError, make
from trainers.tables.datasets import Data
from trainers.train import train

IMAGES = torch.arange(2 * 3 * 6 * 5).reshape(2, 3, 6, 5).float() + 1
BOTH = replace(QUICK, augment="crop+flip", epochs=3)


def test_a_crop_is_that_of_a_padded_image() -> None:
    drawn = torch.tensor([[0.0, 0.99], [0.5, 0.2]])  # of 5 places each: 0 and 4, 2 and 1
    crops = make("crop:pad=2", AUGMENTS, "augment")(IMAGES, drawn)
    padded = F.pad(IMAGES, (2, 2, 2, 2))
    assert torch.equal(crops[0], padded[0, :, 0:6, 4:9])
    assert torch.equal(crops[1], padded[1, :, 2:8, 1:6])


def test_every_other_image_is_mirrored() -> None:
    flipped = make("flip", AUGMENTS, "augment")(IMAGES, torch.tensor([[0.4, 0.0], [0.6, 0.0]]))
    assert torch.equal(flipped[0], IMAGES[0].flip(2))
    assert torch.equal(flipped[1], IMAGES[1])


def test_what_is_drawn_follows_from_seed_epoch_and_place_alone() -> None:
    images = torch.rand(40, 3, 8, 8)

    def seen(seed: int, epoch: int, batches: list[int]) -> torch.Tensor:
        augment = Augmenter("crop+flip", seed, images)
        augment.begin(epoch)
        places = torch.arange(40).split(batches)
        return torch.cat([augment(images[place], place) for place in places])

    first = seen(0, 1, [40])
    assert torch.equal(first, seen(0, 1, [7, 13, 20]))
    assert not torch.equal(first, seen(0, 2, [40]))
    assert not torch.equal(first, seen(1, 1, [40]))
    assert not torch.equal(first, images)


def test_without_any_an_image_is_the_same_tensor() -> None:
    augment = Augmenter("none", 0, IMAGES)
    augment.begin(1)
    assert augment(IMAGES, torch.arange(2)) is IMAGES


def test_a_run_that_goes_on_from_its_checkpoint_sees_the_same_images(
    tmp_path: Path, small_mnist: Data
) -> None:
    whole = trained(BOTH, small_mnist)
    parts = [Memory(), Memory()]
    for memory, until in zip(parts, (2, 0), strict=True):
        train(BOTH, small_mnist, CPU, memory, checkpoint=Checkpoint(tmp_path, "r", BOTH),
              until_epoch=until)  # fmt: skip
    assert whole.points["train_loss"] == [
        *parts[0].points["train_loss"], *parts[1].points["train_loss"],
    ]  # fmt: skip
    assert (
        whole.points["train_loss"]
        != trained(replace(BOTH, augment="none"), small_mnist).points["train_loss"]
    )


def test_runs_with_augmented_images_are_trained_one_by_one() -> None:
    assert can_stack(QUICK)
    assert not can_stack(BOTH)


def test_a_pad_that_is_none_is_refused() -> None:
    with pytest.raises(ChoiceError, match="augment crop:pad=0: pad must lie in 1"):
        make("crop:pad=0", AUGMENTS, "augment")


def test_every_change_says_what_it_is_and_whose_it_is() -> None:
    assert all(entry.says and entry.source for entry in AUGMENTS.values())
