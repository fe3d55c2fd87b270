"""What tests of the tables share: a few real pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from torch import Tensor

    from trainers.tables.datasets import Data


@pytest.fixture(scope="session")
def digits(mnist: Data) -> Tensor:
    """32 real test pictures (32, 1, 28, 28), normalised."""
    return mnist.test_x[:32]
