"""Updates all members of a stack at once, as a CUDA graph where there is CUDA: StackStep.

The step reads and writes nothing but tensors that stay where they are: the epoch's order of the
images, the place in it, the stacked weights, the ring of the tape. So the same code runs eagerly
on the CPU and, captured once, as a graph whose launch costs the host a few microseconds. It does
not know epochs, evaluations or the record.
"""

from __future__ import annotations

import torch
from torch import Tensor

from trainers.config import RunConfig
from trainers.stack.loss import StackedLoss
from trainers.stack.net import StackedNet
from trainers.stack.optimizer import StackedOptimizer
from trainers.stack.tape import StackTape
from trainers.tables.datasets import Data

WARM_UP_STEPS = 3
"""PyTorch asks for a few eager steps before a capture: libraries then choose and allocate."""


class StackStep:
    """Call it with the number of images of the next batch.

    graphs: capture the step for each size of batch that comes; only on a CUDA device.
    """

    def __init__(
        self, net: StackedNet, loss_of: StackedLoss, data: Data, tape: StackTape, graphs: bool
    ) -> None:
        self._net, self._loss_of, self._data, self._tape = net, loss_of, data, tape
        config: RunConfig = net.configs[0]
        device = data.train_y.device
        self.optimizer = StackedOptimizer(net.configs, net.parameters)
        self._order = torch.arange(len(data.train_y), device=device)
        self._offsets = torch.arange(config.batch_size, device=device)
        self._place = torch.zeros((), dtype=torch.int64, device=device)
        self._right = torch.zeros(net.size, dtype=torch.int64, device=device)
        self._graphs: dict[int, torch.cuda.CUDAGraph] = {}
        if graphs:
            n = len(data.train_y)
            for rows in dict.fromkeys((min(config.batch_size, n), n % config.batch_size)):
                if rows:
                    self._graphs[rows] = self._capture(rows)

    def begin_epoch(self, order: Tensor) -> None:
        """Take the images in this order from now on, from its start; order: (N,) int64."""
        self._order.copy_(order)
        self._place.zero_()
        self._right.zero_()

    def __call__(self, rows: int) -> None:
        if self._graphs:
            self._graphs[rows].replay()
        else:
            self._run(rows)

    def _run(self, rows: int) -> None:
        batch = self._order.index_select(0, self._offsets[:rows] + self._place)
        x = self._data.train_x.index_select(0, batch)
        y = self._data.train_y.index_select(0, batch)
        outputs = self._net(x)
        losses = self._loss_of.means(outputs, y)
        # The gradient of the sum, for every member, is the gradient of its own loss.
        gradients = torch.autograd.grad(losses.sum(), self._net.parameters)
        self.optimizer.step(gradients)
        self._right.add_((outputs.detach().argmax(2) == y).sum(1))
        self._tape.put(losses.detach(), self._right)
        self._place.add_(rows)

    def _capture(self, rows: int) -> torch.cuda.CUDAGraph:
        """The step as a graph; warmed up on a side stream and then put back as if never run."""
        state = [*self._net.state.values(), self._place, self._right, self._tape.slot]
        copies = [tensor.detach().clone() for tensor in state]
        masks_from = torch.cuda.get_rng_state(self._order.device)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARM_UP_STEPS):
                self._place.zero_()
                self._tape.slot.zero_()
                self._run(rows)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        others = next(iter(self._graphs.values()), None)
        with torch.cuda.graph(graph, pool=others.pool() if others else None):
            self._run(rows)
        with torch.no_grad():
            for tensor, before in zip(state, copies, strict=True):
                tensor.copy_(before)
        self.optimizer.forget()
        torch.cuda.set_rng_state(masks_from, self._order.device)
        return graph
