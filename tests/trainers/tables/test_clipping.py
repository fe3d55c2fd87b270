"""trainers.tables.clipping: steps go by gradients that are no longer than they may be."""

import torch
from torch import nn

from trainers.build import optimizer_for
from trainers.config import RunConfig
from trainers.measure.forecast import next_update
from trainers.tables.clipping import clipped_members


def weights() -> list[nn.Parameter]:
    return [nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(3))]


GRADIENTS = [torch.full((2, 2), 3.0), torch.full((3,), -4.0)]


def test_all_gradients_together_are_shortened_to_the_norm() -> None:
    own, plain = weights(), weights()
    clipping = optimizer_for(RunConfig(clip_norm=0.5, weight_decay=0.1))(own, 0.1)
    oracle = torch.optim.SGD(plain, 0.1, weight_decay=0.1)
    for parameters, optimizer in ((own, clipping), (plain, oracle)):
        for parameter, gradient in zip(parameters, GRADIENTS, strict=True):
            parameter.grad = gradient.clone()
        if optimizer is oracle:
            nn.utils.clip_grad_norm_(plain, 0.5)
        optimizer.step()
    for one, other in zip(own, plain, strict=True):
        assert torch.equal(one, other)


def test_shorter_gradients_are_left_as_they_are() -> None:
    updates = [
        next_update(optimizer_for(RunConfig(clip_norm=norm))(own, 1.0), own, GRADIENTS)
        for norm, own in ((0.0, weights()), (1000.0, weights()), (0.1, weights()))
    ]
    plain, loose, tight = (torch.cat([update.flatten() for update in own]) for own in updates)
    assert torch.equal(plain, loose)
    torch.testing.assert_close(tight.norm(), torch.tensor(0.1), rtol=1e-4, atol=0)


def test_each_network_of_a_stack_is_shortened_by_itself() -> None:
    generator = torch.Generator().manual_seed(0)
    stacks = [torch.randn(3, 4, 2, generator=generator), torch.randn(3, 5, generator=generator)]
    stacks = [stack * torch.tensor([1e-3, 1.0, 100.0]).view(3, *[1] * (stack.dim() - 1))
              for stack in stacks]  # fmt: skip
    shortened = clipped_members(stacks, 0.5)
    for member in range(3):
        own = [nn.Parameter(torch.zeros_like(stack[member])) for stack in stacks]
        for parameter, stack in zip(own, stacks, strict=True):
            parameter.grad = stack[member].clone()
        nn.utils.clip_grad_norm_(own, 0.5)
        for parameter, stack in zip(own, shortened, strict=True):
            assert parameter.grad is not None
            torch.testing.assert_close(stack[member], parameter.grad)
