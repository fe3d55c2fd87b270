"""Trains a stack: K runs of one experiment that share everything but their choices, as one.

What comes out is what `train.py` would have made of each run alone: the same losses, evaluations,
images and ends, each in the run's own recorder. The runs share the order of the data, so they have
one seed; every model is drawn by itself from it. Which runs may share a stack is `grouping.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from trainers.config import RunConfig
from trainers.evaluate import Score, evaluate, record_score
from trainers.measure.distribution import DISTRIBUTION, Bins
from trainers.measure.signal import Probe, early_steps, record_signal
from trainers.measure.summary import summary
from trainers.measure.trial import Plan
from trainers.precision import in_precision, set_precision
from trainers.stack.keep import MemberCheckpoint, MemberModels, StackKeeper
from trainers.stack.loss import StackedLoss
from trainers.stack.measure import evaluate_stack, look_at_stack, measure_stack, stack_tensors
from trainers.stack.net import StackedNet
from trainers.stack.step import StackStep
from trainers.stack.tape import StackTape
from trainers.tables.datasets import Data
from trainers.tape import Diverged
from trainers.train import TRAIN_ACCURACY_POINTS_PER_EPOCH, Recording, is_point, record_pictures

OnEnd = Callable[[int, Diverged | None], None]
"""Called with a run's place in the stack when it ends before the others, for it has diverged or, if
that is None, `should_end` has said so; its recorder is not used again."""


def train_stack(
    configs: Sequence[RunConfig],
    data: Data,
    device: torch.device,
    recorders: Sequence[Recording],
    on_end: OnEnd,
    should_stop: Callable[[], bool] = lambda: False,
    should_end: Callable[[int], bool] = lambda member: False,
    batched: bool | None = None,
    graphs: bool | None = None,
    checkpoints: Sequence[MemberCheckpoint] = (),
    models: Sequence[MemberModels] = (),
    until_epoch: int = 0,
) -> list[nn.Module]:
    """Train the runs, or what is left of them, and return their models, in the order of `configs`.

    configs: runs that `grouping.key` finds equal, one recorder each. A run whose loss is no longer
    finite ends there and the others go on; so does the one of whose place in the stack `should_end`
    says so, asked about ten times a second. Raises Stopped when `should_stop` says so.

    batched: one product for all members; None: on devices other than the CPU.
    graphs: capture the step as a CUDA graph; None: on CUDA devices.
    checkpoints, models: where each run keeps its place in training, the same one in all of them,
    and its model; none where they are empty.
    until_epoch: to the end of that epoch only, for later to go on from there; 0: through.
    """
    # Neighbours with the same activation, loss or learning rate are computed together.
    order = sorted(range(len(configs)), key=lambda i: _alike(configs[i]))
    with _on(device):
        stack = _Stack(
            [configs[i] for i in order],
            data,
            [recorders[i] for i in order],
            lambda member, why: on_end(order[member], why),
            lambda member: should_end(order[member]),
            device.type != "cpu" if batched is None else batched,
            [checkpoints[i] for i in order if checkpoints],
            [models[i] for i in order if models],
        )
        # What is streamed comes from the host, step by step, which a graph cannot fetch.
        graphs = device.type == "cuda" and not data.streams if graphs is None else graphs
        stack.train(should_stop, graphs, until_epoch or configs[0].epochs)
    return [stack.net.models[order.index(i)] for i in range(len(configs))]


class _Stack:
    """The members in the order in which they are computed, and which of them still learn."""

    def __init__(
        self,
        configs: Sequence[RunConfig],
        data: Data,
        recorders: Sequence[Recording],
        on_end: OnEnd,
        should_end: Callable[[int], bool],
        batched: bool,
        checkpoints: Sequence[MemberCheckpoint],
        models: Sequence[MemberModels],
    ) -> None:
        self._files = checkpoints, models
        self.config, self.data, self.batched = configs[0], data, batched
        self._recorders, self._on_end, self._should_end = recorders, on_end, should_end
        self.alive = list(range(len(configs)))
        set_precision(self.config.precision)
        self.net = StackedNet(
            configs, data.input_shape, len(data.classes), data.train_y.device, batched
        )
        self.loss_of = StackedLoss(configs, batched)
        self.n = len(data.train_y)
        self.steps_per_epoch = math.ceil(self.n / self.config.batch_size)

    def train(self, should_stop: Callable[[], bool], graphs: bool, until_epoch: int) -> None:
        """All epochs to that one, or as many as a member lives to see."""
        config, device = self.config, self.data.train_y.device
        self._last_epoch = min(until_epoch, config.epochs)
        tape = StackTape(self.net.size, device, self._record, should_stop)
        self._step = StackStep(self.net, self.loss_of, self.data, tape, graphs)
        order = torch.Generator().manual_seed(config.seed)
        total_steps = config.epochs * self.steps_per_epoch
        eval_every = config.eval_every or self.steps_per_epoch
        self._plan = Plan(total_steps, config.batch_size, eval_every)
        self._bins = Bins(self._tensors(), self._plan)  # before checkpoints bring other weights
        for recorder in self._recorders:
            recorder.expect(total_steps, self.steps_per_epoch)
        self._keeper = StackKeeper(self.net, self._step.optimizer, self._recorders, *self._files)
        epochs_done, step = self._keeper.restore(order)
        tape.step = step
        self._describe(first=step == 0)
        if step == 0:
            self._report(step)
        try:
            self._epochs(epochs_done, step, order, tape, total_steps)
        finally:
            for member in self.alive:
                self._keeper.write_models(member)

    def _epochs(
        self, epochs_done: int, step: int, order: torch.Generator, tape: StackTape, total_steps: int
    ) -> None:
        """The epochs that are left, until all members have ended."""
        config, early = self.config, early_steps(total_steps)
        for epoch in range(epochs_done + 1, self._last_epoch + 1):
            self._step.begin_epoch(torch.randperm(self.n, generator=order))
            for first in range(0, self.n, config.batch_size):
                self._step(min(config.batch_size, self.n - first))
                step += 1
                tape.stepped()
                if step == total_steps or step % (config.eval_every or self.steps_per_epoch) == 0:
                    tape.copy_out()
                    self._report(step)
                if step in early:
                    self._look(step)
                if not self.alive:
                    return
            pauses = epoch == self._last_epoch
            if epoch < config.epochs and (pauses or self._keeper.is_due):
                tape.copy_out()
                self._keeper.epoch_ended(epoch, step, self.alive, order)

    def _describe(self, first: bool) -> None:
        """What `train.py` records of a model before its first step."""
        models = self.net.models
        members = zip(self.net.configs, models, self._recorders, strict=True)
        for member, (config, model, recorder) in enumerate(members):
            if first:
                recorder.data("model", 0, summary(model, config, self.data.input_shape))
                record_pictures(recorder, model, self.data)
            models[member] = in_precision(model, config.precision, self.net.device)

    def _record(self, first_step: int, losses: Tensor, right: Tensor) -> None:
        """A chunk of the tape, to each run that still learns, up to its first bad loss."""
        finite = losses.isfinite()
        for member in list(self.alive):
            values = losses[:, member].tolist()
            if not finite[:, member].all():
                values = values[: int(finite[:, member].int().argmin()) + 1]
            self._recorders[member].scalars("train_loss", first_step, values)
            self._record_accuracy(member, first_step, right[: len(values), member].tolist())
            if not math.isfinite(values[-1]):
                self._end(member, Diverged(first_step + len(values) - 1, values[-1]))
            elif self._should_end(member):
                self._end(member, None)

    def _end(self, member: int, why: Diverged | None) -> None:
        """The others go on without it."""
        self.alive.remove(member)
        self._keeper.write_models(member)
        self.net.freeze(member)
        self._on_end(member, why)

    def _record_accuracy(self, member: int, first_step: int, right: list[int]) -> None:
        for step, count in enumerate(right, first_step):
            i = (step - 1) % self.steps_per_epoch + 1
            if is_point(i, self.steps_per_epoch, TRAIN_ACCURACY_POINTS_PER_EPOCH):
                images = min(i * self.config.batch_size, self.n)
                self._recorders[member].scalar("train_accuracy", step, count / images)

    def _report(self, step: int) -> None:
        scores = self._scores()
        for member, signal, score in zip(self.alive, self._signals(step == 0), scores, strict=True):
            record_signal(self._recorders[member], step, signal)
            record_score(score, self.data, self._recorders[member], step)
        self._record_distributions(step)
        self._keeper.evaluated(step, self.alive, scores)

    def _tensors(self) -> dict[str, Tensor]:
        return stack_tensors(self.net, self.loss_of, self.data.train_x, self.data.train_y)

    def _record_distributions(self, step: int) -> None:
        if self._bins.is_due(step):
            counts = self._bins.counts(self._tensors())
            for member in self.alive:
                self._recorders[member].data(DISTRIBUTION, step, counts[member])

    def _look(self, step: int) -> None:
        """The early looks at those that still learn."""
        if not self.batched:
            for member in self.alive:
                self._probe(member).look(self._recorders[member], step)
            return
        looks = look_at_stack(self.net, self.loss_of, self.data.train_x, self.data.train_y)
        for member in self.alive:
            record_signal(self._recorders[member], step, looks[member])

    def _signals(self, first: bool) -> list[dict[str, float]]:
        """The statistics of those that still learn; together where the first ones are done."""
        if self.batched and not first:
            x, y = self.data.train_x, self.data.train_y
            signals = measure_stack(self.net, self.loss_of, self._step.optimizer, x, y)
            return [signals[member] for member in self.alive]
        return [self._probe(member).measure(first) for member in self.alive]

    def _scores(self) -> list[Score]:
        """The evaluations of those that still learn; one by one where that is as fast."""
        data, batch_size = self.data, self.config.test_batch_size
        if self.batched:
            scores = evaluate_stack(self.net, self.loss_of, data, batch_size)
            return [scores[member] for member in self.alive]
        return [
            evaluate(self.net.models[member], self.loss_of.functions[member], data, batch_size)
            for member in self.alive
        ]

    def _probe(self, member: int) -> Probe:
        model = self.net.models[member]
        optimizer = self._step.optimizer.of_member(member, list(model.parameters()))
        loss_of = self.loss_of.functions[member]
        # Where many run as one, their trials one after the other would take longer than the runs.
        plan = None if self.batched else self._plan
        return Probe(model, loss_of, optimizer, self.data.train_x, self.data.train_y, plan)


def _alike(config: RunConfig) -> tuple[str, str, float]:
    return config.activation, config.loss, config.lr


def _on(device: torch.device) -> AbstractContextManager[object]:
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()
