"""Tries a run before it starts: a few steps in fast motion on a copy, and what they lead to.

What a first gradient cannot say is where steps lead: whether the optimiser's own first updates
throw the weights about, what dropout leaves of the signal, whether an output's activation or a
loss lets classes part. So a copy of the model is trained by a copy of its optimiser, with the run's
own loss and masks, first for OWN_STEPS steps as the run will make them (GradInit, Zhu et al. 2021,
arXiv 2102.08098, judges a start by one such step), then in fast motion: a step may stand for many
as long as the loss falls by at least SUFFICIENT of what its slope promises (Armijo 1966,
Minimization of functions having Lipschitz continuous first partial derivatives). Where that holds,
many short steps and a long one follow the same gradient flow. A step is never shorter than the
run's own, so a rate that is too high shows what it does.

The copy has a random generator of its own; model, optimiser, gradients and all random numbers of
the run stay as they are. It judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from trainers.measure.forecast import LossOf, copy_for, dot
from trainers.tables.schedules import Share
from trainers.tables.uncompiled import LBFGS

OWN_STEPS, STEPS = 4, 20
SUFFICIENT = 0.3
LONGER, SHORTER = 1.6, 4.0  # after a step that held, and for another try of one that did not
IMAGES = 64
"""Of a step. A trial is then 0.7 % of the arithmetic of five epochs of MNIST."""
MOST_TRIED = STEPS * IMAGES
"""All that a trial looks at."""
FEWEST_IMAGES = 20_000
"""Seen by a run in all its epochs; a shorter one is over before a trial has paid."""
SEARCH_STEPS = 20


@dataclass(frozen=True)
class Plan:
    """What the run is going to do. eval_every: steps between evaluations; 0: not known.

    rate: what share of the learning rate each step has.
    """

    total_steps: int
    batch_size: int
    eval_every: int = 0
    rate: Share = lambda step, total: 1.0

    @property
    def images_per_step(self) -> int:
        """How many images a step of a trial may have; 0 where the run is too short for one."""
        affordable = self.total_steps * self.batch_size >= FEWEST_IMAGES
        return min(self.batch_size, IMAGES) if affordable else 0


@dataclass
class Trial:
    """A copy on its way. share: of the planned steps, those that its path stands for.

    rate: the share of the learning rate that the run has at that place.
    """

    net: nn.Module
    optimizer: Optimizer
    loss_of: LossOf
    share: float = 0.0
    rate: float = 1.0


def try_run(
    model: nn.Module, loss_of: LossOf, optimizer: Optimizer, x: Tensor, y: Tensor, plan: Plan
) -> Trial | None:
    """Train a copy on images x (N, ...) with labels y (N,); the model keeps what it was.

    None where that cannot be afforded, or where there are too few images for STEPS batches.
    """
    images = plan.images_per_step
    if not images or len(y) < STEPS * images:
        return None
    net = deepcopy(model)
    net.train(True)
    trial = Trial(net, copy_for(optimizer, list(net.parameters())), loss_of)
    batches = zip(x.split(images)[:STEPS], y.split(images)[:STEPS], strict=True)
    length = 1.0
    with torch.random.fork_rng(devices=[x.device] if x.is_cuda else []), torch.enable_grad():
        for i, (some_x, some_y) in enumerate(batches):
            steps_left = (1 - trial.share) * plan.total_steps
            if steps_left < 1:
                break
            length = max(1.0, min(length, steps_left)) if i >= OWN_STEPS else 1.0
            step = min(int(trial.share * plan.total_steps), plan.total_steps - 1)
            trial.rate = plan.rate(step, plan.total_steps)
            steps = _step(trial, some_x, some_y, length, mask_seed=i)
            if not steps:
                break
            trial.share += steps / plan.total_steps
            length = steps * LONGER if steps == length else steps
    return trial


def _step(trial: Trial, x: Tensor, y: Tensor, length: float, mask_seed: int) -> float:
    """One step as long as `length` of the run's; shorter ones, down to 1, until the loss falls.

    How long it was; 0 where the loss was no number. All losses are of the same masks.
    """
    loss, gradients = _slope(trial, x, y, mask_seed)
    if not loss.isfinite():
        return 0.0
    parameters = list(trial.net.parameters())
    before = [parameter.detach().clone() for parameter in parameters]
    memory = deepcopy(trial.optimizer.state_dict()) if length > 1 else None
    while True:
        _update(trial.optimizer, parameters, gradients, length * trial.rate)
        if length <= 1 or memory is None:
            return 1.0
        moves = [p.detach() - b for p, b in zip(parameters, before, strict=True)]
        promise = min(0.0, dot(gradients, moves).item())
        with torch.no_grad():
            _seed(x.device, mask_seed)
            after = trial.loss_of(trial.net(x), y)
        if after.item() <= loss.item() + SUFFICIENT * promise:
            return length
        length = max(1.0, length / SHORTER)
        trial.optimizer.load_state_dict(memory)
        with torch.no_grad():
            for parameter, value in zip(parameters, before, strict=True):
                parameter.copy_(value)


def _slope(trial: Trial, x: Tensor, y: Tensor, mask_seed: int) -> tuple[Tensor, Sequence[Tensor]]:
    _seed(x.device, mask_seed)
    loss = trial.loss_of(trial.net(x), y)
    return loss.detach(), torch.autograd.grad(loss, list(trial.net.parameters()))


def _seed(device: torch.device, seed: int) -> None:
    """Seed this device alone: `torch.manual_seed` spends a millisecond on the others."""
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)


def _update(
    optimizer: Optimizer,
    parameters: Sequence[nn.Parameter],
    gradients: Sequence[Tensor],
    length: float,
) -> None:
    """A step of the optimiser at `length` times its rate."""
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient.clone()  # an optimiser may write into it
    for group in optimizer.param_groups:
        group["lr"] = length * optimizer.defaults["lr"]
    optimizer.step()


def constant_loss(loss_of: LossOf, outputs: Tensor, y: Tensor) -> Tensor:
    """The smallest loss of targets y (N, ...) where every image gets the same outputs (N, ...).

    What a network that tells nothing apart comes to; found by a few steps of L-BFGS.
    """
    row = outputs.new_zeros(1, *outputs.shape[1:], requires_grad=True)
    search = LBFGS([row], max_iter=SEARCH_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        value = loss_of(row.expand_as(outputs), y)
        (row.grad,) = torch.autograd.grad(value, [row])
        return value

    search.step(loss)
    with torch.no_grad():
        return loss_of(row.expand_as(outputs), y)
