"""trainers.stack.optimizer: every member moves as PyTorch's optimiser would move it alone."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from trainers.config import RunConfig
from trainers.stack.optimizer import StackedOptimizer
from trainers.tables.choice import make
from trainers.tables.optimizers import OPTIMIZERS

RATES = [0.1, 0.1, 0.03, 0.1]  # neighbours alike, and one that comes back
SHAPES = [(5, 3), (5,)]
CHOICES = [
    "sgd",
    "sgd:weight_decay=0.1",
    "sgd:momentum=0.9",
    "sgd:momentum=0.9,nesterov=true,weight_decay=0.1",
    "adam",
    "adam:beta1=0.5,beta2=0.9,eps=0.001,weight_decay=0.1",
    "adamw:weight_decay=0.3",
    "rmsprop:momentum=0.9,centered=true",
    "adamax",
    "adadelta",
]


def test_every_optimizer_that_can_be_stacked_is_here() -> None:
    stackable = {name for name, entry in OPTIMIZERS.items() if entry.stackable}
    assert {choice.partition(":")[0] for choice in CHOICES} == stackable


def configs(choice: str) -> list[RunConfig]:
    return [replace(RunConfig(optimizer=choice), lr=rate) for rate in RATES]


def draw(generator: torch.Generator) -> list[Tensor]:
    return [torch.randn(len(RATES), *shape, generator=generator) for shape in SHAPES]


@pytest.mark.parametrize("choice", CHOICES)
def test_a_stack_moves_as_its_members_would_alone(choice: str) -> None:
    generator = torch.Generator().manual_seed(0)
    stacks = draw(generator)
    members = [[nn.Parameter(s[k].clone()) for s in stacks] for k in range(len(RATES))]
    alone = [
        make(choice, OPTIMIZERS, "optimizer")(own, rate)
        for own, rate in zip(members, RATES, strict=True)
    ]
    stacked = StackedOptimizer(configs(choice), stacks)
    for _ in range(5):
        gradients = draw(generator)
        stacked.step(gradients)
        for k, (own, optimizer) in enumerate(zip(members, alone, strict=True)):
            for parameter, gradient in zip(own, gradients, strict=True):
                parameter.grad = gradient[k].clone()
            optimizer.step()
    for k, own in enumerate(members):
        for parameter, stack in zip(own, stacks, strict=True):
            torch.testing.assert_close(stack[k], parameter.detach())


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("steps", [0, 3])
def test_a_members_own_optimiser_would_make_the_next_step_of_the_stack(
    choice: str, steps: int
) -> None:
    generator = torch.Generator().manual_seed(1)
    stacks = draw(generator)
    stacked = StackedOptimizer(configs(choice), stacks)
    for _ in range(steps):
        stacked.step(draw(generator))
    members = [[nn.Parameter(s[k].clone()) for s in stacks] for k in range(len(RATES))]
    owns = [stacked.of_member(k, own) for k, own in enumerate(members)]
    gradients = draw(generator)
    for k, (own, optimizer) in enumerate(zip(members, owns, strict=True)):
        for parameter, gradient in zip(own, gradients, strict=True):
            parameter.grad = gradient[k].clone()
        optimizer.step()
    stacked.step(gradients)
    for k, own in enumerate(members):
        for parameter, stack in zip(own, stacks, strict=True):
            torch.testing.assert_close(stack[k], parameter.detach())


@pytest.mark.parametrize("choice", CHOICES)
def test_what_has_been_forgotten_was_never_learned(choice: str) -> None:
    generator = torch.Generator().manual_seed(2)
    stacks, gradients = draw(generator), draw(generator)
    copies = [stack.clone() for stack in stacks]
    warm, fresh = (StackedOptimizer(configs(choice), weights) for weights in (stacks, copies))
    before = [stack.clone() for stack in stacks]
    warm.step(gradients)
    for stack, old in zip(stacks, before, strict=True):
        stack.copy_(old)
    warm.forget()
    warm.step(gradients)
    fresh.step(gradients)
    torch.testing.assert_close(stacks, copies)


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("steps", [0, 3])
def test_the_next_update_is_foretold_and_nothing_changes_by_that(choice: str, steps: int) -> None:
    def after(asked: bool) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        generator = torch.Generator().manual_seed(2)
        stacks = draw(generator)
        stacked = StackedOptimizer(configs(choice), stacks)
        for _ in range(steps):
            stacked.step(draw(generator))
        gradients = draw(generator)
        before = [stack.clone() for stack in stacks]
        foretold = stacked.next_update(gradients) if asked else []
        for stack, was in zip(stacks, before, strict=True):
            assert torch.equal(stack, was)
        stacked.step(gradients)
        return before, foretold, stacks

    before, foretold, moved = after(asked=True)
    _, _, unasked = after(asked=False)
    for was, update, now, other in zip(before, foretold, moved, unasked, strict=True):
        torch.testing.assert_close(was + update, now)
        assert torch.equal(now, other)
