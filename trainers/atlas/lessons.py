"""Computes the notes' remarks that an example shows best: why accuracy is no loss, how large a
convolution's output is, what `apply` fills, what `parameters()` gives, what dropout refuses.

Each is computed here, so that what is shown is what PyTorch does.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

IMAGES, CLASSES = 100, 10
RIGHT = 32
"""The notes' 32 of 100 images: a little more or less of a weight, and it is still 32, or 33."""
REACH, POINTS = 0.25, 501
LENET_LAYERS: tuple[tuple[str, nn.Module], ...] = (
    ("conv1", nn.Conv2d(1, 6, kernel_size=5, padding=2)),
    ("pool1", nn.AvgPool2d(kernel_size=2, stride=2)),
    ("conv2", nn.Conv2d(6, 16, kernel_size=5)),
    ("pool2", nn.AvgPool2d(kernel_size=2, stride=2)),
)
BIAS = 0.1  # of the notes' init by `apply`


def accuracy_is_no_loss() -> dict[str, Any]:
    """Accuracy and cross-entropy of 100 images while one weight moves.

    weight (N,), accuracy (N,) in [0, 1] and loss (N,); the accuracy is RIGHT / IMAGES where the
    weight is 0.
    """
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(IMAGES, CLASSES, generator=generator, dtype=torch.float64)
    direction = torch.randn(IMAGES, CLASSES, generator=generator, dtype=torch.float64)
    labels = outputs.argmax(1)
    labels[RIGHT:] = (labels[RIGHT:] + 1) % CLASSES  # so that RIGHT of them are right
    weights = torch.linspace(-REACH, REACH, POINTS, dtype=torch.float64)
    rows = [outputs + weight * direction for weight in weights]
    right = torch.stack([(row.argmax(1) == labels).double().mean() for row in rows])
    loss = torch.stack([F.cross_entropy(row, labels) for row in rows])
    return {"weight": weights.numpy(), "accuracy": right.numpy(), "loss": loss.numpy()}


def convolution() -> dict[str, Any]:
    """A 3×3 convolution by hand, and the sizes in LeNet: rows of (layer, n, k, p, s, output)."""
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    w = torch.tensor([[1.0, 0.0, -1.0]] * 3).reshape(1, 1, 3, 3)
    z = F.conv2d(x, w)
    by_hand = (x[0, 0, :3, :3] * w[0, 0]).sum()
    if z[0, 0, 0, 0] != by_hand:
        raise ArithmeticError("a convolution is not the sum of products that it is said to be")
    rows, images = [], torch.zeros(1, 1, 28, 28)
    for name, layer in LENET_LAYERS:
        n = images.shape[-1]
        images = layer(images)
        k, p, s = (_one(getattr(layer, what)) for what in ("kernel_size", "padding", "stride"))
        rows.append((name, n, k, p, s, images.shape[-1]))
    return {"x": x[0, 0].tolist(), "w": w[0, 0].tolist(), "z": z[0, 0].tolist(), "sizes": rows}


def _one(value: int | tuple[int, ...]) -> int:
    return value if isinstance(value, int) else value[0]


def apply() -> dict[str, Any]:
    """The notes' init by `apply`: the std of the weights and the biases of each layer after it."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))

    def init_params(layer: nn.Module) -> None:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.constant_(layer.bias, BIAS)

    model.apply(init_params)
    return {
        "bias": BIAS,
        "layers": [
            (name, list(layer.weight.shape), layer.weight.std().item(), layer.bias.tolist())
            for name, layer in model.named_children()
            if isinstance(layer, nn.Linear)
        ],
    }


def parameters() -> list[tuple[str, list[int], str]]:
    """What `named_parameters()` gives of the notes' Linear(5, 3): (name, shape, values)."""
    model = nn.Sequential()
    model.add_module("linear", nn.Linear(5, 3))
    with torch.no_grad():
        model.get_parameter("linear.weight").copy_(torch.arange(1, 16).reshape(5, 3).t() / 10)
        model.get_parameter("linear.bias").copy_(torch.tensor([1.0, 2.0, 3.0]))
    return [(name, list(p.shape), _printed(p)) for name, p in model.named_parameters()]


def _printed(p: Tensor) -> str:
    return str(p.detach())


def dropout_of_whole_numbers() -> dict[str, str]:
    """What nn.Dropout says of whole numbers, and what it gives of the same ones as floats."""
    x = torch.arange(1, 11)
    torch.manual_seed(0)
    try:
        nn.Dropout(0.5)(x)
        error = ""
    except RuntimeError as why:
        error = str(why).splitlines()[0]
    return {"x": str(x), "error": error, "floats": str(nn.Dropout(0.5)(x.float()))}
