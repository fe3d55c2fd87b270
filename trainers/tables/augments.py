"""AUGMENTS: how training images are changed a little each time they are seen, one entry each.

Each is a function of images and of numbers that were drawn for them; it draws none itself. Which
numbers an image has in an epoch follows from the run's seed, the epoch and the image's place in the
set alone: not from the batches, the device, or whether the run was paused on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from dashboard.errors import UserError
from trainers.tables.choice import make_choice, parse_layers

if TYPE_CHECKING:
    import torch
    import torch.nn.functional as F
    from torch import Tensor
else:
    from trainers.tables.late import F, torch

NONE = "none"
DRAWN = 2
"""Numbers in [0, 1) that are drawn for an image by each of them."""
MIX = 0x9E3779B97F4A7C15  # so that no run's numbers are those of another one's batches
LARGEST_PAD = 64

Change = Callable[["Tensor", "Tensor"], "Tensor"]
"""Called with images (N, C, H, W) and their numbers (N, DRAWN), both on one device."""


class Augment(NamedTuple):
    """One change; `make(**params)` gives the function."""

    make: Callable[..., Change]
    says: str
    source: str


def _crop(pad: int = 4) -> Change:
    if not 1 <= pad <= LARGEST_PAD:
        raise UserError(f"pad must lie in 1 .. {LARGEST_PAD}")

    def crop(images: Tensor, numbers: Tensor) -> Tensor:
        n, _, height, width = images.shape
        # 0 is the mean colour of images that are normalised, else black.
        padded_images = F.pad(images, (pad, pad, pad, pad))
        tops, lefts = (numbers * (2 * pad + 1)).long().unbind(1)
        rows = tops[:, None] + torch.arange(height, device=images.device)
        columns = lefts[:, None] + torch.arange(width, device=images.device)
        places = torch.arange(n, device=images.device)[:, None, None]
        crops = padded_images.movedim(1, -1)[places, rows[:, :, None], columns[:, None, :]]
        return crops.movedim(-1, 1).contiguous()

    return crop


def _flip() -> Change:
    def flip(images: Tensor, numbers: Tensor) -> Tensor:
        return torch.where((numbers[:, 0] < 0.5)[:, None, None, None], images.flip(3), images)

    return flip


AUGMENTS: dict[str, Augment] = {
    "crop": Augment(
        make=_crop,
        says="shifted by up to `pad` pixels each way, what comes in from outside being 0",
        source="Krizhevsky 2009; as in He et al. 2015, Deep residual learning, arXiv 1512.03385",
    ),
    "flip": Augment(
        make=_flip,
        says="every other image is mirrored, left for right",
        source="Krizhevsky, Sutskever & Hinton 2012, ImageNet classification with deep "
        "convolutional neural networks",
    ),
}


def check_augment(text: str, input_shape: tuple[int, ...]) -> None:
    """Raise UserError where the text names no changes, or the samples are no images."""
    if text == NONE:
        return
    parse_layers(text, AUGMENTS, "augment")
    if len(input_shape) != 3:
        raise UserError(f"--augment {text} is for images, and these samples are none")


class Augmenter:
    """The changes of one run, `crop+flip`, for its training images (N, C, H, W)."""

    def __init__(self, text: str, seed: int, train_x: Tensor) -> None:
        choices = () if text == NONE else parse_layers(text, AUGMENTS, "augment")
        self._changes: list[Change] = [make_choice(c, AUGMENTS, "augment") for c in choices]
        self._seed, self._n, self._device = seed, len(train_x), train_x.device
        self._numbers = torch.empty(0)

    def begin(self, epoch: int) -> None:
        """Draw the epoch's numbers; epoch: from 1."""
        if self._changes:
            seed = (self._seed * MIX + epoch) % 2**63
            numbers = torch.rand(
                self._n, len(self._changes), DRAWN, generator=torch.Generator().manual_seed(seed)
            )
            self._numbers = numbers.to(self._device)

    def __call__(self, images: Tensor, places: Tensor) -> Tensor:
        """The images (N, C, H, W), whose places in the training set are given, as they are seen."""
        for i, change in enumerate(self._changes):
            images = change(images, self._numbers[places, i])
        return images
