"""Draws a grid of small images as one PNG, framed by whether each was classified rightly.

Knows nothing of runs, windows or Visdom.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

RIGHT_RGB = (0, 150, 90)
WRONG_RGB = (213, 40, 40)
PLAIN_RGB = (205, 210, 218)
FRAME_PX = 2
GAP_PX = 2


def grid_png(
    images: np.ndarray, labels: Sequence[int] | None, predictions: Sequence[int] | None
) -> bytes:
    """The images as one PNG, row by row in a grid that is about square.

    images: (N, H, W) or (N, 1, H, W) grey, (N, 3, H, W) or (N, H, W, 3) red, green and blue; uint8
    in 0..255 or floats in [0, 1].
    labels, predictions: N integers, or None for frames without a judgement.
    Raises ValueError for another shape, for N == 0 and for lengths that differ.
    """
    pixels = _as_bytes(images)
    n, height, width, _ = pixels.shape
    for what, given in (("labels", labels), ("predictions", predictions)):
        if given is not None and len(given) != n:
            raise ValueError(f"{n} images need {n} {what}, not {len(given)}")
    columns = math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    edge = FRAME_PX + GAP_PX
    canvas = np.full((rows * (height + 2 * edge), columns * (width + 2 * edge), 3), 255, np.uint8)
    for i in range(n):
        top = (i // columns) * (height + 2 * edge) + GAP_PX
        left = (i % columns) * (width + 2 * edge) + GAP_PX
        frame = canvas[top : top + height + 2 * FRAME_PX, left : left + width + 2 * FRAME_PX]
        frame[:] = _frame_colour(labels, predictions, i)
        frame[FRAME_PX:-FRAME_PX, FRAME_PX:-FRAME_PX] = pixels[i]
    return _png(canvas)


def cut(sheet: np.ndarray, i: int, n: int) -> np.ndarray:
    """The i-th of the n images of a grid that `grid_png` drew, without its frame.

    sheet: the grid's pixels in grey, (H, W).
    """
    columns = math.ceil(math.sqrt(n))
    height, width = sheet.shape[0] // math.ceil(n / columns), sheet.shape[1] // columns
    top, left = (i // columns) * height, (i % columns) * width
    edge = FRAME_PX + GAP_PX
    return sheet[top + edge : top + height - edge, left + edge : left + width - edge]


def _frame_colour(
    labels: Sequence[int] | None, predictions: Sequence[int] | None, i: int
) -> tuple[int, int, int]:
    if labels is None or predictions is None:
        return PLAIN_RGB
    return RIGHT_RGB if labels[i] == predictions[i] else WRONG_RGB


def _as_bytes(images: np.ndarray) -> np.ndarray:
    """The images as (N, H, W, 1 or 3) uint8."""
    pixels = images[..., None] if images.ndim == 3 else images
    if pixels.ndim == 4 and pixels.shape[3] not in (1, 3):
        pixels = pixels.transpose(0, 2, 3, 1)
    if pixels.ndim != 4 or pixels.shape[3] not in (1, 3) or pixels.shape[0] == 0:
        raise ValueError(
            f"images must be (N, H, W), (N, 1, H, W) or (N, 3, H, W) with N > 0, not {images.shape}"
        )
    if pixels.dtype != np.uint8:
        pixels = (np.nan_to_num(pixels).clip(0, 1) * 255).astype(np.uint8)
    return pixels


def _png(canvas: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(canvas).save(out, "PNG", optimize=False, compress_level=6)
    return out.getvalue()
