"""The faster average pooling against PyTorch's own."""

import pytest
import torch
from torch import nn

from trainers.tables.pooling import AvgPool2d

SHAPES = [(3, 6, 28, 28), (2, 16, 10, 10), (1, 1, 4, 4), (2, 3, 7, 8), (2, 3, 6, 5)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (2, 1)])
def test_it_pools_and_passes_gradients_as_pytorch_does(
    shape: tuple[int, ...], size: int, stride: int
) -> None:
    torch.manual_seed(0)
    x = torch.randn(shape, requires_grad=True)
    ours, theirs = (pool(size, stride)(x) for pool in (AvgPool2d, nn.AvgPool2d))
    assert torch.equal(ours, theirs)
    weights = torch.randn_like(ours)
    torch.testing.assert_close(
        torch.autograd.grad((ours * weights).sum(), x),
        torch.autograd.grad((theirs * weights).sum(), x),
    )


def test_its_gradient_is_the_slope_of_what_it_computes() -> None:
    x = torch.randn(2, 2, 4, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(AvgPool2d(2), (x,))


def test_a_number_that_is_none_spoils_its_own_square_only() -> None:
    x = torch.zeros(1, 1, 4, 4)
    x[0, 0, 3, 3] = torch.nan
    assert AvgPool2d(2)(x).isnan().sum() == 1
