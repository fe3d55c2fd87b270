"""The optimisers: the notes' known step, and PyTorch's own rules with the parameters given."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from trainers.tables.choice import ChoiceError, make, parse
from trainers.tables.losses import LOSSES
from trainers.tables.optimizers import OPTIMIZERS

ORACLES: dict[str, Callable[[list[nn.Parameter]], torch.optim.Optimizer]] = {
    "sgd": lambda ps: torch.optim.SGD(ps, 0.1),
    "sgd:momentum=0.9,nesterov=true,weight_decay=0.01": lambda ps: torch.optim.SGD(
        ps, 0.1, momentum=0.9, nesterov=True, weight_decay=0.01
    ),
    "adam": lambda ps: torch.optim.Adam(ps, 0.1),
    "adam:beta1=0.5,beta2=0.9,eps=0.001,weight_decay=0.1": lambda ps: torch.optim.Adam(
        ps, 0.1, (0.5, 0.9), 0.001, 0.1
    ),
    "nadam": lambda ps: torch.optim.NAdam(ps, 0.1),
    "nadam:beta1=0.5,weight_decay=0.1": lambda ps: torch.optim.NAdam(
        ps, 0.1, (0.5, 0.999), weight_decay=0.1
    ),
    "radam": lambda ps: torch.optim.RAdam(ps, 0.1),
    "radam:beta2=0.5": lambda ps: torch.optim.RAdam(ps, 0.1, (0.9, 0.5)),
    "adamax": lambda ps: torch.optim.Adamax(ps, 0.1),
    "adamax:weight_decay=0.1": lambda ps: torch.optim.Adamax(ps, 0.1, weight_decay=0.1),
    "rmsprop": lambda ps: torch.optim.RMSprop(ps, 0.1),
    "rmsprop:alpha=0.5,momentum=0.9,centered=true": lambda ps: torch.optim.RMSprop(
        ps, 0.1, 0.5, momentum=0.9, centered=True
    ),
    "adagrad": lambda ps: torch.optim.Adagrad(ps, 0.1),
    "adagrad:lr_decay=0.1,weight_decay=0.1": lambda ps: torch.optim.Adagrad(ps, 0.1, 0.1, 0.1),
    "adadelta": lambda ps: torch.optim.Adadelta(ps, 0.1),
    "adadelta:rho=0.5": lambda ps: torch.optim.Adadelta(ps, 0.1, 0.5),
    "adamw": lambda ps: torch.optim.AdamW(ps, 0.1),
    "adamw:weight_decay=0.5": lambda ps: torch.optim.AdamW(ps, 0.1, weight_decay=0.5),
}


def test_every_optimizer_has_an_oracle() -> None:
    assert {text.partition(":")[0] for text in ORACLES} == set(OPTIMIZERS)


@pytest.mark.parametrize("text", ORACLES)
def test_an_optimizer_walks_like_that_of_pytorch(text: str) -> None:
    def walk(build: Callable[[list[nn.Parameter]], torch.optim.Optimizer]) -> Tensor:
        w = nn.Parameter(torch.tensor([1.0, -2.0, 3.0]))
        optimizer = build([w])
        for _ in range(5):
            optimizer.zero_grad()
            (w**4).sum().backward()
            optimizer.step()
        return w.detach()

    ours = walk(lambda ps: make(text, OPTIMIZERS, "optimizer")(ps, 0.1))
    torch.testing.assert_close(ours, walk(ORACLES[text]))


def test_the_known_weights_step_of_the_notes() -> None:
    w = nn.Parameter(torch.arange(1, 16).reshape(5, 3).t() / 10)  # 5 inputs, 3 outputs
    b = nn.Parameter(torch.tensor([1.0, 2.0, 3.0]))
    x = torch.arange(1.0, 11.0).reshape(2, 5)
    output = x @ w.t() + b
    torch.testing.assert_close(output, torch.tensor([[14.5, 17, 19.5], [32, 37, 42]]))
    loss = make("mse", LOSSES, "loss")(output, torch.zeros(2, 3))
    assert loss.item() == pytest.approx(5036.5 / 6)
    loss.backward()
    make("sgd", OPTIMIZERS, "optimizer")([w, b], 0.1).step()
    # By hand: the gradient of output i is (2 / 6) * (its two values), times the inputs for w.
    torch.testing.assert_close(b.detach(), torch.tensor([1 - 1.55, 2 - 1.8, 3 - 2.05]))
    assert w[0, 0].item() == pytest.approx(0.1 - 0.1 * (14.5 * 1 + 32 * 6) / 3)
    assert w[2, 4].item() == pytest.approx(1.5 - 0.1 * (19.5 * 5 + 42 * 10) / 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sgd:nesterov=true", "needs a momentum above 0"),
        ("sgd:momentum=-1", "momentum must be 0 or greater"),
        ("adam:beta1=1", r"beta1 must lie in \[0, 1\)"),
        ("adamw:eps=-1", "eps must be 0 or greater"),
        ("rmsprop:alpha=1", r"alpha must lie in \[0, 1\)"),
        ("adadelta:rho=-1", r"rho must lie in \[0, 1\)"),
        ("adagrad:lr_decay=-1", "lr_decay must be 0 or greater"),
        ("sgd:lr=1", "has no parameter 'lr'"),
    ],
)
def test_a_wrong_parameter_is_refused_when_it_is_read(text: str, said: str) -> None:
    with pytest.raises(ChoiceError, match=said):
        parse(text, OPTIMIZERS, "optimizer")
