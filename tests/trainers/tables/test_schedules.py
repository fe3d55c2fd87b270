"""The schedules against PyTorch's own, at every step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.optimizer import Optimizer

from trainers.tables.choice import ChoiceError, parse
from trainers.tables.schedules import SCHEDULES, schedule_of

STEPS, LR = 60, 0.3

# text of the choice -> the same by PyTorch's class
ORACLES: dict[str, Callable[[Optimizer], LRScheduler]] = {
    "constant": lambda o: lr_scheduler.ConstantLR(o, factor=1.0),
    "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS),
    "cosine:end=0.1": lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS, eta_min=0.1 * LR),
    "step": lambda o: lr_scheduler.StepLR(o, STEPS // 3),
    "step:gamma=0.5,parts=6": lambda o: lr_scheduler.StepLR(o, STEPS // 6, 0.5),
    "onecycle": lambda o: lr_scheduler.OneCycleLR(o, LR, total_steps=STEPS, cycle_momentum=False),
    "onecycle:end=0.001,start=0.1,warmup=0.5": lambda o: lr_scheduler.OneCycleLR(
        o, LR, total_steps=STEPS, pct_start=0.5, div_factor=10, final_div_factor=100,
        cycle_momentum=False,
    ),
    "warmup": lambda o: lr_scheduler.LinearLR(o, start_factor=0.01, total_iters=STEPS // 10),
    "warmup:share=0.5,start=0.2": lambda o: lr_scheduler.LinearLR(o, 0.2, total_iters=STEPS // 2),
}  # fmt: skip


def test_every_schedule_has_an_oracle() -> None:
    assert {text.partition(":")[0] for text in ORACLES} == set(SCHEDULES)


@pytest.mark.parametrize("text", ORACLES)
def test_the_rate_of_every_step_is_that_of_pytorch(text: str) -> None:
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=LR)
    oracle = ORACLES[text](optimizer)
    share, _ = schedule_of(text)
    for step in range(STEPS):
        rate = optimizer.param_groups[0]["lr"]
        assert LR * share(step, STEPS) == pytest.approx(rate, rel=1e-9, abs=1e-12), step
        optimizer.step()
        if step < STEPS - 1:
            oracle.step()


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("total", [1, 2, 7, 1000])
def test_a_schedule_gives_a_share_for_every_step_of_any_run(name: str, total: int) -> None:
    share, varies = schedule_of(name)
    shares = [share(step, total) for step in range(total)]
    assert all(0 <= each <= 1 for each in shares)
    assert varies == (name != "constant")
    assert total < 1000 or (len(set(shares)) > 1) == varies


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cosine:end=2", r"end must lie in \[0, 1\]"),
        ("step:parts=0", "parts must be at least 1"),
        ("step:gamma=0", "gamma must be greater than 0"),
        ("onecycle:warmup=1.5", r"warmup must lie in \[0, 1\]"),
        ("warmup:start=-1", r"start must lie in \[0, 1\]"),
        ("constant:end=1", "it takes no parameters"),
    ],
)
def test_a_wrong_parameter_is_refused_when_it_is_read(text: str, said: str) -> None:
    with pytest.raises(ChoiceError, match=said):
        parse(text, SCHEDULES, "schedule")
