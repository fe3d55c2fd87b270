"""trainers.tables.uncompiled: the numbers are PyTorch's own, and its compiler stays away."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn, optim

from tests.support.scripts import Script
from trainers.tables import uncompiled
from trainers.tables.optimizers import OPTIMIZERS

KINDS: dict[str, dict[str, object]] = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    "Adam": {"lr": 0.1},
    "AdamW": {"lr": 0.1},
    "NAdam": {"lr": 0.1},
    "RAdam": {"lr": 0.1},
    "Adamax": {"lr": 0.1},
    "RMSprop": {"lr": 0.1, "momentum": 0.9, "centered": True},
    "Adagrad": {"lr": 0.1},
    "Adadelta": {"lr": 1.0},
    "LBFGS": {"max_iter": 3, "line_search_fn": "strong_wolfe"},
}
TRAINING = f"""
import sys
import torch
from trainers.config import RunConfig
from trainers.tables.datasets import Data
from trainers.train import train
from tests.trainers.tables.test_uncompiled import Unrecorded

x, y = torch.rand(40, 1, 28, 28), torch.arange(40) % 10
data = Data("few", [str(i) for i in range(10)], x, y, x, y, x[:, 0].mul(255).byte())
for optimizer in {list(OPTIMIZERS)}:
    config = RunConfig(epochs=2, batch_size=20, hidden=(8,), optimizer=optimizer, norm="batch",
                       schedule="cosine", clip_norm=1.0)
    train(config, data, torch.device("cpu"), Unrecorded())
assert "torch._dynamo" not in sys.modules
"""


class Unrecorded:
    """A recording that keeps nothing."""

    def __getattr__(self, name: str) -> object:
        return lambda *arguments, **named: True


def walk(kind: type[optim.Optimizer], **parameters: object) -> tuple[Tensor, object]:
    """Where the optimiser comes to in five steps, the last two after its state was restored."""
    w = nn.Parameter(torch.tensor([1.0, -2.0, 3.0]))
    optimizer = kind([w], **parameters)  # type: ignore[arg-type]

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = (w**4).sum()
        value.backward()
        return value

    for _ in range(3):
        optimizer.step(loss)  # type: ignore[arg-type]
    state = optimizer.state_dict()
    optimizer = kind([w], **parameters)  # type: ignore[arg-type]
    optimizer.load_state_dict(state)
    for _ in range(2):
        optimizer.step(loss)  # type: ignore[arg-type]
    return w.detach(), optimizer.state_dict()["state"]


@pytest.mark.parametrize("name", KINDS)
def test_the_numbers_are_those_of_pytorchs_own_bit_for_bit(name: str) -> None:
    ours = walk(getattr(uncompiled, name), **KINDS[name])
    torch.testing.assert_close(ours, walk(getattr(optim, name), **KINDS[name]), rtol=0, atol=0)


@pytest.mark.processes
def test_a_training_loads_no_compiler(tmp_path: Path) -> None:
    script = tmp_path / "training.py"
    script.write_text(TRAINING)
    ended = Script(script, folder=tmp_path).ends()
    assert ended.returncode == 0, ended.stderr
