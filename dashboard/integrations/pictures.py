"""Turns images as other libraries give them into what a Recorder takes: (N, H, W) or (N, H, W, 3).

Arrays, tensors, images of PIL, figures of matplotlib; none of these libraries is imported. Scales
nothing: what lies beyond [0, 1] is said by the Recorder.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from dashboard.errors import UserError
from dashboard.record.validation import pixels_of

AXES = "NHWC"


def as_images(images: Any) -> np.ndarray:
    """Images of one size, in a list or an array, without an axis order that is told.

    Of three axes the first is the colours where it has 1 or 3, or 4 and the last has neither.
    Raises UserError for images of several sizes or of no shape.
    """
    arrays = [_with_axes(np.asarray(pixels_of(image))) for image in images]
    if len({array.shape for array in arrays}) != 1:
        sizes = sorted({"×".join(map(str, array.shape[:2])) for array in arrays})
        raise UserError(f"images of one grid must have one size, not {' and '.join(sizes) or 0}")
    return without_alpha(np.stack(arrays))


def ordered(images: Any, axes: str) -> np.ndarray:
    """Images whose axes are named, as "NCHW" or "HW", as (N, H, W, C).

    Raises UserError for names that do not fit.
    """
    array, axes = np.asarray(pixels_of(images)), axes.upper()
    letters = sorted(axes)
    if len(set(axes)) != len(axes) or set(axes) - set(AXES) or not {"H", "W"} <= set(letters):
        raise UserError(f"dataformats must be made of N, C, H and W, as in NCHW, not {axes!r}")
    if array.ndim != len(axes):
        raise UserError(f"images in the order {axes} have {len(axes)} axes, not {array.ndim}")
    for axis in set(AXES) - set(axes):
        array, axes = array[None], axis + axes
    return without_alpha(array.transpose([axes.index(axis) for axis in AXES]))


def figure_image(figure: Any) -> np.ndarray:
    """A figure of matplotlib as one image (1, H, W, 3)."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return np.asarray(Image.open(file).convert("RGB"))[None]


def side_by_side(images: Sequence[np.ndarray]) -> np.ndarray:
    """Several (1, H, W, 3) as one, on white."""
    height = max(image.shape[1] for image in images)
    space = [((0, 0), (0, height - image.shape[1]), (0, 0), (0, 0)) for image in images]
    panels = [np.pad(im, pad, constant_values=255) for im, pad in zip(images, space, strict=True)]
    return np.concatenate(panels, 2)


def without_alpha(images: np.ndarray) -> np.ndarray:
    """(N, H, W, C) with 1 or 3 colours; grey with alpha, and colours with it, lose that."""
    return images[..., : {2: 1, 4: 3}.get(images.shape[-1], images.shape[-1])]


def _with_axes(image: np.ndarray) -> np.ndarray:
    """(H, W, C) of one image."""
    if image.ndim == 2:
        return image[..., None]
    if image.ndim != 3:
        raise UserError(f"an image must be (H, W), (C, H, W) or (H, W, C), not {image.shape}")
    first, last = image.shape[0], image.shape[2]
    by_first = first in (1, 3) or (first == 4 and last not in (1, 3))
    return image.transpose(1, 2, 0) if by_first else image
