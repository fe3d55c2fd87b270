"""RECIPES: the runs of the source notes and four comparisons, each as the flags that make it.

A recipe only sets flags; any flag given beside it wins. What its source measured stands beside what
is measured here, at the end in the terminal and in the leaderboard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from trainers.tables.activations import ACTIVATIONS
from trainers.tables.inits import INITS, OWN
from trainers.tables.norms import NORMS


class Recipe(NamedTuple):
    """One recipe; `make()` gives its flags: field of RunConfig (or `device`) -> value.

    A list is a choice of several values, which makes a grid.
    """

    make: Callable[[], dict[str, Any]]
    says: str
    source: str
    published: Mapping[str, float] = {}
    """All figures of the source, by series name; accuracies in [0, 1], losses means per sample
    (of training the mean over the last epoch); empty where it has none."""


# What the notes' MLPs share: 784-200-200-10, plain SGD, batches of 200, ten passes, and the
# activation on the outputs too.
_NOTES_MLP: dict[str, Any] = {
    "dataset": ["mnist"],
    "lr": [0.01],
    "batch_size": [200],
    "epochs": 10,
    "output_activation": True,
}
_NOTES = "the source notes"
_INITS_OF_THE_NOTES = [
    "normal", "uniform", "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal",
]  # fmt: skip

RECIPES: dict[str, Recipe] = {
    "raw_tensors": Recipe(
        make=lambda: {
            **_NOTES_MLP,
            "model": ["mlp_tensors"],
            "activation": ["relu"],
            "init": ["kaiming_normal"],
        },
        says="the MLP from bare tensors, x @ w.t() + b, with ReLU on the outputs too",
        source=f"{_NOTES}, “7、神经网络的全连接”",
        # Printed as 0.0011: the sum of the batches' mean losses over the number of images, not of
        # batches. A batch has 200, so the mean loss is 200 times that.
        published={"test_accuracy": 0.9371, "test_loss": 0.22},
    ),
    "sequential": Recipe(
        make=lambda: {
            **_NOTES_MLP,
            "model": ["mlp"],
            "activation": ["relu"],
            "init": ["default"],
        },
        says="the same network from nn.Sequential, with PyTorch's own first weights",
        source=f"{_NOTES}, “网络定义的高阶用法”",
    ),
    "leaky_relu_gpu": Recipe(
        make=lambda: {
            **_NOTES_MLP,
            "model": ["mlp"],
            "activation": ["leaky_relu"],
            "init": ["default"],
            "device": "auto",
        },
        says="LeakyReLU instead of ReLU, on the GPU if there is one",
        source=f"{_NOTES}, “GPU加速”",
    ),
    "visdom": Recipe(
        make=lambda: {
            **_NOTES_MLP,
            "model": ["mlp"],
            "activation": ["leaky_relu"],
            "init": ["default"],
            "normalize": False,
        },
        says="the notes' example of Visdom: LeakyReLU, pixels left in [0, 1]",
        source=f"{_NOTES}, “visdom可视化”",
    ),
    "lenet": Recipe(
        make=lambda: {
            "dataset": ["fashion_mnist"],
            "model": ["lenet"],
            "activation": ["sigmoid"],
            "init": ["xavier_uniform"],
            "lr": [0.9],
            "batch_size": [256],
            "epochs": 10,
            "normalize": False,
        },
        says="LeNet-5 with sigmoids and average pooling on Fashion-MNIST, with learning rate 0.9",
        source="Zhang et al., Dive into Deep Learning (Chinese edition), section 6.6, which the "
        "notes follow",
        published={"test_accuracy": 0.779, "train_accuracy": 0.823, "train_loss": 0.469},
    ),
    "mixed": Recipe(
        make=lambda: {
            "dataset": ["mnist"],
            "model": ["mlp"],
            "activation": ["tanh+relu"],
            "init": ["xavier_normal+kaiming_normal+default"],
            "lr": [0.01],
            "batch_size": [200],
            "epochs": 10,
        },
        says="another activation and init for each layer: tanh with xavier, then relu with kaiming",
        source=f"{_NOTES}, “3.1 自定义模型” (3-4-4-2 there and not trained; 784-200-200-10 here)",
    ),
    "all_activations": Recipe(
        make=lambda: {"activation": list(ACTIVATIONS), "init": ["xavier_normal"], "epochs": 5},
        says="every activation on the same weights and batches",
        source="comparison",
    ),
    "all_inits": Recipe(
        make=lambda: {
            "activation": ["relu"],
            "init": [init for init in INITS if init != OWN],
            "epochs": 5,
        },
        says="every init with ReLU: which ones learn, which never do",
        source="comparison",
    ),
    "norms": Recipe(
        make=lambda: {
            "activation": ["relu"],
            "norm": list(NORMS),
            "init": ["kaiming_normal", "normal:std=1", "zeros"],
            "lr": [0.1],
            "epochs": 2,
        },
        says="every norm with a good init, one far too wide and one of zeros: which does it save?",
        source="comparison",
    ),
    "grid": Recipe(
        make=lambda: {
            "activation": ["sigmoid", "tanh", "relu", "leaky_relu", "selu", "softplus"],
            "init": _INITS_OF_THE_NOTES,
            "epochs": 5,
        },
        says="the notes' activations × the notes' random inits, 36 runs",
        source="comparison",
    ),
}
