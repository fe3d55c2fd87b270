"""Draws a grid of small images as one PNG, framed by whether each was classified rightly.

Knows nothing of runs, windows or Visdom.
"""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from dashboard.errors import UserError

RIGHT_RGB = (0, 150, 90)
WRONG_RGB = (213, 40, 40)
PLAIN_RGB = (205, 210, 218)
FRAME_PX = 2
GAP_PX = 2
DASH_PX = 4

FRAMES = {RIGHT_RGB: 1, WRONG_RGB: 3, PLAIN_RGB: 5}
"""Places of the frames' colours in the palette of a grid in grey; the other places are greys."""
PALETTE = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
PALETTE[list(FRAMES.values())] = list(FRAMES)
GREYS = np.arange(256, dtype=np.uint8)
GREYS[list(FRAMES.values())] -= 1  # three greys become one darker, which nobody can see


def grid_png(
    images: np.ndarray, labels: Sequence[int] | None, predictions: Sequence[int] | None
) -> bytes:
    """Draw the images as one PNG, row by row in a grid that is about square.

    images: (N, H, W) or (N, 1, H, W) grey, (N, 3, H, W) or (N, H, W, 3) red, green and blue; uint8
    in 0..255 or floats in [0, 1].
    labels, predictions: N integers, or None for frames without a judgement.
    Raises UserError for another shape, for N == 0 and for lengths that differ.
    """
    pixels = _as_bytes(images)
    n = len(pixels)
    for what, integers in (("labels", labels), ("predictions", predictions)):
        if integers is not None and len(integers) != n:
            raise UserError(f"{n} images need {n} {what}, not {len(integers)}")
    colours = _frame_colours(labels, predictions, n)
    dashes = np.array([colour == WRONG_RGB for colour in colours])
    if pixels.shape[3] == 3:
        return _png(Image.fromarray(_grid(pixels, np.array(colours, np.uint8), dashes)))
    # One byte a pixel takes a sixth of the time that three take: this is on the training's time.
    places = np.array([[FRAMES[colour]] for colour in colours], np.uint8)
    sheet = Image.fromarray(_grid(GREYS[pixels], places, dashes)[..., 0])
    sheet.putpalette(PALETTE.tobytes())
    return _png(sheet)


def _grid(pixels: np.ndarray, frames: np.ndarray, dashes: np.ndarray) -> np.ndarray:
    """The images (N, H, W, C), each in a frame of its colour (N, C), as one (rows, columns, C).

    dashes: (N,) whether a frame is dashed, for eyes that do not tell red from green.
    """
    n, height, width, channels = pixels.shape
    columns = math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    edge = FRAME_PX + GAP_PX
    cells = np.full((rows * columns, height + 2 * edge, width + 2 * edge, channels), 255, np.uint8)
    cells[:n, GAP_PX:-GAP_PX, GAP_PX:-GAP_PX] = frames[:, None, None]
    rows_px, columns_px = np.ogrid[: cells.shape[1], : cells.shape[2]]
    gaps = (rows_px // DASH_PX + columns_px // DASH_PX) % 2 == 0
    cells[:n][dashes[:, None, None] & gaps] = 255
    cells[:n, edge:-edge, edge:-edge] = pixels
    cells = cells.reshape(rows, columns, *cells.shape[1:]).swapaxes(1, 2)
    return cells.reshape(rows * cells.shape[1], -1, channels)


def cut(sheet: np.ndarray, i: int, n: int) -> np.ndarray:
    """Cut out the i-th of the n images of a grid that `grid_png` drew, without its frame.

    sheet: the grid's pixels, (H, W) in grey or (H, W, 3) in colour.
    """
    columns = math.ceil(math.sqrt(n))
    height, width = sheet.shape[0] // math.ceil(n / columns), sheet.shape[1] // columns
    top, left = (i // columns) * height, (i % columns) * width
    edge = FRAME_PX + GAP_PX
    return sheet[top + edge : top + height - edge, left + edge : left + width - edge]


def _frame_colours(
    labels: Sequence[int] | None, predictions: Sequence[int] | None, n: int
) -> list[tuple[int, int, int]]:
    if labels is None or predictions is None:
        return [PLAIN_RGB] * n
    both = zip(labels, predictions, strict=True)
    return [RIGHT_RGB if label == guess else WRONG_RGB for label, guess in both]


def out_of_range(images: np.ndarray) -> str:
    """What is wrong with the range of images that are not uint8, as a sentence; often nothing.

    They are shown all the same: what lies beyond is cut off.
    """
    if images.dtype == np.uint8 or images.size == 0:
        return ""
    low, high = float(np.nanmin(images)), float(np.nanmax(images))
    if low >= 0 and high <= 1:
        return ""
    return (
        f"pixels go from {low:.4g} to {high:.4g} and what lies beyond [0, 1] is cut off: "
        "give uint8 in 0..255, or floats in [0, 1]"
    )


def _as_bytes(images: np.ndarray) -> np.ndarray:
    """The images as (N, H, W, 1 or 3) uint8."""
    pixels = images[..., None] if images.ndim == 3 else images
    if pixels.ndim == 4 and pixels.shape[3] not in (1, 3):
        pixels = pixels.transpose(0, 2, 3, 1)
    if pixels.ndim != 4 or pixels.shape[3] not in (1, 3) or pixels.shape[0] == 0:
        raise UserError(
            f"images must be (N, H, W), (N, 1, H, W) or (N, 3, H, W) with N > 0, not {images.shape}"
        )
    if pixels.dtype != np.uint8:
        pixels = (np.nan_to_num(pixels).clip(0, 1) * 255).astype(np.uint8)
    return pixels


def _png(sheet: Image.Image) -> bytes:
    out = io.BytesIO()
    # Small images have hardly any repetitions but runs of one colour, which are found at once.
    sheet.save(out, "PNG", compress_type=zlib.Z_RLE)
    return out.getvalue()
