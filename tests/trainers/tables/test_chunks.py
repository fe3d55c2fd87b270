"""trainers.tables.chunks: numbers of large arrays, piece by piece, as numpy gives them of all."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from trainers.tables import chunks
from trainers.tables.chunks import extremes, mean_and_std

DRAW = np.random.default_rng(0)
ARRAYS: dict[str, NDArray[Any]] = {
    "grey": DRAW.integers(0, 256, (50, 6, 5), dtype=np.uint8),
    "colour": DRAW.integers(0, 256, (50, 3, 6, 5), dtype=np.uint8),
    "turned": DRAW.integers(0, 256, (50, 6, 5, 3), dtype=np.uint8).transpose(0, 3, 1, 2),
    "features": DRAW.normal(5, 2, (50, 4)),
    "maps": DRAW.normal(-1, 3, (50, 2, 3, 3)).astype(np.float32),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_mean_and_spread_in_pieces_are_those_of_the_whole(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = ARRAYS[name]
    x = (array / 255 if array.dtype == np.uint8 else array).reshape(50, -1, *array.shape[2:])
    if name == "grey":
        x = array[:, None] / 255
    axes = (0, *range(2, x.ndim))
    monkeypatch.setattr(chunks, "NUMBERS", 150)
    assert len(list(chunks.chunks(array))) > 1
    mean, std = mean_and_std(array)
    assert mean == pytest.approx(x.mean(axes).tolist(), rel=1e-6)
    assert std == pytest.approx(x.std(axes).tolist(), rel=1e-6)
    assert extremes(array) == (array.min(), array.max())


def test_what_does_not_vary_is_divided_by_one() -> None:
    constant = np.stack([np.full(1000, 0.1), np.full(1000, 3.0)], 1)
    assert mean_and_std(constant)[1] == (1.0, 1.0)
