"""dashboard.record.images: the grid of test images, framed by right and wrong."""

import io

import numpy as np
import pytest
from PIL import Image

from dashboard.record.images import RIGHT_RGB, WRONG_RGB, grid_png, out_of_range


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_right_images_have_a_whole_green_frame_and_wrong_ones_a_broken_red_one() -> None:
    """Broken, for whoever does not tell red from green."""
    grid = pixels(grid_png(np.zeros((4, 8, 8), np.uint8), [0, 1, 2, 3], [0, 1, 2, 9]))
    cell = grid.shape[0] // 2
    right, wrong = grid[2, 2 : cell - 2], grid[cell + 2, cell + 2 : -2]
    assert {tuple(map(int, pixel)) for pixel in right} == {RIGHT_RGB}
    assert {tuple(map(int, pixel)) for pixel in wrong} == {WRONG_RGB, (255, 255, 255)}
    assert RIGHT_RGB[1] > RIGHT_RGB[0]
    assert WRONG_RGB[0] > WRONG_RGB[1]


def test_the_images_are_in_the_grid_in_order() -> None:
    images = np.zeros((4, 8, 8), np.uint8)
    images[1] = 200
    grid = pixels(grid_png(images, None, None))
    cell = grid.shape[0] // 2
    assert grid[cell // 2, cell // 2].tolist() == [0, 0, 0]
    assert grid[cell // 2, cell + cell // 2].tolist() == [200, 200, 200]


def test_floats_are_read_as_shares_of_white() -> None:
    grid = pixels(grid_png(np.full((1, 1, 8, 8), 0.5, np.float32), None, None))
    assert grid[8, 8].tolist() == [127, 127, 127]


def test_a_grey_is_shown_as_it_is_or_one_level_darker() -> None:
    greys = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    drawing = pixels(grid_png(greys, [1], [1]))[4:20, 4:20]
    assert (drawing == drawing[..., :1]).all()
    off = greys[0].astype(int) - drawing[..., 0]
    assert (off == 1).sum() == 3
    assert (off == 0).sum() == 253


@pytest.mark.parametrize("shape", [(0, 8, 8), (8, 8), (2, 5, 8, 8)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"must be \(N, H, W\)"):
        grid_png(np.zeros(shape, np.uint8), None, None)


def test_a_label_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="2 images need 2 labels, not 1"):
        grid_png(np.zeros((2, 8, 8), np.uint8), [1], [1, 2])


@pytest.mark.parametrize("channels_at", [1, 3])
def test_colour_images_keep_their_colours(channels_at: int) -> None:
    red = np.zeros((2, 4, 4, 3), np.uint8)
    red[..., 0] = 200
    png = grid_png(np.moveaxis(red, 3, channels_at), None, None)
    assert Image.open(io.BytesIO(png)).getpixel((6, 6)) == (200, 0, 0)


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (np.array([[[0, 255]]]), "pixels go from 0 to 255 and what lies beyond"),
        (np.array([[[-1.25, 0.5]]]), "pixels go from -1.25 to 0.5 "),
        (np.array([[[0.0, 1.0]]]), ""),
        (np.array([[[np.nan, 1.0]]]), ""),
        (np.array([[[0, 255]]], np.uint8), ""),
    ],
)
def test_numbers_that_are_no_pixels_are_named(images: np.ndarray, said: str) -> None:
    assert out_of_range(images).startswith(said)
    assert bool(out_of_range(images)) is bool(said)
